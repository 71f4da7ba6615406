/* docs/profiles.md, written from the profiles and the table of differences. */
#include "metrics/differences.h"
#include "metrics/page.h"
#include "metrics/row.h"

/* What a profile does otherwise with the same names; NULL: nothing. */
static const struct {
    const char *profile;
    const char *text;
} values[] = {
    {"cadvisor",
     "- Samples carry no timestamps, so a container that was removed is gone from the next page "
     "instead of staying for five minutes.\n"
     "- CPU time is one series for all cores, `cpu=\"total\"`, as cAdvisor has it without "
     "`percpu` (its default); the recorded one had a series for each core.\n"
     "- `id` is the path of the container's cgroup, and the plain id where only the Engine is "
     "asked. The series of the machine, `id=\"/\"`, and the labels of `machine_*` need the "
     "kernel's files too.\n"
     "- `container_fs_*` count the container's own I/O; cAdvisor's `container_fs_reads_total` "
     "counts that of the whole disk.\n"
     "- `container_fs_usage_bytes` and `container_fs_limit_bytes` are there with "
     "`collection.collectors.disk`. Of a container the first is the sum of the sizes of the files "
     "in "
     "its writable layer, as the Engine measures it; cAdvisor counts blocks, and those of its logs "
     "and settings (40 kB and more) too. Of `id=\"/\"` they are there for each file system on a "
     "block device (ext, xfs, btrfs, f2fs, bcachefs) that is mounted below the host root, with the "
     "figures of `df`; cAdvisor has tmpfs and each container's overlay besides. In a container "
     "Dockmeter needs the host's `/` for them (`-v /:/rootfs:ro`); without it `device` of a "
     "container's usage is empty and its limit absent.\n"
     "- `container_label_*` are those of `metrics.container_labels` and, always, the project and "
     "the service of Compose.\n"},
    {"docker-exporter", "- `container_state` covers containers that do not run too, with 0.\n"},
    {"container-metrics",
     "- `container_up_timestamp_seconds` of a container that ended stays at that moment until the "
     "container is removed; then the series goes. An alert on its age fires while a stopped "
     "container is there, and not for ever.\n"
     "- `container_cpu_usage_percent` is a ratio as ever: 1 is one core.\n"},
    {"docker-stats", "- The percentage is of the whole machine, 0 to 100.\n"},
    {"data-exporter",
     "- Percentages are 0 to 100 with their decimals; the predecessor wrote them 100 times too "
     "large, as integers.\n"
     "- This is the agent's page (port 5050). The aggregator (port 5000), which gathers those of "
     "several servers, comes with a later version; until then Prometheus scrapes each server.\n"
     "- Every scrape job of this profile needs `honor_labels: true`, or Prometheus renames "
     "`instance`.\n"
     "- `container_status` is a new series whenever the age in it changes, as the predecessor "
     "promises it; do not keep it for long.\n"},
};

static void write_job(struct buf *out, const char *profile, bool honors) {
    buf_fmt(out,
            "  - job_name: dockmeter-%s\n"
            "    params: {profile: [%s]}\n"
            "%s"
            "    static_configs:\n"
            "      - targets: [\"dockmeter:9200\"]\n",
            profile, profile, honors ? "    honor_labels: true\n" : "");
}

/* Whether Prometheus would rename a label of the profile's series. */
static bool needs_honor(const struct profile *profile) {
    bool needs = false;
    for (size_t i = 0; i < PROFILE_LABELS_MAX && profile->page[i].name; i++) {
        struct str name = str_of(profile->page[i].name);
        needs = needs || str_eq(name, STR("instance")) || str_eq(name, STR("job"));
    }
    return needs;
}

static void write_jobs(struct buf *out) {
    buf_text(out, "```yaml\nscrape_configs:\n");
    for (size_t i = 0; i < n_profiles; i++) {
        write_job(out, profiles[i]->name, needs_honor(profiles[i]));
    }
    buf_text(out, "```\n");
}

static void write_difference(struct buf *out, const struct difference *d) {
    static const char *const words[DIFFERENCE_KINDS] = {
        [DIFFERENCE_MISSING] = "not here",
        [DIFFERENCE_ADDED] = "only here",
        [DIFFERENCE_TYPE] = "another type",
        [DIFFERENCE_LABELS] = "other labels",
    };
    bool all = str_eq(str_of(d->family), STR("*"));
    buf_fmt(out, "| %s%s%s | %s | %s |\n", all ? "" : "`",
            all ? (d->kind == DIFFERENCE_ADDED ? "all others" : "all") : d->family, all ? "" : "`",
            words[d->kind], d->reason);
}

static void write_differences(struct buf *out, const struct profile *profile) {
    bool begun = false;
    for (size_t i = 0; i < n_differences; i++) {
        if (!str_eq(str_of(differences[i].profile), str_of(profile->name))) {
            continue;
        }
        if (!begun) {
            buf_text(out, "\n| family | difference | reason |\n|---|---|---|\n");
            begun = true;
        }
        write_difference(out, &differences[i]);
    }
    if (!begun) {
        buf_text(out, "\nFamilies, types and labels are the predecessor's.\n");
    }
}

static void write_profile(struct buf *out, const struct profile *profile) {
    buf_fmt(out, "\n## `%s` (%s)\n", profile->name, profile->title);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (str_eq(str_of(values[i].profile), str_of(profile->name))) {
            buf_byte(out, '\n');
            buf_text(out, values[i].text);
        }
    }
    write_differences(out, profile);
}

void page_write_profile_docs(struct buf *out) {
    buf_text(
        out,
        "# Profiles\n\n"
        "Written from the program's tables; do not edit.\n\n"
        "A profile is a set of names and labels over the same figures. `metrics.profile` chooses "
        "the page's; `/metrics?profile=NAME` asks for another one beside it. Several side by side "
        "are as many scrape jobs:\n\n");
    write_jobs(out);
    buf_text(
        out,
        "\nPercentages of CPU need two readings. With `collection.interval` (the presets of the "
        "tools "
        "that have percentages, but for data-exporter, set it) each collection is one: a page's "
        "percentages are of the time between the collection that it shows and the one before, and "
        "the first are on the page of the second collection. Without it Dockmeter takes readings "
        "of its own in the background, 5 seconds apart (container-metrics: 20), and a page has "
        "what the last two told; the first pages after a start have none for so long. Readings "
        "are taken for the configured profile from the start and for another from its first page "
        "until nobody has asked for it for 15 minutes. So scrapers do not disturb each other.\n\n"
        "The tables below compare families, types and names of labels with a page that each tool "
        "answered, recorded; a test does it again. `exporter_*` and `process_*`, which are "
        "Dockmeter's own, are on every page and not listed. A page that tells no types (that of "
        "data-exporter) differs in none. The families themselves are in "
        "[metrics.md](metrics.md).\n");
    for (size_t i = 0; i < n_profiles; i++) {
        write_profile(out, profiles[i]);
    }
}
