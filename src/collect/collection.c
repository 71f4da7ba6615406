#include "collect/collection.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "collect/fanout.h"

/* Inspects at once: 100 containers took 23 ms with 10 in parallel, and no less with more. */
#define INSPECTS_AT_ONCE 10
/* An Engine whose one-shot waits for a tick answers all that wait with the same tick. */
#define TICK_CALLS_AT_ONCE 512

/* One container of the list that is under work: a reference keeps its id alive. */
struct slot {
    struct collection *collection;
    struct container *container;
    const struct usage *usages[SOURCE_COUNT]; /* what arrived, by source */
    struct hash *busy;                        /* the set that holds its id while its call runs */
    int64_t called_ns;                        /* when that began (monotonic) */
    struct slot *heirs;                       /* of later collections that wait for this call */
    struct slot *next_heir;
    bool ended;
    bool counted; /* as an error, once, whether it failed or was late */
};

/* The kernel tells more and costs less, so its reading is preferred. */
static const enum source preference[] = {SOURCE_KERNEL, SOURCE_ENGINE};

struct collection {
    struct collection_setup setup;
    int64_t started_ns;
    int64_t listed_unix_ns;
    bool list_counted; /* as an error */
    bool abandoned;
    struct arena arena;
    struct slot *slots; /* the stale ones to inspect, then the live ones to measure */
    size_t n_inspects;
    size_t n_slots;
    struct fanout inspects;
    struct fanout stats;
    struct hash live; /* id -> slot of a live container */
};

/* Notes that a call for the slot's container is under way. */
static int slot_busy(struct slot *slot, struct hash *busy) {
    int r = hash_set(busy, slot->container->facts.id, slot);
    slot->busy = r == 0 ? busy : NULL;
    slot->called_ns = clock_mono_ns();
    return r;
}

static void slot_free_again(struct slot *slot) {
    if (slot->busy) {
        (void)hash_remove(slot->busy, slot->container->facts.id);
        slot->busy = NULL;
    }
}

/* Counts one failure of a collection: of a container's call, or of the list. */
static void count_error(struct collection *c, bool *counted) {
    c->setup.tally->errors[COLLECTOR_CONTAINER] += !*counted;
    *counted = true;
}

static void failed(struct collection *c, const struct err *err, const char *what,
                   struct slot *slot) {
    struct err told;
    err_copy(&told, err);
    if (slot) {
        (void)err_wrap(&told, "%s %.*s", what, STR_ARG(slot->container->facts.name));
    } else {
        (void)err_wrap(&told, "%s", what);
    }
    count_error(c, slot ? &slot->counted : &c->list_counted);
    c->setup.trouble(c->setup.arg, &told);
}

/* The end; what was not asked, because it could not be or is still being asked, is counted. */
static void end_if_finished(struct collection *c) {
    if (!fanout_finished(&c->inspects) || !fanout_finished(&c->stats)) {
        return;
    }
    if (!c->abandoned) {
        collection_count_missing(c);
    }
    c->setup.ended(c->setup.arg, c);
}

/* A slot's inspect is over; its collection may be gone after this. */
static void inspect_over(struct slot *slot) {
    struct collection *c = slot->collection;
    slot->ended = true;
    fanout_ended(&c->inspects);
    end_if_finished(c);
}

/* The same for its statistics; usage, in the collection's arena, may be NULL. */
static void stats_over(struct slot *slot, const struct usage *usage) {
    struct collection *c = slot->collection;
    if (usage) {
        slot->usages[usage->source] = usage;
    }
    slot->ended = true;
    fanout_ended(&c->stats);
    end_if_finished(c);
}

static void on_inspect(void *arg, const struct err *err, const struct container_facts *facts) {
    struct slot *slot = arg;
    struct collection *c = slot->collection;
    if (c->abandoned) {
        /* The inventory may have been brought up to date by a later collection. */
    } else if (err->code == -ENOENT) {
        inventory_gone(c->setup.inventory, slot->container->facts.id);
    } else if (err->code < 0) {
        failed(c, err, "inspect", slot);
    } else if (inventory_inspected(c->setup.inventory, facts) < 0) {
        struct err memory;
        (void)err_set(&memory, -ENOMEM, "out of memory");
        failed(c, &memory, "inspect", slot);
    }
    slot_free_again(slot);
    for (struct slot *heir = slot->heirs, *next = NULL; heir; heir = next) {
        next = heir->next_heir;
        inspect_over(heir);
    }
    inspect_over(slot);
}

static void on_stats(void *arg, const struct err *err, const struct usage *usage) {
    struct slot *slot = arg;
    struct collection *c = slot->collection;
    if (err->code < 0 && err->code != -ENOENT && !c->abandoned) {
        failed(c, err, "statistics of", slot);
    }
    const struct usage *read = err->code == 0 ? usage : NULL;
    slot_free_again(slot);
    for (struct slot *heir = slot->heirs, *next = NULL; heir; heir = next) {
        next = heir->next_heir;
        stats_over(heir, read ? usage_copy(&heir->collection->arena, read) : NULL);
    }
    stats_over(slot, read);
}

/*
 * Starts a slot's call. When one for its container is still under way, the slot waits for that one,
 * or, when it hangs, goes without.
 */
static int start_call(struct slot *slot, struct hash *busy, int (*call)(struct slot *slot)) {
    struct slot *caller = hash_get(busy, slot->container->facts.id);
    int64_t hangs_after_ns = slot->collection->setup.hangs_after_ms * NS_PER_MS;
    if (caller && clock_mono_ns() - caller->called_ns > hangs_after_ns) {
        return 1;
    }
    if (caller) {
        slot->next_heir = caller->heirs;
        caller->heirs = slot;
        return 0;
    }
    int r = slot_busy(slot, busy);
    if (r == 0) {
        r = call(slot);
    }
    if (r < 0) {
        slot_free_again(slot);
    }
    return r;
}

