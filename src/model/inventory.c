#include "model/inventory.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/hash.h"

struct entry {
    struct container *container;
    uint64_t seen;  /* number of the last list that named it */
    bool shown;     /* the filter keeps it */
    bool stale;     /* must be inspected */
    bool urgent;    /* because something is known to have changed */
    bool asked;     /* an inspect is under way */
    bool failed;    /* the last inspect did, and nothing has happened since */
    bool overtaken; /* it became stale again since */
    bool touched;   /* an event came since the list that is under way was asked for */
    bool has_exit;  /* an exit of this container was seen */
    int64_t exit_code;
    int64_t doubted_pid; /* it was inspected again because of this one */
};

/* The id of a container that went while a list was under way. */
struct gone {
    size_t len;
    char id[];
};

struct inventory {
    struct filter *filter;
    struct ledger *ledger;
    struct hash by_id; /* id -> struct entry */
    struct hash gone;  /* id -> struct gone */
    uint64_t lists;
    bool listing;        /* one is under way */
    uint64_t filter_cut; /* by inspects, since the last list */
    uint64_t by_state[STATE_COUNT];
};

struct inventory *inventory_new(struct filter *filter) {
    struct inventory *inv = calloc(1, sizeof(*inv));
    if (!inv) {
        return NULL;
    }
    inv->filter = filter;
    inv->ledger = ledger_new();
    if (!inv->ledger) {
        free(inv);
        return NULL;
    }
    return inv;
}

static void forget_gone(struct inventory *inv) {
    struct gone *gone;
    for (size_t at = 0; (gone = hash_next(&inv->gone, &at)) != NULL;) {
        free(gone);
    }
    hash_done(&inv->gone);
}

static void entry_free(struct entry *e) {
    container_unref(e->container);
    free(e);
}

void inventory_free(struct inventory *inv) {
    if (!inv) {
        return;
    }
    struct entry *e;
    for (size_t at = 0; (e = hash_next(&inv->by_id, &at)) != NULL;) {
        entry_free(e);
    }
    hash_done(&inv->by_id);
    forget_gone(inv);
    ledger_free(inv->ledger);
    free(inv);
}

/*
 * What a list cannot tell but an earlier inspect did is carried over while the container's run is
 * the same; the next inspect replaces all of it.
 */
static void carry_over(struct container_facts *now, const struct container_facts *before) {
    bool same_run = now->state == before->state;
    now->inspected = before->inspected;
    now->tty = before->tty;
    now->log_driver = before->log_driver;
    now->oom_killed = before->oom_killed;
    now->pid = same_run ? before->pid : 0;
    if (same_run && now->health == HEALTH_NONE) {
        now->health = before->health; /* Podman's list tells none */
    }
    if (before->inspected) {
        now->network = before->network;
    }
    for (unsigned i = 0; i < CONTAINER_NUMBERS; i++) {
        bool of_run =
            i == CONTAINER_STARTED_NS || i == CONTAINER_FINISHED_NS || i == CONTAINER_EXIT_CODE;
        if (container_has(before, i) && (!of_run || same_run) &&
            (i == CONTAINER_CREATED_NS || !container_has(now, i))) {
            container_set(now, i, before->number[i]);
        }
    }
}

/* Keeps the last exit code: learns it from a container that ended, tells it of one that runs. */
static void remember_exit(struct entry *e, struct container_facts *facts) {
    if (container_is_live(facts)) {
        container_forget(facts, CONTAINER_EXIT_CODE);
        if (e->has_exit) {
            container_set(facts, CONTAINER_EXIT_CODE, e->exit_code);
        }
    } else if (container_has(facts, CONTAINER_EXIT_CODE)) {
        e->has_exit = true;
        e->exit_code = facts->number[CONTAINER_EXIT_CODE];
    }
}

/* Puts facts into an entry (new ones get it made); the entry's key lies in its container. */
static int put(struct inventory *inv, struct entry *e, const struct container_facts *facts) {
    struct container_facts merged = *facts;
    CLEANUP_FREE struct entry *fresh = e ? NULL : calloc(1, sizeof(*fresh));
    e = e ? e : fresh;
    if (!e) {
        return -ENOMEM;
    }
    if (fresh) {
        fresh->doubted_pid = -1;
    }
    remember_exit(e, &merged);
    struct container *made = container_new(&merged);
    if (!made || hash_set(&inv->by_id, made->facts.id, e) < 0) {
        container_unref(made);
        return -ENOMEM;
    }
    if (!fresh) {
        inv->by_state[e->container->facts.state]--;
    }
    inv->by_state[merged.state]++;
    container_unref(e->container);
    e->container = made;
    (void)take_ptr(fresh);
    return 0;
}

