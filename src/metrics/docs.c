/* docs/metrics.md, written from the table. */
#include "metrics/page.h"
#include "metrics/row.h"

static const char *group_title(enum group group) {
    static const char *const titles[GROUP_COUNT] = {
        "Memory",   "CPU",   "Network",    "Block devices",      "Processes",
        "Pressure", "State", "Disk usage", "Engine and machine", "Dockmeter itself",
    };
    return titles[group];
}

/* Text of a table's cell: a bar would end it. */
static void write_cell(struct buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '|') {
            buf_byte(out, '\\');
        }
        buf_byte(out, *text);
    }
}

static void write_labels(struct buf *out, const struct row *row) {
    for (size_t i = 0; i < ROW_LABELS_MAX && row->labels[i]; i++) {
        buf_text(out, i ? ", `" : "`");
        buf_text(out, row->labels[i]);
        buf_byte(out, '`');
    }
}

static void write_notes(struct buf *out, const struct row *row) {
    const char *between = "";
    if (row->flags & ROW_COMPAT) {
        buf_text(out, "compat name");
        between = "; ";
    }
    if (row->kind) {
        buf_fmt(out, "%skind `%s`", between, row->kind);
        between = "; ";
    }
    if (row->absent) {
        buf_text(out, between);
        buf_text(out, "absent when ");
        write_cell(out, row->absent);
    }
}

static void write_row(struct buf *out, const struct row *row) {
    buf_text(out, "| `");
    buf_text(out, row->name);
    buf_text(out, row->type == FAMILY_COUNTER ? "` | counter | " : "` | gauge | ");
    write_labels(out, row);
    buf_text(out, " | ");
    write_cell(out, row->help);
    buf_text(out, " | ");
    write_notes(out, row);
    buf_text(out, " |\n");
}

static void write_group(struct buf *out, enum group group, const struct row *rows, size_t n) {
    bool begun = false;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].group != group) {
            continue;
        }
        if (!begun) {
            buf_fmt(out, "\n### %s (`%s`)\n\n", group_title(group), group_word(group));
            buf_text(out, "| family | type | own labels | meaning | notes |\n"
                          "|---|---|---|---|---|\n");
            begun = true;
        }
        write_row(out, &rows[i]);
    }
}

static void write_profile(struct buf *out, const struct profile *profile) {
    buf_fmt(out, "\n## Profile `%s` (%s)\n\nLabels of every container's series: ", profile->name,
            profile->title);
    for (size_t i = 0; i < profile->n_base; i++) {
        buf_fmt(out, "`%s`, ", profile->base[i].name);
    }
    buf_text(out, "then container and global labels, then the family's own.\n");
    for (size_t i = 0; i < PROFILE_LABELS_MAX && profile->page[i].name; i++) {
        buf_fmt(out, "%s`%s`", i ? ", " : "Labels of every series: ", profile->page[i].name);
    }
    buf_text(out, profile->page[0].name ? ".\n" : "");
    for (int group = 0; group < GROUP_COUNT; group++) {
        write_group(out, (enum group)group, profile->rows, profile->n_rows);
    }
}

static void write_sources(struct buf *out, const struct row *row) {
    static const unsigned columns[] = {ROW_KERNEL_V1, ROW_KERNEL_V2, ROW_API_V1, ROW_API_V2};
    buf_text(out, "| `");
    buf_text(out, row->name);
    buf_text(out, "` |");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        buf_text(out, row->flags & columns[i] ? " yes |" : " – |");
    }
    buf_text(out, row->flags & ROW_RESOLUTION ? " resolution: " : " ");
    write_cell(out, row->remark ? row->remark : "");
    buf_text(out, " |\n");
}

/* Which source tells which of the families that need a reading. */
#define SOURCES (ROW_KERNEL_V1 | ROW_KERNEL_V2 | ROW_API_V1 | ROW_API_V2)

static void write_coverage(struct buf *out, const struct profile *profile) {
    buf_text(out, "\n## Where each number comes from\n\n"
                  "| family | kernel, cgroup v1 | kernel, cgroup v2 | Engine API, v1 | "
                  "Engine API, v2 | remark |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < profile->n_rows; i++) {
        if (profile->rows[i].group <= GROUP_PRESSURE || (profile->rows[i].flags & SOURCES)) {
            write_sources(out, &profile->rows[i]);
        }
    }
    buf_text(
        out,
        "\nOn a hybrid host the columns of v1 hold, with pressure as on v2. Where a source tells "
        "a number its value is the same; a counter does not fall within a container's run "
        "when the source changes. The kernel is read at the scrape; the Engine's figures are "
        "up to a second old where it measures on a tick of its own (20.10, 23.0 before 23.0.8, "
        "24.0 before 24.0.7).\n");
}

void page_write_docs(struct buf *out) {
    buf_text(
        out,
        "# Metrics\n\n"
        "Written from the program's table of families; do not edit.\n\n"
        "- A number that is not known is absent: there is no made-up zero.\n"
        "- Values are exact: integers as integers, times in seconds with up to nine decimals.\n"
        "- `metrics.namespace` stands in front of every name, `metrics.global_labels` are on every "
        "series.\n"
        "- `metrics.container_labels` (keys or globs) names the container labels that are exported "
        "as `container_label_<key>`, with characters outside `[a-zA-Z0-9_]` as `_`. They are on "
        "every container's series, empty where a container lacks them.\n"
        "- The word behind a heading selects its families alone: `/metrics?collect[]=memory`; "
        "`container` selects all of the containers'. Dockmeter's own are always there.\n"
        "- Names marked *compat name* are the reference predecessor's; `metrics.compat_names: "
        "false` drops them, and `promtool check metrics` has then nothing to say.\n"
        "- `metrics.disable` leaves families out of every profile by cAdvisor's words, and "
        "`metrics.enable` leaves only those: ");
    for (int group = 0; group < GROUP_COUNT; group++) {
        const char *kind = group_kind((enum group)group);
        if (kind) {
            buf_fmt(out, "%s`%s` is %s", group ? ", " : "", kind, group_title((enum group)group));
        }
    }
    buf_text(
        out,
        "; a family of another word has it in its notes. The others have none and are always "
        "there.\n"
        "- Memory to Pressure cover containers with a reading; State covers all containers, "
        "stopped ones too, and goes when the Engine is away for longer than "
        "`collection.resync`.\n"
        "- Disk usage is there with `collection.collectors.disk`. It is measured in the background "
        "every `collection.disk_interval`, never on a scrape, and goes when three rounds could not "
        "renew it.\n");
    for (size_t i = 0; i < n_profiles; i++) {
        write_profile(out, profiles[i]);
    }
    write_coverage(out, profiles[0]);
    buf_text(out, "\n## In every profile\n");
    write_group(out, GROUP_SELF, self_rows, n_self_rows);
}
