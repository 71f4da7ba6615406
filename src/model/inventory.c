#include "model/inventory.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

struct entry {
    struct container *container;
    uint64_t seen; /* number of the last list that named it */
    bool stale;    /* must be inspected */
    bool has_exit; /* an exit of this container was seen */
    int64_t exit_code;
};

struct inventory {
    struct filter *filter;
    struct hash by_id; /* id -> struct entry */
    uint64_t lists;
    uint64_t by_state[STATE_COUNT];
};

struct inventory *inventory_new(struct filter *filter) {
    struct inventory *inv = calloc(1, sizeof(*inv));
    if (inv) {
        inv->filter = filter;
    }
    return inv;
}

static void entry_free(struct entry *e) {
    if (e) {
        container_unref(e->container);
        free(e);
    }
}

void inventory_clear(struct inventory *inv) {
    size_t at = 0;
    struct entry *e;
    while ((e = hash_next(&inv->by_id, &at)) != NULL) {
        entry_free(e);
    }
    hash_done(&inv->by_id);
    inv->lists = 0;
}

void inventory_free(struct inventory *inv) {
    if (inv) {
        inventory_clear(inv);
        free(inv);
    }
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
    struct entry *fresh = NULL;
    if (!e) {
        e = fresh = calloc(1, sizeof(*e));
        if (!e) {
            return -ENOMEM;
        }
    }
    remember_exit(e, &merged);
    struct container *made = container_new(&merged);
    if (!made || hash_set(&inv->by_id, made->facts.id, e) < 0) {
        container_unref(made);
        free(fresh);
        return -ENOMEM;
    }
    container_unref(e->container);
    e->container = made;
    return 0;
}

static int list_one(struct inventory *inv, const struct container_facts *listed) {
    struct entry *e = hash_get(&inv->by_id, listed->id);
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
    e->stale = true;
    return 0;
}

/* Takes out what the present list did not name. */
static void drop_unseen(struct inventory *inv) {
    size_t at = 0;
    struct entry *e;
    while ((e = hash_next(&inv->by_id, &at)) != NULL) {
        if (e->seen != inv->lists) {
            (void)hash_remove(&inv->by_id, e->container->facts.id);
            entry_free(e);
        }
    }
}

int inventory_list(struct inventory *inv, const struct container_facts *listed, size_t n,
                   uint64_t *filter_cut) {
    inv->lists++;
    memset(inv->by_state, 0, sizeof(inv->by_state));
    for (size_t i = 0; i < n; i++) {
        inv->by_state[listed[i].state]++;
        if (inv->filter && !filter_keeps(inv->filter, &listed[i], filter_cut)) {
            continue;
        }
        int r = list_one(inv, &listed[i]);
        if (r < 0) {
            return r;
        }
    }
    drop_unseen(inv);
    return 0;
}

int inventory_inspected(struct inventory *inv, const struct container_facts *facts) {
    struct entry *e = hash_get(&inv->by_id, facts->id);
    if (!e) {
        return 0;
    }
    struct container_facts merged = *facts;
    /* The list's image string is the one that people see in `docker ps`. */
    merged.image = e->container->facts.image;
    if (merged.state == STATE_UNKNOWN) {
        merged.state = e->container->facts.state;
    }
    /* Health was in the list's status text; Podman's inspect has it alone. */
    int r = put(inv, e, &merged);
    if (r == 0) {
        e->stale = false;
    }
    return r;
}

void inventory_gone(struct inventory *inv, struct str id) {
    entry_free(hash_remove(&inv->by_id, id));
}

size_t inventory_size(const struct inventory *inv) {
    return inv->by_id.n;
}

struct container *inventory_next(const struct inventory *inv, size_t *at) {
    struct entry *e = hash_next(&inv->by_id, at);
    return e ? e->container : NULL;
}

struct container *inventory_next_stale(const struct inventory *inv, size_t *at) {
    struct entry *e;
    while ((e = hash_next(&inv->by_id, at)) != NULL) {
        if (e->stale) {
            return e->container;
        }
    }
    return NULL;
}

const uint64_t *inventory_states(const struct inventory *inv) {
    return inv->lists ? inv->by_state : NULL;
}