/* Takes an entry out; what the container counted stays in the ledger. */
static void drop(struct inventory *inv, struct entry *e) {
    const struct container_facts *facts = &e->container->facts;
    inv->by_state[facts->state]--;
    ledger_removed(inv->ledger, facts->id);
    (void)hash_remove(&inv->by_id, facts->id);
    entry_free(e);
}

/* What comes while an inspect is under way may not be in its answer. */
static void make_stale(struct entry *e, bool urgent) {
    e->stale = true;
    e->urgent |= urgent;
    e->failed = false;
    e->overtaken = e->asked;
}

static bool keeps(struct inventory *inv, const struct container_facts *facts, uint64_t *cut) {
    return !inv->filter || filter_keeps(inv->filter, facts, cut);
}

bool inventory_refilter(struct inventory *inv, struct filter *filter) {
    bool any = false;
    struct entry *e;
    inv->filter = filter;
    for (size_t at = 0; (e = hash_next(&inv->by_id, &at)) != NULL;) {
        bool shown = keeps(inv, &e->container->facts, &inv->filter_cut);
        if (shown && !e->shown) {
            make_stale(e, true);
            any = true;
        }
        e->shown = shown;
    }
    return any;
}

/* --- lists --- */

void inventory_listing(struct inventory *inv) {
    forget_gone(inv);
    inv->listing = true;
    struct entry *e;
    for (size_t at = 0; (e = hash_next(&inv->by_id, &at)) != NULL;) {
        e->touched = false;
    }
}

/* Whether what the list tells is what is known. */
static bool is_as_known(const struct container_facts *now, const struct container_facts *known) {
    bool exits = container_has(now, CONTAINER_EXIT_CODE) && !container_is_live(now);
    return known->inspected && now->state == known->state && str_eq(now->name, known->name) &&
           str_eq(now->image, known->image) &&
           (now->health == HEALTH_NONE || now->health == known->health) &&
           (!exits || (container_has(known, CONTAINER_EXIT_CODE) &&
                       now->number[CONTAINER_EXIT_CODE] == known->number[CONTAINER_EXIT_CODE]));
}

/* Of a container that an event has changed since, the list tells the past: its inspect will tell
   more. Where events tell of changes, one that is as it was known needs no inspect. */
static int list_one(struct inventory *inv, const struct container_facts *listed, bool all_stale,
                    uint64_t *filter_cut) {
    struct entry *e = hash_get(&inv->by_id, listed->id);
    bool overtaken = e && inv->listing && e->touched;
    if (overtaken || (e && !all_stale && is_as_known(listed, &e->container->facts))) {
        e->seen = inv->lists;
        return 0;
    }
    struct container_facts facts = *listed;
    if (e) {
        carry_over(&facts, &e->container->facts);
    }
    int r = put(inv, e, &facts);
    if (r < 0) {
        return r;
    }
    e = hash_get(&inv->by_id, listed->id);
    e->seen = inv->lists;
    e->shown = keeps(inv, listed, filter_cut);
    if (e->shown) {
        make_stale(e, !all_stale);
    }
    return 0;
}

/* Takes out what the present list did not name. */
static void drop_unseen(struct inventory *inv) {
    struct entry *e;
    for (size_t at = 0; (e = hash_next(&inv->by_id, &at)) != NULL;) {
        if (e->seen != inv->lists) {
            drop(inv, e);
        }
    }
}

int inventory_list(struct inventory *inv, const struct container_facts *listed, size_t n,
                   bool all_stale, uint64_t *filter_cut) {
    inv->lists++;
    *filter_cut += inv->filter_cut;
    inv->filter_cut = 0;
    for (size_t i = 0; i < n; i++) {
        if (hash_get(&inv->gone, listed[i].id)) {
            continue;
        }
        int r = list_one(inv, &listed[i], all_stale, filter_cut);
        if (r < 0) {
            return r;
        }
    }
    drop_unseen(inv);
    forget_gone(inv);
    inv->listing = false;
    return 0;
}

/* --- inspects --- */

void inventory_inspecting(struct inventory *inv, struct str id) {
    struct entry *e = hash_get(&inv->by_id, id);
    if (e) {
        e->asked = true;
        e->overtaken = false;
    }
}

