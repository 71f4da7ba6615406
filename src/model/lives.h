/*
 * The lives of one container, pieced together from sources that lose, repeat and reorder what they
 * tell. A life is one run: it begins at StartedAt (inspect), its start event comes a little later,
 * then its oom events, then its die event. All that was seen lies on one line of time, each thing
 * once, whenever it arrived:
 *
 *   S  E    D    S  E  O  D    S'        S StartedAt   E start   O oom   D die
 *   |_ life _|   |_ life __|   |_ life
 *
 * A life begins at each S, and at each E that has no S right before it. Counted are the fewest
 * lives that explain all of it, so that nothing is counted twice, a further point never lowers the
 * count, and with every event the count is exact. Where events were lost, the growth of
 * RestartCount between two inspects may tell of more starts than the points between their S do; the
 * greater counts.
 *
 * The Engine's clock may be set back. The line then ends, and another one goes on where it stood:
 *
 *   S  E  O       O  D    S'  E'      what is known from before is in the past: nothing goes
 *   |_ past __|   |_ present ___|     between it any more, but its repeats are still known
 *
 * It shows when an event comes more than LIVES_BACK_NS after a later one (events keep their order
 * but for less), or an inspect (each is asked for after the one before was answered) shows another
 * process or a greater RestartCount, and an earlier StartedAt. Until then events from before the
 * last S are in doubt: they do not count before a further inspect, and are the present's if that
 * shows the clock set back.
 *
 * Limits: the newest LIVES_POINTS_MAX points are kept, older ones are settled for good; what
 * arrives from before them is taken for a repeat, so that events of a clock that was set back that
 * far count only once an inspect has shown it. An event without a time, or in whole seconds (it
 * could lie before its own S), is ignored: the inspect that it causes tells. A clock that was set
 * back may put a container above the truth, by no more than the events that it misplaces: those
 * less than LIVES_BACK_NS earlier than one that was known, those of a life that no inspect had
 * shown yet, and those of a moment at which events or inspects were under way or were lost. What
 * comes afterwards counts exactly, once the truth has caught up.
 */
#ifndef DOCKMETER_MODEL_LIVES_H
#define DOCKMETER_MODEL_LIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/container.h"
#include "model/event.h"

#define LIVES_POINTS_MAX 32
#define LIVES_BACK_NS (5 * NS_PER_S)

struct lives_point;

/* What a walk along the points has added up so far. */
struct lives_sum {
    uint64_t restarts;  /* up to the last S */
    uint64_t since;     /* lives that began after it */
    uint64_t oom_kills; /* of lives that are over */
    uint64_t oom_events;
    uint64_t oom_known;  /* of the present life: by the kernel or OOMKilled */
    int64_t started_ns;  /* its S; 0: unknown */
    int64_t newest_ns;   /* of the last point, if it is not in the past */
    unsigned last_point; /* the kind of the last S, E or D; 0: none yet */
};

/* A RestartCount as an inspect showed it, and how many of these restarts had really begun. */
struct lives_inspect {
    int64_t started_ns; /* of the life that it showed; 0: none */
    int64_t pid;        /* of its process, when it was last seen running; 0: never */
    uint64_t count;
    uint64_t least;
    uint64_t most;
    bool unkilled; /* it ran and was not OOM-killed */
};

/* Zeroes are none; plain storage of the caller's. */
struct lives {
    struct lives_sum settled;
    struct lives_point *points; /* in order of time, first those of the past */
    uint16_t n;
    uint16_t cap;
    uint16_t past;
    bool inspected;
    bool set_back; /* the last S is in the past */
    struct lives_inspect last;
};

void lives_done(struct lives *lives);

/* A start, die or oom; anything else is ignored. */
void lives_event(struct lives *lives, enum event_action action, int64_t time_ns);

void lives_inspected(struct lives *lives, const struct container_facts *facts);

/* oom_kill as the kernel had it in the life that began at started_ns. */
void lives_oom_kills(struct lives *lives, int64_t started_ns, uint64_t kills);

/* Restarts: the first inspect's RestartCount and what came after it. OOM kills: for each life the
   greatest of what events, OOMKilled and the kernel told. */
void lives_count(const struct lives *lives, uint64_t *ret_restarts, uint64_t *ret_oom_kills);

/* The container is gone: settles and frees all points. */
void lives_settle(struct lives *lives);

#endif
