#include "model/lives.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 4

/* In the order in which they come at the same time. */
enum point_kind { POINT_NONE, POINT_STARTED_AT, POINT_START, POINT_OOM, POINT_DIE };

/* How a point came: one from before the S that was known by then is in doubt until a further
   inspect; it stays movable as long as that S is the last one. */
enum point_doubt { DOUBT_NONE, DOUBT_PAST, DOUBT_OPEN };

struct lives_point {
    int64_t time_ns;
    enum point_kind kind;
    enum point_doubt doubt;
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
}

void lives_count(const struct lives *lives, uint64_t *ret_restarts, uint64_t *ret_oom_kills) {
    struct lives_sum sum = lives->settled;
    for (size_t i = 0; i < lives->n; i++) {
        if (lives->points[i].doubt != DOUBT_OPEN) {
            pass(&sum, &lives->points[i]);
        }
    }
    *ret_restarts = sum.restarts + sum.since;
    *ret_oom_kills = sum.oom_kills + greater(sum.oom_events, sum.oom_known);
}

/* Settles the first n points; of the past's times nothing is to be told from the present's. */
static void settle_first(struct lives *lives, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pass(&lives->settled, &lives->points[i]);
        if (i >= lives->past) {
            lives->settled.newest_ns = lives->points[i].time_ns;
        }
    }
    lives->past -= (uint16_t)(n < lives->past ? n : lives->past);
    lives->n -= (uint16_t)n;
}

void lives_settle(struct lives *lives) {
    settle_first(lives, lives->n);
    free(lives->points);
    lives->points = NULL;
    lives->cap = 0;
}