int inventory_inspected(struct inventory *inv, const struct container_facts *facts) {
    struct entry *e = hash_get(&inv->by_id, facts->id);
    if (!e) {
        return 0;
    }
    const struct container_facts *before = &e->container->facts;
    struct container_facts merged = *facts;
    /* The list's image string is the one that people see in `docker ps`. */
    merged.image = before->image;
    if (merged.state == STATE_UNKNOWN) {
        merged.state = before->state;
    }
    bool renamed = !str_eq(merged.name, before->name);
    int r = put(inv, e, &merged);
    if (r < 0) {
        return r;
    }
    e->shown = renamed ? keeps(inv, &e->container->facts, &inv->filter_cut) : e->shown;
    e->failed = false;
    e->stale = e->overtaken;
    e->urgent = e->overtaken;
    e->asked = false;
    e->overtaken = false;
    return ledger_inspected(inv->ledger, &e->container->facts);
}

void inventory_inspect_failed(struct inventory *inv, struct str id) {
    struct entry *e = hash_get(&inv->by_id, id);
    if (e) {
        e->failed = !e->overtaken;
        e->asked = false;
        e->overtaken = false;
    }
}

/* --- events --- */

/* Keeps in mind that a container went: a list that is under way may still name it. */
static void remember_gone(struct inventory *inv, struct str id) {
    if (!inv->listing || inv->gone.n >= INVENTORY_GONE_MAX || hash_get(&inv->gone, id)) {
        return;
    }
    CLEANUP_FREE struct gone *gone = malloc(sizeof(*gone) + id.len);
    if (!gone) {
        return;
    }
    gone->len = id.len;
    memcpy(gone->id, id.ptr, id.len);
    if (hash_set(&inv->gone, (struct str){.ptr = gone->id, .len = gone->len}, gone) == 0) {
        (void)take_ptr(gone);
    }
}

void inventory_gone(struct inventory *inv, struct str id) {
    struct entry *e = hash_get(&inv->by_id, id);
    remember_gone(inv, id);
    if (e) {
        drop(inv, e);
    } else {
        ledger_removed(inv->ledger, id);
    }
}

/* The end of one that no list has named yet may be in none that is still to come. */
static enum inventory_need on_destroy(struct inventory *inv, struct str id) {
    inventory_gone(inv, id);
    return inv->lists ? INVENTORY_NOTHING : INVENTORY_LIST;
}

enum inventory_need inventory_event(struct inventory *inv, const struct container_event *event) {
    if (event->action == EVENT_OTHER) {
        return INVENTORY_NOTHING;
    }
    if (event->action == EVENT_DESTROY) {
        return on_destroy(inv, event->id);
    }
    ledger_event(inv->ledger, event);
    struct entry *e = hash_get(&inv->by_id, event->id);
    if (!e) {
        return INVENTORY_LIST;
    }
    if (event->action == EVENT_CREATE) {
        return INVENTORY_NOTHING;
    }
    if (event->has_exit) {
        e->has_exit = true;
        e->exit_code = event->exit_code;
    }
    e->touched = true;
    make_stale(e, true);
    return INVENTORY_INSPECT;
}

/* When the Engine says the same pid again, asking once more would not help. */
bool inventory_doubt(struct inventory *inv, struct str id) {
    struct entry *e = hash_get(&inv->by_id, id);
    if (!e || e->doubted_pid == e->container->facts.pid) {
        return false;
    }
    e->doubted_pid = e->container->facts.pid;
    make_stale(e, true);
    return true;
}

/* --- what is known --- */

size_t inventory_size(const struct inventory *inv) {
    return inv->by_id.n;
}

struct container *inventory_next(const struct inventory *inv, size_t *at) {
    struct entry *e;
    while ((e = hash_next(&inv->by_id, at)) != NULL) {
        if (e->shown) {
            return e->container;
        }
    }
    return NULL;
}

struct container *inventory_shown(const struct inventory *inv, struct str id) {
    const struct entry *e = hash_get(&inv->by_id, id);
    return e && e->shown ? e->container : NULL;
}

static enum inventory_stale kind_of(const struct entry *e) {
    if (e->asked) {
        return STALE_ASKED;
    }
    if (e->failed) {
        return STALE_FAILED;
    }
    return e->urgent ? STALE_URGENT : STALE_LISTED;
}

struct container *inventory_next_stale(const struct inventory *inv, enum inventory_stale kind,
                                       size_t *at) {
    struct entry *e;
    while ((e = hash_next(&inv->by_id, at)) != NULL) {
        if (e->stale && kind_of(e) == kind) {
            return e->container;
        }
    }
    return NULL;
}

bool inventory_is_stale(const struct inventory *inv, struct str id) {
    const struct entry *e = hash_get(&inv->by_id, id);
    return e && e->stale;
}

const uint64_t *inventory_states(const struct inventory *inv) {
    return inv->lists ? inv->by_state : NULL;
}

struct ledger *inventory_ledger(struct inventory *inv) {
    return inv->ledger;
}
