/*
 * The ledger against a made-up Engine with random lives, whose events are lost, repeated and late
 * and whose inspects may be overtaken. However it is told: what is shown under a name never falls
 * and is never above the truth; when nothing was lost, it is the truth in the end.
 */
#include <stdio.h>

#include "base/arena.h"
#include "model/ledger.h"
#include "model/lives.h"
#include "unit.h"

#define NAMES 3
#define BOXES 40
#define LATE_MAX 12
#define STEPS 400
#define RUNS 1500
#define TOLD_MAX (2 * STEPS)
#define LATE_NS (2 * NS_PER_S)

/* A container as it really is. */
struct box {
    char id[12];
    unsigned name;
    unsigned known_as; /* by the ledger */
    bool borne[NAMES]; /* the names that the ledger ever knew it by */
    bool exists;
    bool inspected;
    bool forgotten; /* by mistake */
    enum container_state state;
    int64_t started_ns;
    int64_t unseen_ns; /* of the life that no inspect had shown when the clock was set back */
    int64_t seen_ns;   /* the last inspect's */
    int64_t pid;
    int64_t count; /* RestartCount */
    int64_t starts;
    int64_t highest; /* the RestartCount that the first inspect showed */
    int64_t ahead;   /* of its starts: that RestartCount, or -1, since a first start is none */
    uint64_t kills;  /* in all lives */
    uint64_t kills_of_life; /* as the kernel has it */
    bool killed_last;
    bool oom_killed;
    bool has_old;
    struct container_facts old; /* an answer that is still under way */
    int64_t old_starts;
    uint64_t misplaced; /* by clocks that were set back */
    int64_t told_ns[TOLD_MAX];
    unsigned n_told;
};

struct late {
    struct container_event event;
    struct box *box;
    unsigned age; /* events of this container since */
};

struct run {
    uint64_t random;
    struct ledger *ledger;
    bool loses;
    bool calm;       /* all is told at once */
    bool turns;      /* the clock, now and then */
    bool set_back;   /* it was; once */
    bool old_engine; /* OOMKilled is left over while the next life runs */
    int64_t now_ns;
    struct box boxes[BOXES];
    unsigned n;
    struct box *current[NAMES];
    struct ledger_counts shown[NAMES];
    struct late late[LATE_MAX];
    unsigned n_late;
    int64_t pids;
};

/* xorshift64: the same runs every time. */
static uint64_t roll(struct run *r, uint64_t below) {
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return (r->random >> 11) % below;
}

static bool chance(struct run *r, unsigned percent) {
    return roll(r, 100) < percent;
}

static int64_t later(struct run *r) {
    r->now_ns += 2 + 2 * (int64_t)roll(r, 40000000);
    return r->now_ns;
}

static void deliver_late(struct run *r, unsigned i) {
    ledger_event(r->ledger, &r->late[i].event);
    r->late[i] = r->late[--r->n_late];
}

/* Those of a container that have waited for so many others of it, or for long. */
static void deliver_late_of(struct run *r, const struct box *box, unsigned age) {
    for (unsigned i = r->n_late; i-- > 0;) {
        const struct late *l = &r->late[i];
        bool long_ago = l->event.time_ns < r->now_ns - LATE_NS;
        if (l->box == box && (r->late[i].age++ >= age || long_ago)) {
            deliver_late(r, i);
        }
    }
}

/* Events that come a little after later ones may be misplaced, and those of a life that no inspect
   has shown yet. */
static void remember(struct box *box, int64_t time_ns) {
    int64_t last_ns = time_ns + LIVES_BACK_NS;
    for (unsigned i = 0; i < box->n_told; i++) {
        box->misplaced += box->told_ns[i] > time_ns && box->told_ns[i] <= last_ns;
    }
    box->misplaced += box->seen_ns > time_ns && box->seen_ns <= last_ns;
    box->misplaced += box->unseen_ns == box->started_ns && time_ns < box->started_ns;
    box->told_ns[box->n_told++] = time_ns;
}

