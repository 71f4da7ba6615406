/*
 * The Engine's own facts, asked for in the background: at each new contact and every interval_ms,
 * because /info recomputes and the counts walk lists. Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_FACTS_H
#define DOCKMETER_COLLECT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "loop/loop.h"
#include "model/engine_facts.h"
#include "model/tally.h"

struct facts;

struct facts_setup {
    struct loop *loop;
    struct engine *engine;
    struct tally *tally;
    int64_t interval_ms;                               /* 0: never asked */
    void (*trouble)(void *arg, const struct err *err); /* already counted */
    void (*told)(void *arg);                           /* an asking ended, well or not */
    void *arg;
};

/* NULL: no memory. The engine must be freed first. */
struct facts *facts_new(const struct facts_setup *setup);

/* From now on this holds for setup.interval_ms; with 0 what is known is forgotten. */
void facts_set_interval(struct facts *facts, int64_t interval_ms);
void facts_free(struct facts *facts); /* NULL is fine */

/* The Engine answers again: asks now. */
void facts_refresh(struct facts *facts);

/* Nobody has confirmed them for too long. The images' names stay, as those of containers do: a
   series whose labels change is another one. */
void facts_forget(struct facts *facts);

/* What is known, until the next turn of the loop. */
const struct engine_facts *facts_known(const struct facts *facts);

/* How long the last asking took; below 0: none has ended yet. */
int64_t facts_duration_ns(const struct facts *facts);

#endif
