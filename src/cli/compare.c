#include "cli/compare.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/once.h"

#define FIGURE_MAX 32

/* What is compared: one number of a usage, or the sum over its interfaces or devices. */
enum kind { OF_USAGE, OF_NETS, OF_DISKS };

static const struct figure {
    const char *name;
    enum kind kind;
    unsigned number;
    double unit; /* of the source for one of the shown */
    int decimals;
} figures[] = {
    {"CPU, s", OF_USAGE, USAGE_CPU_NS, 1e9, 3},
    {"memory, MiB", OF_USAGE, USAGE_MEM_USAGE_BYTES, 1 << 20, 2},
    {"working set, MiB", OF_USAGE, USAGE_MEM_WORKING_SET_BYTES, 1 << 20, 2},
    {"swap, MiB", OF_USAGE, USAGE_MEM_SWAP_BYTES, 1 << 20, 2},
    {"processes", OF_USAGE, USAGE_PIDS, 1, 0},
    {"received, kB", OF_NETS, NET_RX_BYTES, 1000, 1},
    {"sent, kB", OF_NETS, NET_TX_BYTES, 1000, 1},
    {"read, kB", OF_DISKS, DISK_READ_BYTES, 1000, 1},
    {"written, kB", OF_DISKS, DISK_WRITE_BYTES, 1000, 1},
};

/* The figure of a usage, which may be NULL; false when it is not told. */
static bool figure_of(const struct figure *figure, const struct usage *usage, double *ret) {
    bool told = false;
    double sum = 0;
    if (usage && figure->kind == OF_USAGE) {
        told = usage_has(usage, (enum usage_number)figure->number);
        sum = told ? (double)usage->number[figure->number] : 0;
    }
    for (size_t i = 0; usage && figure->kind == OF_NETS && i < usage->n_nets; i++) {
        told |= usage->nets[i].have >> figure->number & 1U;
        sum += (double)usage->nets[i].number[figure->number];
    }
    for (size_t i = 0; usage && figure->kind == OF_DISKS && i < usage->n_disks; i++) {
        told |= usage->disks[i].have >> figure->number & 1U;
        sum += (double)usage->disks[i].number[figure->number];
    }
    *ret = sum / figure->unit;
    return told;
}

static void figure_text(const struct figure *figure, const struct usage *usage,
                        char text[FIGURE_MAX]) {
    double value = 0;
    (void)snprintf(text, FIGURE_MAX, "-");
    if (figure_of(figure, usage, &value)) {
        (void)snprintf(text, FIGURE_MAX, "%.*f", figure->decimals, value);
    }
}

/* Prints the table; a row that neither source tells is left out. */
static void print_table(struct report *report, struct str name, const struct usage *kernel,
                        const struct usage *engine) {
    report_say(report, VERDICT_OK, "figures", "%.*s: %*s %14s", STR_ARG(name),
               (int)(name.len < 30 ? 30 - name.len : 1), "kernel", "engine");
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        char left[FIGURE_MAX];
        char right[FIGURE_MAX];
        figure_text(&figures[i], kernel, left);
        figure_text(&figures[i], engine, right);
        if (strcmp(left, "-") != 0 || strcmp(right, "-") != 0) {
            report_say(report, VERDICT_OK, "figures", "  %-16s %13s %14s", figures[i].name, left,
                       right);
        }
    }
    if ((!kernel || !usage_has(kernel, USAGE_MEM_USAGE_BYTES)) &&
        (!engine || !usage_has(engine, USAGE_MEM_USAGE_BYTES))) {
        report_say(report, VERDICT_WARNING, "figures",
                   "memory is unknown: the kernel accounts none for containers");
    }
}

/* The same container by another source: a collection of its own with the same configuration. */
static struct snapshot *by_source(const struct app *app, const char *source) {
    struct config config = *app->config;
    struct app other;
    struct err err = ERR_INIT;
    struct snapshot *snapshot = NULL;
    config.collection.source = str_of(source);
    if (app_init(&other, &config, APP_ONCE, &err) < 0) {
        return NULL;
    }
    log_setup(LOG_ERROR, LOG_TEXT, STDERR_FILENO);
    if (once_snapshot(&other, &snapshot, &err) < 0) {
        snapshot = NULL;
    }
    app_done(&other);
    return snapshot;
}

void compare_sources(struct report *report, const struct app *app, const struct reading *reading) {
    const struct container_facts *facts = &reading->container->facts;
    bool by_kernel = reading->usage->source == SOURCE_KERNEL;
    struct snapshot *snapshot = by_source(app, by_kernel ? "engine" : "kernel");
    const struct reading *other = snapshot ? snapshot_find(snapshot, facts->name, facts->id) : NULL;
    const struct usage *theirs = other ? other->usage : NULL;
    print_table(report, facts->name, by_kernel ? reading->usage : theirs,
                by_kernel ? theirs : reading->usage);
    if (!theirs && (by_kernel || app_reads_kernel(app))) {
        report_say(report, VERDICT_WARNING, "figures", "%s told nothing of %.*s",
                   by_kernel ? "the engine's statistics" : "the kernel's files",
                   STR_ARG(facts->name));
    }
    snapshot_unref(snapshot);
}
