/*
 * One walk over a snapshot: what the rows' functions read and where they give their samples;
 * private to metrics/. A family is told to the sink with its first sample, so that a family
 * without samples does not appear.
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
    const struct snapshot *snapshot;
    const struct process_figures *process; /* may be NULL */
    const struct build_info *build;
    struct sink *sink;
    struct labelset *containers; /* one for each reading; NULL when memory is out */
    struct labelset globals;     /* of all other series */
    size_t labels_left_out;
    bool labels_listed; /* there is an allow-list of container labels */
    bool usage_wanted;
    const struct family *family;
    bool told; /* the family to the sink */
};

/* Gives one sample of the present family. */
void walk_sample(struct walk *w, struct labelset *base, const struct label *own, size_t n,
                 struct value value);

/* One number of each container's usage, of its facts, of the facts of those that are live. */
void walk_usage(struct walk *w, const struct row *row);
void walk_fact(struct walk *w, const struct row *row);
void walk_live_fact(struct walk *w, const struct row *row);
/* One number of each interface or device; labels[0] names it. */
void walk_net(struct walk *w, const struct row *row);
void walk_disk(struct walk *w, const struct row *row);
/* What a single number does not tell. */
void walk_page_faults(struct walk *w, const struct row *row);
void walk_last_seen(struct walk *w, const struct row *row);
void walk_uptime(struct walk *w, const struct row *row);
void walk_info(struct walk *w, const struct row *row);
void walk_state(struct walk *w, const struct row *row);
void walk_health(struct walk *w, const struct row *row);
void walk_restarts(struct walk *w, const struct row *row);
void walk_oom_kills(struct walk *w, const struct row *row);

/* One number of the Engine's facts, of this process. */
void walk_engine(struct walk *w, const struct row *row);
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

#endif