static int call_inspect(struct slot *slot) {
    struct collection *c = slot->collection;
    return engine_inspect(c->setup.engine, slot->container->facts.id, on_inspect, slot);
}

static int call_stats(struct slot *slot) {
    struct collection *c = slot->collection;
    return engine_stats(c->setup.engine, slot->container->facts.id, &c->arena, on_stats, slot);
}

static int start_inspect(void *arg, size_t i) {
    struct collection *c = arg;
    return start_call(&c->slots[i], c->setup.busy_inspects, call_inspect);
}

static int start_stats(void *arg, size_t i) {
    struct collection *c = arg;
    return start_call(&c->slots[c->n_inspects + i], c->setup.busy_stats, call_stats);
}

static void add_slot(struct collection *c, struct container *container) {
    c->slots[c->n_slots++] = (struct slot){.collection = c, .container = container_ref(container)};
}

/* Fills the slots from the inventory and indexes the live ones; -ENOMEM when memory is out. */
static int make_slots(struct collection *c) {
    size_t known = inventory_size(c->setup.inventory);
    c->slots = arena_array(&c->arena, known * 2 + 1, sizeof(*c->slots));
    if (!c->slots) {
        return -ENOMEM;
    }
    struct container *container;
    for (size_t at = 0; (container = inventory_next_stale(c->setup.inventory, &at));) {
        add_slot(c, container);
    }
    c->n_inspects = c->n_slots;
    for (size_t at = 0; (container = inventory_next(c->setup.inventory, &at));) {
        if (!container_is_live(&container->facts)) {
            continue;
        }
        add_slot(c, container);
        if (hash_set(&c->live, container->facts.id, &c->slots[c->n_slots - 1]) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

/* Statistics first: on an Engine that answers them with a tick, the inspects fit into the wait. */
static void gather(struct collection *c) {
    bool direct = engine_status(c->setup.engine)->direct_oneshot;
    c->stats = (struct fanout){.start = start_stats,
                               .arg = c,
                               .n = c->n_slots - c->n_inspects,
                               .limit = direct ? c->setup.max_concurrent : TICK_CALLS_AT_ONCE};
    c->inspects = (struct fanout){
        .start = start_inspect, .arg = c, .n = c->n_inspects, .limit = INSPECTS_AT_ONCE};
    fanout_pump(&c->stats);
    fanout_pump(&c->inspects);
}

static void on_list(void *arg, const struct err *err, const struct container_facts *containers,
                    size_t n) {
    struct collection *c = arg;
    struct err memory = ERR_INIT;
    if (c->abandoned) {
        c->setup.ended(c->setup.arg, c);
        return;
    }
    if (err->code < 0) {
        failed(c, err, "list containers", NULL);
        c->setup.ended(c->setup.arg, c);
        return;
    }
    int r = inventory_list(c->setup.inventory, containers, n, &c->setup.tally->filter_cut);
    c->listed_unix_ns = r == 0 ? clock_unix_ns() : 0;
    if (r == 0) {
        c->setup.listed(c->setup.arg);
    }
    if (r == 0 && c->setup.want_usage) {
        r = make_slots(c);
    }
    if (r < 0) {
        (void)err_set(&memory, r, "out of memory");
        failed(c, &memory, "list containers", NULL);
    } else {
        gather(c);
    }
    end_if_finished(c);
}

struct collection *collection_start(const struct collection_setup *setup) {
    struct collection *c = calloc(1, sizeof(*c));
    if (!c) {
        return NULL;
    }
    c->setup = *setup;
    c->started_ns = clock_mono_ns();
    if (engine_list(setup->engine, on_list, c) < 0) {
        collection_free(c);
        return NULL;
    }
    return c;
}

void collection_free(struct collection *c) {
    if (!c) {
        return;
    }
    for (size_t i = 0; i < c->n_slots; i++) {
        slot_free_again(&c->slots[i]);
        container_unref(c->slots[i].container);
    }
    hash_done(&c->live);
    arena_done(&c->arena);
    free(c);
}

void collection_want_usage(struct collection *c) {
    c->setup.want_usage = true;
}

void collection_abandon(struct collection *c) {
    c->abandoned = true;
    fanout_stop(&c->inspects);
    fanout_stop(&c->stats);
    for (size_t i = 0; i < c->n_slots; i++) {
        slot_free_again(&c->slots[i]);
    }
}

int64_t collection_started_ns(const struct collection *c) {
    return c->started_ns;
}

int64_t collection_listed_unix_ns(const struct collection *c) {
    return c->listed_unix_ns;
}

bool collection_wants_usage(const struct collection *c) {
    return c->setup.want_usage;
}

void collection_count_missing(struct collection *c) {
    if (!c->listed_unix_ns) {
        count_error(c, &c->list_counted);
    }
    for (size_t i = 0; i < c->n_slots; i++) {
        if (!c->slots[i].ended) {
            count_error(c, &c->slots[i].counted);
        }
    }
}

const struct usage *collection_usage(const struct collection *c, struct str id,
                                     struct arena *arena) {
    const struct slot *slot = hash_get(&c->live, id);
    for (size_t i = 0; slot && i < sizeof(preference) / sizeof(preference[0]); i++) {
        if (slot->usages[preference[i]]) {
            return usage_copy(arena, slot->usages[preference[i]]);
        }
    }
    return NULL;
}
