/*
 * A page: a profile's table of families over one snapshot, walked into a sink. What depends on the
 * configuration only (names with their namespace, which families there are, global labels, label
 * patterns) is prepared once in a struct page_plan; what depends on the snapshot lies in the
 * caller's arena.
 */
#ifndef DOCKMETER_METRICS_PAGE_H
#define DOCKMETER_METRICS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/process.h"
#include "metrics/family.h"
#include "model/snapshot.h"

struct page_settings {
    struct str profile;   /* "native" */
    struct str namespace; /* put in front of every name with "_", empty: none */
    const struct label *global_labels;
    size_t n_global_labels;
    const struct str *container_labels; /* keys or globs */
    size_t n_container_labels;
    bool compat_names;
};

/* What the program says about itself; the strings live as long as the program. */
struct build_info {
    struct str version;
    struct str commit;
    struct str build_date;
    struct str compiler;
};

struct page_plan;

/*
 * A plan, owning copies of all it needs. -EINVAL when the profile is unknown (the nearest is
 * named), the namespace or a global label is no metric or label name, or a global label is one that
 * the profile uses.
 */
MUST_USE int page_plan_new(const struct page_settings *settings, const struct build_info *build,
                           struct page_plan **ret, struct err *err);
void page_plan_free(struct page_plan *plan);

/*
 * A selection of collectors by name, as in `?collect[]=memory`; bit sets of table groups.
 * -EINVAL with the known names when the name is none.
 */
typedef uint32_t page_groups; /* the one typedef: a set, not a struct */
#define PAGE_ALL_GROUPS UINT32_MAX
MUST_USE int page_group_add(page_groups *groups, struct str name, struct err *err);

/* Whether a selection shows anything that needs containers' usage. */
bool page_needs_usage(page_groups groups);

/*
 * Walks the page. process may be NULL (golden pages). Exporter and process families are always
 * there; containers' state families only while the snapshot's states are known. When memory is out,
 * all containers' series are missing and arena_failed(arena) says so.
 */
void page_walk(const struct page_plan *plan, page_groups groups, const struct snapshot *snapshot,
               const struct process_figures *process, struct arena *arena, struct sink *sink);

/* docs/metrics.md: the table of families of all profiles as Markdown. */
void page_write_docs(struct buf *out);

#endif
