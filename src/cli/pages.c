#include "cli/pages.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/owner.h"

#define PROFILES_MAX 16
#define HOST_NAME_BYTES_MAX 256

struct profile_page {
    struct pages *pages;
    struct page_plan *plan; /* NULL: refused */
    struct err refused;
    struct rates *rates;       /* NULL: nothing is sampled */
    struct timer *timer;       /* NULL: the background's collections are the samples */
    struct collect_wait *wait; /* for the present sample */
    int64_t used_ns;           /* monotonic */
};

struct pages {
    struct profile_page page[PROFILES_MAX];
    size_t n;
    struct profile_page *configured;
    struct pages_parts parts;
    struct owner owner;
    struct snapshot *newest;             /* of the background; a reference */
    char host_name[HOST_NAME_BYTES_MAX]; /* the Engine's machine, as last known */
};

static void stop_sampling(struct profile_page *page) {
    collect_cancel(page->wait);
    page->wait = NULL;
    timer_free(page->timer);
    page->timer = NULL;
    rates_free(page->rates);
    page->rates = NULL;
}

void pages_stop(struct pages *pages) {
    for (size_t i = 0; pages && i < pages->n; i++) {
        stop_sampling(&pages->page[i]);
    }
    if (pages) {
        snapshot_unref(pages->newest);
        pages->newest = NULL;
    }
}

void pages_free(struct pages *pages) {
    if (!pages) {
        return;
    }
    pages_stop(pages);
    for (size_t i = 0; i < pages->n; i++) {
        page_plan_free(pages->page[i].plan);
    }
    free(pages);
}

static void cleanup_pages(struct pages **slot) {
    pages_free(*slot);
}

/* One profile's plan; that of the configured one must be possible. */
static int add_page(struct pages *pages, const struct page_settings *settings, struct err *err) {
    struct profile_page *page = &pages->page[pages->n++];
    page->pages = pages;
    int r = page_plan_new(settings, build_info(), &page->plan, err);
    err_copy(&page->refused, err);
    return r;
}

int pages_new(const struct page_settings *settings, struct pages **ret, struct err *err) {
    CLEANUP(cleanup_pages) struct pages *pages = calloc(1, sizeof(*pages));
    if (!pages) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    const char *name = NULL;
    for (size_t i = 0; i < PROFILES_MAX && (name = page_profile(i)) != NULL; i++) {
        struct page_settings own = *settings;
        struct err refused = ERR_INIT;
        bool configured = str_eq(settings->profile, str_of(name));
        own.profile = str_of(name);
        int r = add_page(pages, &own, &refused);
        if (r < 0 && (configured || r == -ENOMEM)) {
            err_copy(err, &refused);
            return r;
        }
        pages->configured = configured ? &pages->page[i] : pages->configured;
    }
    if (!pages->configured) {
        struct page_plan *none = NULL;
        return page_plan_new(settings, build_info(), &none, err);
    }
    *ret = take_ptr(pages);
    return 0;
}

static void take(struct profile_page *page, const struct snapshot *snapshot) {
    if (snapshot && rates_take(page->rates, snapshot) < 0) {
        log_event(LOG_WARN, "out of memory: percentages are missing");
    }
}

static void on_sample(void *arg, struct snapshot *snapshot) {
    struct profile_page *page = arg;
    page->wait = NULL;
    take(page, snapshot);
}

static bool is_idle(const struct profile_page *page) {
    return page != page->pages->configured &&
           clock_mono_ns() - page->used_ns > PAGES_IDLE_MS * NS_PER_MS;
}

static void on_timer(void *arg) {
    struct profile_page *page = arg;
    int64_t interval_ms = page_rate_interval_ms(page->plan);
    if (is_idle(page)) {
        stop_sampling(page);
        return;
    }
    timer_after_ms(page->timer, interval_ms);
    struct collect_wait *wait = NULL;
    if (!page->wait &&
        collect_ask(page->pages->parts.collect, interval_ms, true, on_sample, page, &wait) == 0) {
        page->wait = wait;
    }
}

void pages_collected(struct pages *pages, struct snapshot *snapshot) {
    snapshot_unref(pages->newest);
    pages->newest = snapshot_ref(snapshot);
    for (size_t i = 0; i < pages->n; i++) {
        struct profile_page *page = &pages->page[i];
        if (page->rates && is_idle(page)) {
            stop_sampling(page);
        } else if (page->rates) {
            take(page, snapshot);
        }
    }
}