/* Something happens now; who listens hears of it once, twice, later or never. */
static void happen(struct run *r, struct box *box, enum event_action action) {
    struct container_event event = {.action = action, .id = str_of(box->id), .time_ns = later(r)};
    if (r->calm) {
        ledger_event(r->ledger, &event);
        return;
    }
    remember(box, event.time_ns);
    if (r->loses && chance(r, 25)) {
        return;
    }
    deliver_late_of(r, box, r->loses ? 40 : 5);
    if (chance(r, 30) && r->n_late < LATE_MAX) {
        r->late[r->n_late++] = (struct late){.event = event, .box = box};
        if (chance(r, 70)) {
            return;
        }
    }
    ledger_event(r->ledger, &event);
}

static void begin(struct run *r, struct box *box, bool by_hand) {
    box->count = by_hand ? 0 : box->count;
    box->started_ns = later(r);
    box->pid = ++r->pids;
    box->state = STATE_RUNNING;
    box->starts++;
    box->kills_of_life = 0;
    box->oom_killed = r->old_engine && box->oom_killed;
    box->killed_last = false;
    happen(r, box, EVENT_START);
}

static void kill_child(struct run *r, struct box *box) {
    box->kills++;
    box->kills_of_life++;
    box->oom_killed |= !r->old_engine;
    happen(r, box, EVENT_OOM);
}

static void end(struct run *r, struct box *box, bool restarts, bool killed) {
    bool event_first = chance(r, 50);
    if (killed && event_first) {
        kill_child(r, box);
    }
    if (r->old_engine || killed) {
        box->oom_killed = killed;
    }
    box->count += restarts;
    box->state = restarts ? STATE_RESTARTING : STATE_EXITED;
    happen(r, box, EVENT_DIE);
    if (killed && !event_first) {
        kill_child(r, box);
        box->oom_killed = true;
    }
}

/* One thing that may happen to a container in its state. */
static void live_on(struct run *r, struct box *box) {
    if (box->state == STATE_RUNNING && chance(r, 40)) {
        kill_child(r, box);
    } else if (box->state == STATE_RUNNING) {
        end(r, box, chance(r, 60), chance(r, 25));
    } else if (box->state == STATE_RESTARTING && chance(r, 80)) {
        begin(r, box, false);
    } else if (box->state == STATE_RESTARTING) {
        box->state = STATE_EXITED; /* called off, or it failed */
        if (chance(r, 50)) {
            happen(r, box, EVENT_DIE);
        }
    } else {
        begin(r, box, true);
    }
}

static const char *const names[NAMES] = {"web", "abc_web", "db"};

static unsigned name_of(const struct container_facts *facts) {
    unsigned name = 0;
    while (name < NAMES - 1 && !str_eq(facts->name, str_of(names[name]))) {
        name++;
    }
    return name;
}

static struct container_facts facts_of(const struct box *box) {
    struct container_facts f = {.id = str_of(box->id),
                                .name = str_of(names[box->name]),
                                .image = STR("busybox"),
                                .state = box->state,
                                .oom_killed = box->oom_killed};
    f.pid = box->state == STATE_RUNNING ? box->pid : 0;
    container_set(&f, CONTAINER_RESTART_COUNT, box->count);
    if (box->started_ns) {
        container_set(&f, CONTAINER_STARTED_NS, box->started_ns);
    }
    return f;
}