static void settle_oldest(struct lives *lives) {
    settle_first(lives, 1);
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

static bool is_same(const struct lives_point *a, const struct lives_point *b) {
    return a->time_ns == b->time_ns && a->kind == b->kind;
}

/* Whether it is there already, or too old to tell. */
static bool is_repeat(const struct lives *lives, const struct lives_point *p) {
    for (size_t i = 0; i < lives->n; i++) {
        if (is_same(&lives->points[i], p)) {
            return true;
        }
    }
    return p->time_ns <= lives->settled.newest_ns;
}

/* Where an S belongs that is told when the clock has been set back since: right before the start
   event of its life, if that is in the past; else the past's end. */
static size_t place_in_past(const struct lives *lives, const struct lives_point *p) {
    bool may_be = lives->set_back && p->kind == POINT_STARTED_AT;
    for (size_t i = 0; may_be && i < lives->past; i++) {
        const struct lives_point *e = &lives->points[i];
        int64_t after_ns = e->time_ns - p->time_ns;
        if (e->kind == POINT_START && after_ns >= 0 && after_ns < LIVES_BACK_NS) {
            return i > 0 && e[-1].kind == POINT_STARTED_AT ? lives->past : i;
        }
    }
    return lives->past;
}

/* Puts a point where it belongs; false: it is a repeat, or there is no memory at all. */
static bool put(struct lives *lives, const struct lives_point *p) {
    if (is_repeat(lives, p) || !make_room(lives) || p->time_ns <= lives->settled.newest_ns) {
        return false;
    }
    size_t at = place_in_past(lives, p);
    bool of_past = at < lives->past;
    while (!of_past && at < lives->n && !is_before(p, &lives->points[at])) {
        at++;
    }
    memmove(lives->points + at + 1, lives->points + at, (lives->n - at) * sizeof(*p));
    lives->points[at] = *p;
    lives->n++;
    lives->past += of_past;
    lives->set_back &= of_past || p->kind != POINT_STARTED_AT;
    return true;
}

/* Whether the last S came ahead of its start event, and after the clock was set back to now. */
static bool is_ahead(const struct lives *lives, int64_t now_ns) {
    int64_t since_ns = now_ns - lives->last.started_ns;
    if (since_ns <= -LIVES_BACK_NS || since_ns >= LIVES_BACK_NS) {
        return false;
    }
    for (size_t i = 0; i < lives->n; i++) {
        int64_t after_ns = lives->points[i].time_ns - lives->last.started_ns;
        if (lives->points[i].kind == POINT_START && after_ns >= 0 && after_ns < LIVES_BACK_NS) {
            return false;
        }
    }
    return true;
}

/*
 * The clock was set back to now_ns or a little less: makes a past of all points but the S that came
 * ahead, and those that came late in the life that was known and are nearer to now than to that
 * life: these were not late.
 */
static void set_back(struct lives *lives, int64_t now_ns) {
    struct lives_point present[LIVES_POINTS_MAX];
    int64_t back_ns = lives->last.started_ns - now_ns;
    bool ahead = is_ahead(lives, now_ns);
    size_t n = 0;
    size_t past = 0;
    for (size_t i = 0; i < lives->n; i++) {
        struct lives_point p = lives->points[i];
        bool of_now = p.doubt != DOUBT_NONE && p.time_ns < now_ns + back_ns / 2 && back_ns > 0;
        of_now |= ahead && p.kind == POINT_STARTED_AT && p.time_ns == lives->last.started_ns;
        p.doubt = DOUBT_NONE;
        *(of_now ? &present[n++] : &lives->points[past++]) = p;
    }
    if (n) {
        memcpy(lives->points + past, present, n * sizeof(*present));
    }
    lives->past = (uint16_t)past;
    lives->settled.newest_ns = 0;
    lives->set_back = !ahead;
}

/* The last event's time, else that of what is known first, which nothing else can precede by
   much; 0: nothing is known of the present. */
static int64_t newest_event(const struct lives *lives) {
    size_t i = lives->n;
    while (i > lives->past && lives->points[i - 1].kind == POINT_STARTED_AT) {
        i--;
    }
    if (i > lives->past) {
        return lives->points[i - 1].time_ns;
    }
    return i < lives->n ? lives->points[i].time_ns : 0;
}

void lives_event(struct lives *lives, enum event_action action, int64_t time_ns) {
    static const enum point_kind kinds[] = {
        [EVENT_START] = POINT_START, [EVENT_DIE] = POINT_DIE, [EVENT_OOM] = POINT_OOM};
    size_t known = sizeof(kinds) / sizeof(kinds[0]);
    struct lives_point p = {.time_ns = time_ns,
                            .kind = (size_t)action < known ? kinds[action] : POINT_NONE};
    if (p.kind == POINT_NONE || time_ns % NS_PER_S == 0 || is_repeat(lives, &p)) {
        return;
    }
    if (time_ns < newest_event(lives) - LIVES_BACK_NS) {
        set_back(lives, time_ns);
    }
    if (!lives->set_back && time_ns < lives->last.started_ns) {
        p.doubt = DOUBT_OPEN;
    }
    (void)put(lives, &p);
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
    now.pid = live ? facts->pid : 0;
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
    last->pid = now->pid ? now->pid : last->pid;
    if (now->least == now->most) {
        last->least = now->least;
        last->most = now->most;
    }
}

/* What came late is where it belongs, unless the clock was set back while the inspect was under
   way; once a later life is known, for good. */
static void believe(struct lives *lives, bool for_good) {
    for (size_t i = lives->past; i < lives->n; i++) {
        struct lives_point *p = &lives->points[i];
        if (p->doubt != DOUBT_NONE) {
            p->doubt = for_good ? DOUBT_NONE : DOUBT_PAST;
        }
    }
}

/* A life that was not known yet; false: it is no later one. */
static bool next_life(struct lives *lives, const struct lives_inspect *now) {
    const struct lives_inspect *last = &lives->last;
    struct lives_point p = {
        .time_ns = now->started_ns, .kind = POINT_STARTED_AT, .growth = growth_between(last, now)};
    if (!lives->set_back && now->started_ns < last->started_ns) {
        bool another = (now->pid && now->pid != last->pid) || now->count > last->count;
        if (now->started_ns == 0 || !another) {
            return false;
        }
        set_back(lives, now->started_ns);
    }
    if (!now->started_ns || !put(lives, &p)) {
        return false;
    }
    believe(lives, true);
    lives->last = *now;
    return true;
}

/*
 * While a container runs, OOMKilled may be left over from the life before (Engine 20.10): it
 * counts once it turned true in this life, or the life is over.
 */
void lives_inspected(struct lives *lives, const struct container_facts *facts) {
    struct lives_inspect now = read_inspect(lives, facts);
    bool unkilled = lives->last.unkilled && lives->last.started_ns == now.started_ns;
    lives->inspected = true;
    if (now.started_ns == lives->last.started_ns) {
        same_life(lives, &now);
        believe(lives, false);
    } else if (!next_life(lives, &now)) {
        return;
    }
    if (facts->oom_killed && now.started_ns && (unkilled || !container_is_live(facts))) {
        lives_oom_kills(lives, now.started_ns, 1);
    }
}
