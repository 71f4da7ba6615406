#include "model/lives.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define FIRST_CAP 4

/* In the order in which they come at the same time. */
enum point_kind { POINT_NONE, POINT_STARTED_AT, POINT_START, POINT_OOM, POINT_DIE };

struct lives_point {
    int64_t time_ns;
    enum point_kind kind;
    uint64_t growth; /* STARTED_AT: restarts by RestartCount since the one before */
    uint64_t known;  /* STARTED_AT: OOM kills of its life by the kernel or OOMKilled */
};

void lives_done(struct lives *lives) {
    free(lives->points);
    *lives = (struct lives){.n = 0};
}

static uint64_t greater(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/*
 * Moves a sum behind the next point. A die that follows a die is a start that failed. Of the first
 * life on the line it is not known that another one came before it.
 */
static void pass(struct lives_sum *sum, const struct lives_point *p) {
    bool begins = p->kind == POINT_STARTED_AT ||
                  (p->kind == POINT_START && sum->last_point != POINT_STARTED_AT);
    if (begins) {
        sum->since += sum->last_point != POINT_NONE;
        sum->oom_kills += greater(sum->oom_events, sum->oom_known);
        sum->oom_events = 0;
        sum->oom_known = 0;
        sum->started_ns = 0;
    }
    if (p->kind == POINT_STARTED_AT) {
        sum->restarts += greater(sum->since, p->growth);
        sum->since = 0;
        sum->oom_known = p->known;
        sum->started_ns = p->time_ns;
    }
    sum->oom_events += p->kind == POINT_OOM;
    sum->last_point = p->kind == POINT_OOM ? sum->last_point : p->kind;
    sum->newest_ns = p->time_ns;
}

void lives_count(const struct lives *lives, uint64_t *ret_restarts, uint64_t *ret_oom_kills) {
    struct lives_sum sum = lives->settled;
    for (size_t i = 0; i < lives->n; i++) {
        pass(&sum, &lives->points[i]);
    }
    *ret_restarts = sum.restarts + sum.since;
    *ret_oom_kills = sum.oom_kills + greater(sum.oom_events, sum.oom_known);
}

void lives_settle(struct lives *lives) {
    for (size_t i = 0; i < lives->n; i++) {
        pass(&lives->settled, &lives->points[i]);
    }
    free(lives->points);
    lives->points = NULL;
    lives->n = 0;
    lives->cap = 0;
}

static void settle_oldest(struct lives *lives) {
    pass(&lives->settled, &lives->points[0]);
    lives->n--;
    memmove(lives->points, lives->points + 1, lives->n * sizeof(*lives->points));
}

/* Room for one more point; when memory is out, the oldest one makes it. */
static bool make_room(struct lives *lives) {
    if (lives->n < lives->cap) {
        return true;
    }
    size_t cap = lives->cap ? (size_t)lives->cap * 2 : FIRST_CAP;
    struct lives_point *grown = NULL;
    if (cap <= LIVES_POINTS_MAX) {
        grown = reallocarray(lives->points, cap, sizeof(*grown));
    }
    if (grown) {
        lives->points = grown;
        lives->cap = (uint16_t)cap;
    } else if (lives->n) {
        settle_oldest(lives);
    }
    return lives->n < lives->cap;
}

static bool is_before(const struct lives_point *a, const struct lives_point *b) {
    return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->kind < b->kind);
}

/* Puts a point where it belongs; false: it is there already, or too old to tell. */
static bool put(struct lives *lives, const struct lives_point *p) {
    if (!make_room(lives) || p->time_ns <= lives->settled.newest_ns) {
        return false;
    }
    size_t at = lives->n;
    while (at > 0 && is_before(p, &lives->points[at - 1])) {
        at--;
    }
    if (at > 0 && !is_before(&lives->points[at - 1], p)) {
        return false;
    }
    memmove(lives->points + at + 1, lives->points + at, (lives->n - at) * sizeof(*p));
    lives->points[at] = *p;
    lives->n++;
    return true;
}

