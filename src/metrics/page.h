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
#include "model/machine.h"
#include "model/rates.h"
#include "model/snapshot.h"

struct page_settings {
    struct str profile;      /* "native" */
    struct str machine_name; /* for the profile container-metrics; empty: "local-machine" */
    bool hide_root;          /* no series of the root cgroup in the profile cadvisor */
    struct str namespace;    /* put in front of every name with "_", empty: none */
    const struct label *global_labels;
    size_t n_global_labels;
    const struct str *container_labels; /* keys or globs */
    size_t n_container_labels;
    bool compat_names;
    const struct str *disabled; /* families left out, by cAdvisor's words: "memory", "diskIO" … */
    size_t n_disabled;
    const struct str *enabled; /* not empty: of the families with such a word only these */
    size_t n_enabled;
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
 * A plan with one reference, owning copies of all it needs. -EINVAL when the profile is unknown
 * (the nearest is named), the namespace or a global label is no metric or label name, or a global
 * label is one that the profile uses.
 */
MUST_USE int page_plan_new(const struct page_settings *settings, const struct build_info *build,
                           struct page_plan **ret, struct err *err);
struct page_plan *page_plan_ref(struct page_plan *plan);
void page_plan_unref(struct page_plan *plan); /* NULL is fine */

/*
 * A selection of collectors by name, as in `?collect[]=memory`; bit sets of table groups.
 * -EINVAL with the known names when the name is none.
 */
typedef uint32_t page_groups; /* the one typedef: a set, not a struct */
#define PAGE_ALL_GROUPS UINT32_MAX
MUST_USE int page_group_add(page_groups *groups, struct str name, struct err *err);

/* Whether a selection shows anything that needs containers' usage. */
bool page_needs_usage(page_groups groups);

/* How the configuration was last loaded, the program's start included. */
struct last_load {
    bool successful;
    int64_t success_unix_ns; /* of the last that was */
};

/* What a page is made of; all borrowed. Without machine and rates what they tell is absent. */
struct page_inputs {
    const struct snapshot *snapshot;
    const struct process_figures *process; /* may be NULL: golden pages */
    const struct machine *machine;         /* may be NULL: not read, or not the Engine's */
    const struct rates *rates;             /* may be NULL: no percentages */
    const struct last_load *load;          /* may be NULL: of no program that serves */
    struct str host_name; /* of the Engine's machine; empty: not known, no series */
};

/* Whether the plan's profile shows the machine; it wants kernel_want_details(), and has no count of
   processes in a snapshot that is older. */
bool page_needs_machine(const struct page_plan *plan);

/* How far the readings behind its percentages are apart; 0: it shows none, and needs no rates. */
int64_t page_rate_interval_ms(const struct page_plan *plan);

/* Walks the page. Exporter and process families are always there; containers' state families only
 * while the snapshot's states are known. When memory is out, all containers' series are missing and
 * arena_failed(arena) says so. */
void page_walk(const struct page_plan *plan, page_groups groups, const struct page_inputs *in,
               struct arena *arena, struct sink *sink);

/* Whether families of the profile cadvisor go by this word of cAdvisor's. */
bool page_has_kind(struct str kind);

/* The name of each profile, the default first; NULL behind the last. */
const char *page_profile(size_t i);

/* docs/metrics.md: the tables of families of all profiles as Markdown. */
void page_write_docs(struct buf *out);

/* docs/profiles.md: how profiles are used side by side, and where each differs from the page of the
   tool that it stands in for. */
void page_write_profile_docs(struct buf *out);

/* Why a family of a profile is missing or other than with the tool that it stands in for; NULL: it
   is the same. */
const char *page_difference(const char *profile, const char *family);

#endif
