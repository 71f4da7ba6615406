#include "model/ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "model/lives.h"

#define KEY_PARTS 4

/* The totals under one set of labels. */
struct series {
    struct series *older; /* in the history */
    struct series *newer;
    size_t bearers;          /* accounts of containers that exist and have these labels */
    struct account *removed; /* the last one whose container was removed, or NULL */
    struct ledger_counts total;
    size_t key_len;
    char key[];
};

/* What is known of one container. */
struct account {
    struct series *series; /* NULL: never inspected */
    struct lives lives;
    struct ledger_counts own; /* what it has given to its series and to those before */
    bool removed;
    size_t id_len;
    char id[];
};

struct ledger {
    struct hash accounts; /* id -> struct account */
    struct hash series;   /* key -> struct series */
    size_t waiting;       /* accounts without a series */
    size_t history;       /* series without bearers, in this order */
    struct series *oldest;
    struct series *newest;
};

struct ledger *ledger_new(void) {
    return calloc(1, sizeof(struct ledger));
}

static void account_free(struct account *a) {
    lives_done(&a->lives);
    free(a);
}

void ledger_free(struct ledger *ledger) {
    if (!ledger) {
        return;
    }
    struct account *a;
    for (size_t at = 0; (a = hash_next(&ledger->accounts, &at)) != NULL;) {
        account_free(a);
    }
    struct series *s;
    for (size_t at = 0; (s = hash_next(&ledger->series, &at)) != NULL;) {
        free(s);
    }
    hash_done(&ledger->accounts);
    hash_done(&ledger->series);
    free(ledger);
}

/* --- series and their history --- */

static struct str series_key(const struct series *s) {
    return (struct str){.ptr = s->key, .len = s->key_len};
}

/* A series that no table holds yet; each part of its key stands behind its length. */
static struct series *series_new(const struct container_facts *facts) {
    const struct str parts[KEY_PARTS] = {facts->name, facts->image, facts->project, facts->service};
    size_t len = sizeof(size_t) * KEY_PARTS;
    for (size_t i = 0; i < KEY_PARTS; i++) {
        len += parts[i].len;
    }
    struct series *s = calloc(1, sizeof(*s) + len);
    if (!s) {
        return NULL;
    }
    for (size_t i = 0; i < KEY_PARTS; i++) {
        memcpy(s->key + s->key_len, &parts[i].len, sizeof(size_t));
        s->key_len += sizeof(size_t);
        if (parts[i].len) {
            memcpy(s->key + s->key_len, parts[i].ptr, parts[i].len);
        }
        s->key_len += parts[i].len;
    }
    return s;
}

static void history_add(struct ledger *ledger, struct series *s) {
    s->older = ledger->newest;
    s->newer = NULL;
    *(s->older ? &s->older->newer : &ledger->oldest) = s;
    ledger->newest = s;
    ledger->history++;
}

static void history_take(struct ledger *ledger, struct series *s) {
    *(s->older ? &s->older->newer : &ledger->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &ledger->newest) = s->older;
    ledger->history--;
}

static void account_forget(struct ledger *ledger, struct account *a) {
    (void)hash_remove(&ledger->accounts, (struct str){.ptr = a->id, .len = a->id_len});
    account_free(a);
}

/* Forgets a series without bearers, and the account that left it. */
static void series_forget(struct ledger *ledger, struct series *s) {
    history_take(ledger, s);
    (void)hash_remove(&ledger->series, series_key(s));
    if (s->removed) {
        account_forget(ledger, s->removed);
    }
    free(s);
}

/* The series of these labels, a new one if need be; NULL: no memory. */
static struct series *series_of(struct ledger *ledger, const struct container_facts *facts) {
    CLEANUP_FREE struct series *made = series_new(facts);
    if (!made) {
        return NULL;
    }
    struct series *s = hash_get(&ledger->series, series_key(made));
    if (s) {
        return s;
    }
    if (hash_set(&ledger->series, series_key(made), made) < 0) {
        return NULL;
    }
    history_add(ledger, made);
    return take_ptr(made);
}

static void series_enter(struct ledger *ledger, struct series *s, struct account *a) {
    if (s->bearers++ == 0) {
        history_take(ledger, s);
    }
    a->series = s;
}

/* One that never counted anything is not worth its place in the history. */
static void series_leave(struct ledger *ledger, struct series *s) {
    if (--s->bearers > 0) {
        return;
    }
    history_add(ledger, s);
    if (s->total.restarts == 0 && s->total.oom_kills == 0) {
        series_forget(ledger, s);
    } else if (ledger->history > LEDGER_HISTORY_MAX) {
        series_forget(ledger, ledger->oldest);
    }
}

/* --- accounts --- */