void lives_event(struct lives *lives, enum event_action action, int64_t time_ns) {
    static const enum point_kind kinds[] = {
        [EVENT_START] = POINT_START, [EVENT_DIE] = POINT_DIE, [EVENT_OOM] = POINT_OOM};
    size_t known = sizeof(kinds) / sizeof(kinds[0]);
    struct lives_point p = {.time_ns = time_ns,
                            .kind = (size_t)action < known ? kinds[action] : POINT_NONE};
    if (p.kind != POINT_NONE && time_ns % NS_PER_S != 0) {
        (void)put(lives, &p);
    }
}

void lives_oom_kills(struct lives *lives, int64_t started_ns, uint64_t kills) {
    struct lives_sum *settled = &lives->settled;
    if (started_ns && settled->started_ns == started_ns) {
        settled->oom_known = greater(settled->oom_known, kills);
    }
    for (size_t i = 0; i < lives->n; i++) {
        struct lives_point *p = &lives->points[i];
        if (p->kind == POINT_STARTED_AT && p->time_ns == started_ns) {
            p->known = greater(p->known, kills);
        }
    }
}

/*
 * What an inspect says of the starts up to the present life. The Engine counts a restart when the
 * life before ends: while it waits, the last one has yet to begin, and in one that ended for good
 * it may have been called off. The first inspect of one that ended is believed.
 */
static struct lives_inspect read_inspect(const struct lives *lives,
                                         const struct container_facts *facts) {
    struct lives_inspect now = {.count = 0};
    if (container_has(facts, CONTAINER_STARTED_NS)) {
        now.started_ns = facts->number[CONTAINER_STARTED_NS];
    }
    if (container_has(facts, CONTAINER_RESTART_COUNT)) {
        now.count = (uint64_t)facts->number[CONTAINER_RESTART_COUNT];
    }
    bool live = container_is_live(facts);
    bool waits = facts->state == STATE_RESTARTING;
    uint64_t without = now.count - (now.count > 0);
    now.least = live || (!waits && !lives->inspected) ? now.count : without;
    now.most = waits ? without : now.count;
    now.unkilled = live && !facts->oom_killed;
    return now;
}

/* Restarts between two inspects by RestartCount alone; a smaller one was set back by a start. */
static uint64_t growth_between(const struct lives_inspect *then, const struct lives_inspect *now) {
    if (now->count < then->count) {
        return now->least + 1;
    }
    return now->least > then->most ? now->least - then->most : 0;
}

/* A further inspect of the same life: what it leaves open is kept from those before. */
static void same_life(struct lives *lives, const struct lives_inspect *now) {
    struct lives_inspect *last = &lives->last;
    last->count = now->count;
    last->unkilled |= now->unkilled;
    if (now->least == now->most) {
        last->least = now->least;
        last->most = now->most;
    }
}

/*
 * While a container runs, OOMKilled may be left over from the life before (Engine 20.10): it
 * counts once it turned true in this life, or the life is over.
 */
void lives_inspected(struct lives *lives, const struct container_facts *facts) {
    struct lives_inspect now = read_inspect(lives, facts);
    bool unkilled = lives->last.unkilled && lives->last.started_ns == now.started_ns;
    lives->inspected = true;
    if (now.started_ns > lives->last.started_ns) {
        struct lives_point p = {.time_ns = now.started_ns,
                                .kind = POINT_STARTED_AT,
                                .growth = growth_between(&lives->last, &now)};
        if (!put(lives, &p)) {
            return;
        }
        lives->last = now;
    } else if (now.started_ns == lives->last.started_ns) {
        same_life(lives, &now);
    } else {
        return; /* overtaken by one of a later life */
    }
    if (facts->oom_killed && now.started_ns && (unkilled || !container_is_live(facts))) {
        lives_oom_kills(lives, now.started_ns, 1);
    }
}