static int64_t greater(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* The first inspect is believed, but for a restart that it announces and that is yet to come. */
static void answer(struct run *r, struct box *box, const struct container_facts *facts,
                   int64_t starts) {
    assert_int_equal(ledger_inspected(r->ledger, facts), 0);
    box->known_as = name_of(facts);
    box->seen_ns = facts->number[CONTAINER_STARTED_NS];
    box->borne[box->known_as] = true;
    if (!box->inspected || box->forgotten) {
        int64_t count = facts->number[CONTAINER_RESTART_COUNT];
        int64_t begun = count - (facts->state == STATE_RESTARTING);
        box->inspected = true;
        box->forgotten = false;
        box->highest = greater(box->highest, count);
        box->ahead = starts ? greater(box->ahead, begun - starts) : box->ahead;
    }
}

/* The next inspect is asked for when the one before was answered. */
static void look(struct run *r, struct box *box) {
    struct container_facts now = facts_of(box);
    if (box->has_old) {
        answer(r, box, &box->old, box->old_starts);
        box->has_old = false;
    } else if (!r->calm && chance(r, 20)) {
        box->old = now;
        box->old_starts = box->starts;
        box->has_old = true;
    } else {
        answer(r, box, &now, box->starts);
        if (chance(r, 50) && box->state == STATE_RUNNING) {
            ledger_oom_kills(r->ledger, now.id, box->started_ns, box->kills_of_life);
        }
    }
}

static void create(struct run *r, unsigned name) {
    if (r->n == BOXES) {
        return;
    }
    struct box *box = &r->boxes[r->n];
    (void)snprintf(box->id, sizeof(box->id), "id%u", r->n++);
    box->exists = true;
    box->ahead = -1;
    box->state = STATE_CREATED;
    box->name = name;
    r->current[name] = box;
}

static void destroy(struct run *r, struct box *box) {
    deliver_late_of(r, box, 0);
    ledger_removed(r->ledger, str_of(box->id));
    box->exists = false;
    r->current[box->name] = r->current[box->name] == box ? NULL : r->current[box->name];
}

/* As `docker compose up` does it: the new one gets the name before the old one is gone. */
static void swap_names(struct run *r) {
    struct box *old = r->current[0];
    if (!old || r->current[1] || r->n == BOXES) {
        return;
    }
    old->name = 1;
    r->current[1] = old;
    create(r, 0);
}

/* What is under way arrives. */
static void fall_quiet(struct run *r) {
    while (r->n_late) {
        deliver_late(r, r->n_late - 1);
    }
    for (unsigned i = 0; i < r->n; i++) {
        if (r->boxes[i].exists && r->boxes[i].has_old) {
            look(r, &r->boxes[i]);
        }
    }
}

/* Lives that no inspect has shown yet may be put on the wrong side. */
static void misplace(struct box *box) {
    if (box->seen_ns != box->started_ns) {
        box->unseen_ns = box->started_ns;
    }
    for (unsigned i = 0; i < box->n_told && box->seen_ns != box->started_ns; i++) {
        box->misplaced += box->told_ns[i] > box->seen_ns;
    }
}

/* Time goes by, or, once, the clock goes back by seconds or hours. */
static void turn_clock(struct run *r) {
    static const int64_t units[] = {NS_PER_S, 60 * NS_PER_S, 3600 * NS_PER_S};
    int64_t by = units[roll(r, 3)] + 2 * (int64_t)roll(r, 10 * NS_PER_S);
    fall_quiet(r);
    if (r->set_back || chance(r, 50)) {
        r->now_ns += by;
        return;
    }
    for (unsigned i = 0; i < r->n; i++) {
        misplace(&r->boxes[i]);
    }
    r->set_back = true;
    r->now_ns -= by;
}

/* Restarts and OOM kills of all that ever had a name, as they really were. */
static struct ledger_counts truth_of(const struct run *r, unsigned name, uint64_t *ret_misplaced) {
    struct ledger_counts truth = {0, 0};
    *ret_misplaced = 0;
    for (unsigned i = 0; i < r->n; i++) {
        const struct box *box = &r->boxes[i];
        if (box->borne[name] && box->inspected) {
            truth.restarts += (uint64_t)greater(box->highest, box->starts + box->ahead);
            truth.oom_kills += box->kills;
            *ret_misplaced += box->misplaced;
        }
    }
    return truth;
}

static void check(struct run *r, bool exact) {
    for (unsigned i = 0; i < r->n; i++) {
        const struct box *box = &r->boxes[i];
        struct ledger_counts now = {0, 0};
        if (!box->exists || !box->inspected || box->forgotten) {
            continue;
        }
        assert_true(ledger_read(r->ledger, str_of(box->id), &now));
        struct ledger_counts *shown = &r->shown[box->known_as];
        uint64_t misplaced = 0;
        struct ledger_counts truth = truth_of(r, box->known_as, &misplaced);
        assert_true(now.restarts >= shown->restarts && now.oom_kills >= shown->oom_kills);
        assert_true(now.restarts <= truth.restarts + misplaced);
        assert_true(now.oom_kills <= truth.oom_kills + misplaced);
        *shown = now;
        if (exact) {
            assert_int_equal(now.restarts, truth.restarts);
            assert_int_equal(now.oom_kills, truth.oom_kills);
        }
    }
}

static void step(struct run *r) {
    unsigned name = (unsigned)roll(r, NAMES);
    struct box *box = r->current[name];
    if (r->turns && chance(r, 1)) {
        turn_clock(r);
    } else if (!box) {
        create(r, name);
    } else if (chance(r, 45)) {
        live_on(r, box);
    } else if (chance(r, 70)) {
        look(r, box);
    } else if (r->n_late && chance(r, 80)) {
        deliver_late(r, (unsigned)roll(r, r->n_late));
    } else if (chance(r, 20)) {
        destroy(r, box);
    } else if (r->loses && !r->turns && chance(r, 10)) {
        ledger_removed(r->ledger, str_of(box->id)); /* a list that lacked it; it comes back */
        box->forgotten = true;
    } else if (r->loses) {
        swap_names(r);
    }
}

/* Another life, in which a child is killed. */
static struct ledger_counts one_more(struct run *r, struct box *box) {
    struct ledger_counts now = {0, 0};
    if (box->state == STATE_RUNNING) {
        end(r, box, true, false);
    }
    begin(r, box, box->state != STATE_RESTARTING);
    look(r, box);
    kill_child(r, box);
    look(r, box);
    assert_true(ledger_read(r->ledger, str_of(box->id), &now));
    return now;
}

/* Once the truth has caught up with what was counted too much, counting is exact. */
static void recover(struct run *r, struct box *box) {
    r->calm = true;
    box->has_old = false;
    for (uint64_t i = 0; i < box->misplaced + 2; i++) {
        (void)one_more(r, box);
    }
    struct ledger_counts before = one_more(r, box);
    struct ledger_counts after = one_more(r, box);
    assert_int_equal(after.restarts, before.restarts + 1);
    assert_int_equal(after.oom_kills, before.oom_kills + 1);
}

static void run_once(uint64_t seed, bool loses, bool turns) {
    struct run r = {.random = seed * 2654435761U + 88172645463325252U,
                    .ledger = ledger_new(),
                    .loses = loses,
                    .turns = turns,
                    .now_ns = 1000000000000000001};
    assert_non_null(r.ledger);
    r.old_engine = chance(&r, 50);
    for (unsigned i = 0; i < STEPS; i++) {
        step(&r);
        check(&r, false);
    }
    while (r.n_late) {
        deliver_late(&r, r.n_late - 1);
    }
    for (unsigned name = 0; name < NAMES; name++) {
        struct box *box = r.current[name];
        if (box) {
            struct container_facts facts = facts_of(box);
            answer(&r, box, &facts, box->starts);
        }
    }
    check(&r, !loses && !r.set_back);
    for (unsigned name = 0; name < NAMES; name++) {
        if (r.current[name]) {
            recover(&r, r.current[name]);
        }
    }
    ledger_free(r.ledger);
}

static void the_truth_when_nothing_is_lost(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        run_once(seed, false, false);
    }
}

static void never_falls_and_never_above_the_truth(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        run_once(seed, true, false);
    }
}

static void near_the_truth_when_the_clock_is_set_back(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        run_once(seed, false, true);
    }
}

static void never_falls_when_the_clock_is_set_back(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        run_once(seed, true, true);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_when_nothing_is_lost),
        cmocka_unit_test(never_falls_and_never_above_the_truth),
        cmocka_unit_test(near_the_truth_when_the_clock_is_set_back),
        cmocka_unit_test(never_falls_when_the_clock_is_set_back),
    };
    return RUN(tests);
}
