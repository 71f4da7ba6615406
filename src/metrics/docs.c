/* docs/metrics.md, written from the table. */
#include "metrics/page.h"
#include "metrics/row.h"

static const char *group_title(enum group group) {
    static const char *const titles[GROUP_COUNT] = {
        "Memory",           "CPU",      "Network", "Block devices",
        "Processes",        "Pressure", "State",   "Engine and machine",
        "Dockmeter itself",
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

/* Which cgroup version the Engine API tells a reading's number on. */
static const char *api_words(const struct row *row) {
    if (row->group > GROUP_PRESSURE || (row->flags & ROW_API_V1 && row->flags & ROW_API_V2)) {
        return NULL;
    }
    return row->flags & ROW_API_V1 ? "the Engine API tells it on cgroup v1 only"
                                   : "the Engine API does not tell it";
}

static void write_notes(struct buf *out, const struct row *row) {
    const char *between = "";
    if (row->flags & ROW_COMPAT) {
        buf_text(out, "compat name");
        between = "; ";
    }
    const char *api = api_words(row);
    if (api) {
        buf_text(out, between);
        buf_text(out, api);
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
    for (int group = 0; group < GROUP_SELF; group++) {
        write_group(out, (enum group)group, profile->rows, profile->n_rows);
    }
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
        "- Memory to Pressure cover containers with a reading; State covers all containers, "
        "stopped ones too.\n");
    for (size_t i = 0; i < n_profiles; i++) {
        write_profile(out, &profiles[i]);
    }
    buf_text(out, "\n## In every profile\n");
    write_group(out, GROUP_SELF, self_rows, n_self_rows);
}
