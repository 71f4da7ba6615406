/*
 * What is asked for beside the scrapes, at intervals of its own: what the Engine says of itself
 * (facts.h) and what takes up disk (disk.h). A snapshot gets what is known when it is taken.
 * Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_SIDELINE_H
#define DOCKMETER_COLLECT_SIDELINE_H

#include <stdbool.h>

#include "collect/collect.h"

struct sideline;

struct sideline_setup {
    struct collect_parts parts;
    struct collect_settings settings;
    void (*trouble)(void *arg, const struct err *err); /* already counted */
    void *arg;
};

/* NULL: no memory. The engine must be freed first. */
struct sideline *sideline_new(const struct sideline_setup *setup);
void sideline_free(struct sideline *sideline); /* NULL is fine */

/* Takes other intervals over, and what is measured at all. */
void sideline_adopt(struct sideline *sideline, const struct collect_settings *settings);

/* The Engine's status changed, or is known for the first time. */
void sideline_engine_changed(struct sideline *sideline);

/* Asks the Engine what it says of itself, out of turn; for after it has come up. */
void sideline_ask(struct sideline *sideline);

/* Puts what is known into an unpublished snapshot. */
void sideline_fill(struct sideline *sideline, struct snapshot *s);

/* Whether something of it has not arrived for the first time; of the disks, within timeout_ms. */
bool sideline_is_starting(const struct sideline *sideline);

#endif
