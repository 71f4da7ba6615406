/*
 * The pages of all profiles: a plan for each, made at the start, and what it needs besides a
 * snapshot. A page that shows percentages takes readings for them, the configured one from the
 * start, another from its first use until nobody has asked for it for PAGES_IDLE_MS; scrapes in
 * between change nothing of it.
 *
 *   scrapes collect themselves         a timer at the profile's interval asks for a snapshot
 *   collections in the background      each of them is a reading, so that a page's percentages are
 *                                      as old as all else on it
 */
#ifndef DOCKMETER_CLI_PAGES_H
#define DOCKMETER_CLI_PAGES_H

#include "base/err.h"
#include "base/str.h"
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

/*
 * Plans for all profiles; settings->profile is the configured one, whose plan must be possible
 * (see page_plan_new()). Another that is not is refused when it is asked for.
 */
MUST_USE int pages_new(const struct page_settings *settings, struct pages **ret, struct err *err);
void pages_free(struct pages *pages); /* NULL is fine */

/* Takes a collection of the background in, before any page shows it. */
void pages_collected(struct pages *pages, struct snapshot *snapshot);

/* Starts what the configured page needs in the background; without it, pages have no percentages.
   To be ended before the parts go. */
MUST_USE int pages_start(struct pages *pages, const struct pages_parts *parts, struct err *err);
void pages_stop(struct pages *pages);

/* The page of that profile, or the configured one for an empty name; -EINVAL: none has this name
   (the nearest is named), or the configuration does not fit it. */
MUST_USE int pages_choose(struct pages *pages, struct str name, struct profile_page **ret,
                          struct err *err);

/* Writes the page into the sink; the arena is for what is read meanwhile too. */
void pages_write(struct profile_page *page, page_groups groups, const struct snapshot *snapshot,
                 struct arena *arena, struct sink *sink);

#endif