/* Begins with what the background has just now, or asks at an interval of its own. */
static int start_sampling(struct profile_page *page) {
    const struct pages *pages = page->pages;
    page->rates = rates_new();
    if (!page->rates) {
        return -ENOMEM;
    }
    if (pages->parts.background) {
        take(page, pages->newest);
        return 0;
    }
    page->timer = timer_new(pages->parts.loop, on_timer, page);
    if (!page->timer) {
        stop_sampling(page);
        return -ENOMEM;
    }
    timer_after_ms(page->timer, 0);
    return 0;
}

/* From now on what the page shows is gathered. */
static int use(struct profile_page *page, struct err *err) {
    const struct pages_parts *parts = &page->pages->parts;
    page->used_ns = clock_mono_ns();
    if (page_needs_machine(page->plan) && parts->kernel) {
        kernel_want_details(parts->kernel);
    }
    if (page_rate_interval_ms(page->plan) == 0 || page->rates || !parts->loop) {
        return 0;
    }
    return start_sampling(page) == 0 ? 0 : err_set(err, -ENOMEM, "out of memory");
}

int pages_start(struct pages *pages, const struct pages_parts *parts, struct err *err) {
    pages->parts = *parts;
    pages->owner.local = parts->local;
    return use(pages->configured, err);
}

int pages_choose(struct pages *pages, struct str name, struct profile_page **ret, struct err *err) {
    const char *names[PROFILES_MAX] = {NULL};
    struct profile_page *page = name.len ? NULL : pages->configured;
    for (size_t i = 0; i < pages->n && !page; i++) {
        names[i] = page_profile(i);
        page = str_eq(name, str_of(names[i])) ? &pages->page[i] : NULL;
    }
    if (!page) {
        const char *nearest = str_nearest(name, names, pages->n);
        return err_set(err, -EINVAL, "no profile \"%.*s\"; %s %s", STR_ARG(name),
                       nearest ? "the nearest is" : "the default is",
                       nearest ? nearest : page_profile(0));
    }
    if (!page->plan) {
        err_copy(err, &page->refused);
        return err->code;
    }
    int r = use(page, err);
    if (r == 0) {
        *ret = page;
    }
    return r;
}

/* As the Engine has it, while it never told as the kernel of its machine; empty: not known. */
static struct str host_name(struct pages *pages, const struct snapshot *snapshot,
                            const struct machine *machine) {
    struct str told = snapshot->engine.host_name;
    if (!told.len && machine && pages->host_name[0] == '\0') {
        told = machine->host_name;
    }
    if (told.len && told.len < sizeof(pages->host_name)) {
        memcpy(pages->host_name, told.ptr, told.len);
        pages->host_name[told.len] = '\0';
    }
    return str_of(pages->host_name);
}

/* Whether a page shows more of the machine than the Engine told. */
static bool wants_machine(const struct profile_page *page, const struct engine_facts *engine) {
    return page_needs_machine(page->plan) || !engine_facts_has(engine, ENGINE_CPU_CORES) ||
           !engine_facts_has(engine, ENGINE_MEMORY_BYTES) || !engine->host_name.len;
}

/* The machine whose kernel is read, if the page wants it and it is the Engine's. */
static bool read_machine(const struct profile_page *page, const struct snapshot *snapshot,
                         struct arena *arena, struct machine *ret) {
    const struct pages *pages = page->pages;
    struct kernel *kernel = pages->parts.kernel;
    return wants_machine(page, &snapshot->engine) && kernel &&
           kernel_machine(kernel, arena, ret) == 0 &&
           owner_is_engine(&pages->owner, snapshot, ret->host_name);
}

void pages_write(struct profile_page *page, page_groups groups, const struct snapshot *snapshot,
                 struct arena *arena, struct sink *sink) {
    struct process_figures process;
    struct machine machine;
    process_read(&process);
    owner_learn(&page->pages->owner, snapshot);
    bool has_machine = read_machine(page, snapshot, arena, &machine);
    const struct page_inputs in = {
        .snapshot = snapshot,
        .process = &process,
        .machine = has_machine ? &machine : NULL,
        .rates = page->rates,
        .host_name = host_name(page->pages, snapshot, has_machine ? &machine : NULL),
    };
    page_walk(page->plan, groups, &in, arena, sink);
}