/* Too many events of containers that never appeared: their removals were lost. */
static void forget_waiting(struct ledger *ledger) {
    struct account *a;
    for (size_t at = 0; (a = hash_next(&ledger->accounts, &at)) != NULL;) {
        if (!a->series) {
            account_forget(ledger, a);
        }
    }
    ledger->waiting = 0;
}

/* The account of an id, a new one if need be; NULL: no memory. */
static struct account *account_of(struct ledger *ledger, struct str id) {
    struct account *a = hash_get(&ledger->accounts, id);
    if (a) {
        return a;
    }
    if (ledger->waiting >= LEDGER_WAITING_MAX) {
        forget_waiting(ledger);
    }
    CLEANUP_FREE struct account *made = calloc(1, sizeof(*made) + id.len);
    if (!made) {
        return NULL;
    }
    if (id.len) {
        memcpy(made->id, id.ptr, id.len);
    }
    made->id_len = id.len;
    if (hash_set(&ledger->accounts, (struct str){.ptr = made->id, .len = id.len}, made) < 0) {
        return NULL;
    }
    ledger->waiting++;
    return take_ptr(made);
}

/* Adds to a counter what has grown; what is counted never falls. */
static void grow(uint64_t *own, uint64_t *total, uint64_t now) {
    if (now > *own) {
        *total += now - *own;
        *own = now;
    }
}

/* Gives the series what the container has counted since. */
static void settle(struct account *a) {
    if (a->series) {
        uint64_t restarts = 0;
        uint64_t oom_kills = 0;
        lives_count(&a->lives, &restarts, &oom_kills);
        grow(&a->own.restarts, &a->series->total.restarts, restarts);
        grow(&a->own.oom_kills, &a->series->total.oom_kills, oom_kills);
    }
}

static bool is_counted(enum event_action action) {
    return action == EVENT_START || action == EVENT_DIE || action == EVENT_OOM;
}

void ledger_event(struct ledger *ledger, const struct container_event *event) {
    struct account *a = is_counted(event->action) ? account_of(ledger, event->id) : NULL;
    if (a) {
        lives_event(&a->lives, event->action, event->time_ns);
        settle(a);
    }
}

void ledger_oom_kills(struct ledger *ledger, struct str id, int64_t started_ns, uint64_t kills) {
    struct account *a = hash_get(&ledger->accounts, id);
    if (a) {
        lives_oom_kills(&a->lives, started_ns, kills);
        settle(a);
    }
}

static uint64_t greater(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Other labels than before: what it counted under the old ones stays there. */
static void change_series(struct ledger *ledger, struct account *a, struct series *to) {
    struct series *from = a->series;
    series_enter(ledger, to, a);
    to->total.restarts = greater(to->total.restarts, a->own.restarts);
    to->total.oom_kills = greater(to->total.oom_kills, a->own.oom_kills);
    series_leave(ledger, from);
}

/* The container exists again, or for the first time. */
static void appear(struct ledger *ledger, struct account *a, struct series *s) {
    if (!a->series) {
        ledger->waiting--;
    } else {
        a->series->removed = NULL;
        a->removed = false;
    }
    series_enter(ledger, s, a);
}

/* The series that a container's account is to be in now. */
static void move_to(struct ledger *ledger, struct account *a, struct series *s) {
    if (!a->series || a->removed) {
        appear(ledger, a, a->series ? a->series : s);
    }
    if (a->series != s) {
        change_series(ledger, a, s);
    }
}

int ledger_inspected(struct ledger *ledger, const struct container_facts *facts) {
    struct account *a = account_of(ledger, facts->id);
    struct series *s = a ? series_of(ledger, facts) : NULL;
    if (!s) {
        return -ENOMEM;
    }
    bool first = !a->series;
    move_to(ledger, a, s);
    lives_inspected(&a->lives, facts);
    settle(a);
    if (first && container_has(facts, CONTAINER_RESTART_COUNT)) {
        /* A restart that the Engine has announced counts at once, and not again when it begins. */
        grow(&a->own.restarts, &s->total.restarts,
             (uint64_t)facts->number[CONTAINER_RESTART_COUNT]);
    }
    return 0;
}

void ledger_removed(struct ledger *ledger, struct str id) {
    struct account *a = hash_get(&ledger->accounts, id);
    if (!a || a->removed) {
        return;
    }
    if (!a->series) {
        ledger->waiting--;
        account_forget(ledger, a);
        return;
    }
    struct series *s = a->series;
    if (s->removed) {
        account_forget(ledger, s->removed);
    }
    a->removed = true;
    s->removed = a;
    lives_settle(&a->lives);
    settle(a);
    series_leave(ledger, s);
}

bool ledger_read(const struct ledger *ledger, struct str id, struct ledger_counts *ret) {
    const struct account *a = hash_get(&ledger->accounts, id);
    if (!a || !a->series) {
        return false;
    }
    *ret = a->series->total;
    return true;
}
