/*
 * The pages of all profiles: a plan for each (plans.h), which a reload replaces, and what it needs
 * besides a snapshot, which stays. A page that shows percentages takes readings for them, the
 * configured one from the start, another from its first use until nobody has asked for it for
 * PAGES_IDLE_MS; scrapes in between change nothing of it.
 *
 *   scrapes collect themselves         a timer at the profile's interval asks for a snapshot
 *   collections in the background      each of them is a reading, so that a page's percentages are
 *                                      as old as all else on it
 */
#ifndef DOCKMETER_CLI_PAGES_H
#define DOCKMETER_CLI_PAGES_H

#include "base/err.h"
#include "base/str.h"
#include "cli/plans.h"
#include "collect/collect.h"
#include "kernel/kernel.h"
#include "loop/loop.h"
#include "metrics/page.h"

#define PAGES_IDLE_MS INT64_C(900000)

struct pages;
struct profile_page;

/* What sampling and reading need, all borrowed; they must outlive the pages. */
struct pages_parts {
    struct loop *loop;
    struct collect *collect;
    struct kernel *kernel; /* NULL: it is not read */
    bool background;       /* all collections are, and given with pages_collected() */
    bool local;            /* the Engine is reached by a socket of this machine */
};

/* Takes the plans over, also when it fails: -ENOMEM. */
MUST_USE int pages_new(struct plans *plans, struct pages **ret, struct err *err);
void pages_free(struct pages *pages); /* NULL is fine */

/* Takes other plans over. Pages that were chosen before are written by the old ones. */
void pages_adopt(struct pages *pages, struct plans *plans);

/* From now on this holds for parts.background. */
void pages_set_background(struct pages *pages, bool background);

/* The configuration was loaded again, well or not: for the page. */
void pages_told_load(struct pages *pages, bool successful);

/* Takes a collection of the background in, before any page shows it. */
void pages_collected(struct pages *pages, struct snapshot *snapshot);

/* Starts what the configured page needs in the background; without it, pages have no percentages.
   To be ended before the parts go. */
MUST_USE int pages_start(struct pages *pages, const struct pages_parts *parts, struct err *err);
void pages_stop(struct pages *pages);

/* A page, by the plan that was its when it was chosen. */
struct page_choice {
    struct profile_page *page;
    struct page_plan *plan; /* a reference */
};

/* The page of that profile, or the configured one for an empty name, to be done with; -EINVAL: none
   has this name (the nearest is named), or the configuration does not fit it. */
MUST_USE int pages_choose(struct pages *pages, struct str name, struct page_choice *ret,
                          struct err *err);
void page_choice_done(struct page_choice *choice); /* an empty one is fine */

/* Writes the page into the sink; the arena is for what is read meanwhile too. */
void pages_write(const struct page_choice *choice, page_groups groups,
                 const struct snapshot *snapshot, struct arena *arena, struct sink *sink);

#endif
