/*
 * One walk over a snapshot: what the rows' functions read and where they give their samples;
 * private to metrics/. A family is told to the sink with its first sample, so that a family
 * without samples does not appear.
 *
 *   walk.c          one number of each container     walk_sums.c   sums and percentages
 *   walk_state.c    what a container is and does      walk_spec.c   cAdvisor's own forms
 *   walk_system.c   the Engine, the exporter, this process
 *   walk_disk.c     what takes up disk
 */
#ifndef DOCKMETER_METRICS_WALK_H
#define DOCKMETER_METRICS_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/process.h"
#include "metrics/family.h"
#include "metrics/page.h"
#include "metrics/row.h"
#include "model/snapshot.h"

struct walk {
    const struct page_inputs *in;
    const struct snapshot *snapshot; /* in's */
    const struct build_info *build;
    struct str machine_name;
    struct sink *sink;
    const struct reading *readings; /* those that the profile shows */
    size_t n;
    struct labelset *containers; /* one for each of them; NULL when memory is out */
    struct labelset globals;     /* of all other series */
    size_t labels_left_out;
    bool labels_listed; /* there is an allow-list of container labels */
    bool usage_wanted;
    bool unnamed; /* a label of all the profile's series is not known */
    const struct family *family;
    bool told; /* the family to the sink */
};

/* Gives one sample of the present family. */
void walk_sample(struct walk *w, struct labelset *base, const struct label *own, size_t n,
                 struct value value);

/* How many readings there are series for: none when memory for their labels was out. */
static inline size_t walk_readings(const struct walk *w) {
    return w->containers ? w->n : 0;
}

static inline const struct container_facts *walk_facts(const struct walk *w, size_t i) {
    return &w->readings[i].container->facts;
}

/* Gives reading i's sample without own labels, or with value under the row's first one. */
static inline void walk_give(struct walk *w, size_t i, struct value value) {
    walk_sample(w, &w->containers[i], NULL, 0, value);
}
void walk_give_under(struct walk *w, const struct row *row, size_t i, struct str word,
                     struct value value);

static inline struct label walk_label(const struct row *row, size_t i, struct str value) {
    return (struct label){.name = str_of(row->labels[i]), .value = value};
}

/* A Unix time (or a duration) in nanoseconds, of which the row shows seconds. */
static inline struct value walk_time(int64_t ns) {
    struct value v = value_i64(ns);
    v.decimals = 9;
    return v;
}

/* The cores of the machine, by the Engine's word, else the kernel's, else its statistics'; 0: not
   known. */
uint64_t walk_cores(const struct walk *w);
/* The same, or the machine's memory: ENGINE_CPU_CORES, ENGINE_MEMORY_BYTES. */
uint64_t walk_machine_number(const struct walk *w, enum engine_number number);

/* One number of each container's usage, of its facts, of the facts of those that are live. */
void walk_usage(struct walk *w, const struct row *row);
void walk_fact(struct walk *w, const struct row *row);
void walk_live_fact(struct walk *w, const struct row *row);
/* One number of each container's usage, where it has a CPU limit. */
void walk_limited_usage(struct walk *w, const struct row *row);
/* One number of each interface or device; labels[0] names it: 259:0, or /dev/nvme0n1. */
void walk_net(struct walk *w, const struct row *row);
void walk_disk(struct walk *w, const struct row *row);
void walk_named_disk(struct walk *w, const struct row *row);
/* The same added up. */
void walk_net_sum(struct walk *w, const struct row *row);
void walk_disk_sum(struct walk *w, const struct row *row);
/* CPU from two readings: in cores, in percent of the machine; memory in percent of its limit. */
void walk_cpu_ratio(struct walk *w, const struct row *row);
void walk_cpu_percent(struct walk *w, const struct row *row);
void walk_memory_percent(struct walk *w, const struct row *row);
void walk_cpus_available(struct walk *w, const struct row *row);

/* What a single number does not tell. */
void walk_page_faults(struct walk *w, const struct row *row);
void walk_last_seen(struct walk *w, const struct row *row);
void walk_live_last_seen(struct walk *w, const struct row *row);
void walk_last_up(struct walk *w, const struct row *row);
void walk_uptime(struct walk *w, const struct row *row);
void walk_info(struct walk *w, const struct row *row);
void walk_state(struct walk *w, const struct row *row);
void walk_health(struct walk *w, const struct row *row);
void walk_restarts(struct walk *w, const struct row *row);
void walk_oom_kills(struct walk *w, const struct row *row);
void walk_running(struct walk *w, const struct row *row);
void walk_identity(struct walk *w, const struct row *row);
void walk_status(struct walk *w, const struct row *row);

/* cAdvisor's forms. */
void walk_failures(struct walk *w, const struct row *row);
void walk_health_state(struct walk *w, const struct row *row);
void walk_spec(struct walk *w, const struct row *row);
void walk_cpu_quota(struct walk *w, const struct row *row);
void walk_version_info(struct walk *w, const struct row *row);
void walk_machine(struct walk *w, const struct row *row);
void walk_container_trouble(struct walk *w, const struct row *row);
void walk_machine_trouble(struct walk *w, const struct row *row);

/* Bytes on disk of each container, and of all things of one kind by labels[0]. */
void walk_storage(struct walk *w, const struct row *row);
void walk_storage_kinds(struct walk *w, const struct row *row);
void walk_storage_time(struct walk *w, const struct row *row);
/* How much of a file system is used, and its size; labels[0] is its device. */
void walk_fs_usage(struct walk *w, const struct row *row);
void walk_fs_limit(struct walk *w, const struct row *row);

/* One number of the Engine's facts, of its machine, of this process. */
void walk_engine(struct walk *w, const struct row *row);
void walk_machine_size(struct walk *w, const struct row *row);
void walk_process(struct walk *w, const struct row *row);
void walk_containers_by_state(struct walk *w, const struct row *row);
void walk_containers_by_three(struct walk *w, const struct row *row);
void walk_engine_info(struct walk *w, const struct row *row);
void walk_build_info(struct walk *w, const struct row *row);
void walk_up(struct walk *w, const struct row *row);
void walk_durations(struct walk *w, const struct row *row);
void walk_errors(struct walk *w, const struct row *row);
void walk_sources(struct walk *w, const struct row *row);
void walk_requests(struct walk *w, const struct row *row);
void walk_filter_cut(struct walk *w, const struct row *row);
void walk_dropped(struct walk *w, const struct row *row);
void walk_files_refused(struct walk *w, const struct row *row);
void walk_rejected(struct walk *w, const struct row *row);
void walk_label_collisions(struct walk *w, const struct row *row);
void walk_load_successful(struct walk *w, const struct row *row);
void walk_load_time(struct walk *w, const struct row *row);
void walk_one(struct walk *w, const struct row *row);
void walk_taken(struct walk *w, const struct row *row);
void walk_all_containers(struct walk *w, const struct row *row);
void walk_running_containers(struct walk *w, const struct row *row);
void walk_docker_version(struct walk *w, const struct row *row);
void walk_duration(struct walk *w, const struct row *row);
void walk_read_containers(struct walk *w, const struct row *row);
void walk_error_types(struct walk *w, const struct row *row);

#endif
