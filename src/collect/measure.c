#include "collect/measure.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "collect/collection_state.h"

/* An Engine whose one-shot waits for a tick answers all that wait with the same tick. */
#define TICK_CALLS_AT_ONCE 512
/* The kernel is read for so long before others have their turn. */
#define KERNEL_SLICE_NS (5 * NS_PER_MS)
/* The same while inspects are under way: answers that wait keep the Engine idle. */
#define AHEAD_SLICE_NS NS_PER_MS

/* A slot's statistics are over: its own, or those of another whose heir it is; an heir takes a copy
   into its own collection's arena. */
static void stats_over(struct slot *slot, const void *got) {
    struct collection *c = slot->collection;
    if (got && !slot->usage) {
        slot->usage = usage_copy(&c->arena, got);
    }
    slot->ended = true;
    fanout_ended(&c->stats);
    collection_advance(c);
}

static void on_stats(void *arg, const struct err *err, const struct usage *usage) {
    struct slot *slot = arg;
    struct collection *c = slot->collection;
    if (err->code < 0 && err->code != -ENOENT && !c->abandoned) {
        collection_failed(c, err, "statistics of", slot);
    }
    slot->usage = err->code == 0 ? usage : NULL;
    slot_end(slot, stats_over, slot->usage);
}

static int call_stats(struct slot *slot) {
    struct collection *c = slot->collection;
    return engine_stats(c->setup.engine, slot->container->facts.id, &c->arena, on_stats, slot);
}

static int start_stats(void *arg, size_t i) {
    struct collection *c = arg;
    return slot_start(&c->live.at[c->unread[i]], &c->setup.shared->busy_stats,
                      c->setup.hangs_after_ms * NS_PER_MS, call_stats);
}

/* Asks the Engine for what is still unread. */
static void start_all_stats(struct collection *c) {
    bool direct = engine_status(c->setup.engine)->direct_oneshot;
    c->stats = (struct fanout){.start = start_stats,
                               .arg = c,
                               .n = c->n_unread,
                               .limit = direct ? c->setup.max_concurrent : TICK_CALLS_AT_ONCE};
    fanout_pump(&c->stats);
}

/* The slot's container is left to the Engine, or goes without. */
static void leave_to_engine(struct collection *c, size_t i) {
    if (c->setup.ask_engine) {
        c->unread[c->n_unread++] = i;
    } else {
        c->live.at[i].ended = true;
    }
}

/* A reading arrived: what it knows of OOM kills must outlast it. */
static void take_reading(struct collection *c, struct slot *slot, const struct usage *usage) {
    const struct container_facts *facts = &slot->container->facts;
    c->setup.shared->kernel_sees = true;
    slot->usage = usage;
    slot->ended = true;
    if (usage_has(usage, USAGE_OOM_KILLS) && container_has(facts, CONTAINER_STARTED_NS)) {
        ledger_oom_kills(inventory_ledger(c->setup.inventory), facts->id,
                         facts->number[CONTAINER_STARTED_NS], usage->number[USAGE_OOM_KILLS]);
    }
}

/* Tells of a container that the kernel did not tell, by its name. */
static void tell_unread(struct collection *c, const struct slot *slot, enum collect_trouble what,
                        const struct err *err) {
    struct err told;
    err_copy(&told, err);
    (void)err_wrap(&told, "%.*s", STR_ARG(slot->container->facts.name));
    c->setup.trouble(c->setup.arg, what, &told);
}

/* The same for one that the Engine is asked for instead, unless the last one had the same reason;
   err NULL: its process is not seen. */
static void tell_fallback(struct collection *c, const struct slot *slot, const struct err *err) {
    struct err unseen = ERR_INIT;
    (void)err_set(&unseen, -ESRCH, "its process is not seen from here");
    const struct err *why = err ? err : &unseen;
    struct err *last = &c->setup.shared->fallback;
    if (last->code != why->code || strcmp(last->text, why->text) != 0) {
        err_copy(last, why);
        tell_unread(c, slot, TROUBLE_FALLBACK, why);
    }
}

/*
 * What a failed reading means. Where the kernel has shown containers of this Engine, a process that
 * is gone has probably ended, and a pid that is somebody else's is out of date: an inspect will
 * tell. Where it never has, the Engine may be on another machine. What the kernel cannot tell, the
 * Engine does, if it may be asked.
 */
static void miss_reading(struct collection *c, size_t i, const struct err *err) {
    struct slot *slot = &c->live.at[i];
    bool other = err->code == -ENOENT || err->code == -ESTALE;
    if (other && c->setup.shared->kernel_sees &&
        inventory_doubt(c->setup.inventory, slot->container->facts.id)) {
        c->setup.doubted(c->setup.arg);
        if (err->code == -ENOENT) {
            slot->ended = true;
            return;
        }
    }
    if (c->setup.ask_engine) {
        tell_fallback(c, slot, other ? NULL : err);
    } else if (!other) {
        collection_count_error(c, &slot->counted);
        tell_unread(c, slot, TROUBLE_KERNEL, err);
    }
    leave_to_engine(c, i);
}

void measure_soon(struct slot *slot) {
    struct collection *c = slot->collection;
    if (c->setup.kernel && c->setup.task.want_usage && !c->measuring) {
        c->ahead[c->n_ahead++] = slot;
        timer_after_ms(c->step, 0);
    }
}

/* Reads a container as it is known now; one that cannot be read yet is read in its turn. */
static void read_ahead(struct collection *c, struct slot *slot) {
    struct container *now = inventory_shown(c->setup.inventory, slot->container->facts.id);
    struct usage *usage = arena_array(&c->arena, 1, sizeof(*usage));
    struct err err = ERR_INIT;
    if (now && container_is_live(&now->facts) && usage &&
        kernel_read(c->setup.kernel, &now->facts, &c->arena, usage, &err) == 0 &&
        hash_set(&c->by_id, now->facts.id, slot) == 0) {
        struct container *before = slot->container;
        slot->container = container_ref(now);
        container_unref(before);
        slot->usage = usage;
    }
}

void measure_ahead(struct collection *c) {
    int64_t until = clock_mono_ns() + AHEAD_SLICE_NS;
    while (c->ahead_next < c->n_ahead && !c->abandoned && clock_mono_ns() < until) {
        read_ahead(c, c->ahead[c->ahead_next++]);
    }
    if (c->ahead_next < c->n_ahead && !c->abandoned) {
        timer_after_ms(c->step, 0);
    }
}

/* What was read ahead counts while nothing else has become known of the container. */
static bool is_current(const struct slot *ahead) {
    const struct inventory *inventory = ahead->collection->setup.inventory;
    struct str id = ahead->container->facts.id;
    return inventory_shown(inventory, id) == ahead->container && !inventory_is_stale(inventory, id);
}

static void take_ahead(struct collection *c) {
    for (size_t i = 0; i < c->ahead_next; i++) {
        const struct slot *from = c->ahead[i];
        struct slot *slot = hash_get(&c->by_id, from->container->facts.id);
        if (slot && from->usage && is_current(from)) {
            take_reading(c, slot, from->usage);
        }
    }
}

const struct slot *measure_slot(const struct collection *c, struct str id) {
    const struct slot *slot = hash_get(&c->by_id, id);
    return slot && slot->usage && (c->measuring || is_current(slot)) ? slot : NULL;
}

void measure_count_unread(struct collection *c) {
    size_t n = 0;
    struct container *container;
    for (size_t at = 0; (container = inventory_next(c->setup.inventory, &at)) != NULL;) {
        n += container_is_live(&container->facts) && !measure_slot(c, container->facts.id);
    }
    c->setup.tally->errors[COLLECTOR_CONTAINER] += n;
    c->unread_counted = n > 0;
}

/* Reads one container unless it was read ahead; one that was not inspected yet has no pid to find
   it by. */
static void read_one(struct collection *c, size_t i) {
    struct slot *slot = &c->live.at[i];
    const struct container_facts *facts = &slot->container->facts;
    if (slot->usage) {
        return;
    }
    if (facts->pid == 0 && c->setup.settling) {
        slot->ended = true;
        return;
    }
    struct err err = ERR_INIT;
    struct usage *usage = arena_array(&c->arena, 1, sizeof(*usage));
    if (!usage) {
        collection_failed_memory(c, "read", slot);
        slot->ended = true;
    } else if (kernel_read(c->setup.kernel, facts, &c->arena, usage, &err) < 0) {
        miss_reading(c, i, &err);
    } else {
        take_reading(c, slot, usage);
    }
}

/* What the kernel source has counted of its own, and found missing. */
static void take_stock(struct collection *c) {
    struct collection_shared *shared = c->setup.shared;
    size_t dropped = kernel_dropped(c->setup.kernel);
    size_t refused = kernel_refused(c->setup.kernel);
    c->setup.tally->dropped += dropped - shared->kernel_dropped;
    c->setup.tally->files_refused += refused - shared->kernel_refused;
    shared->kernel_dropped = dropped;
    shared->kernel_refused = refused;
    struct err missing = ERR_INIT;
    if (!shared->missing_told && kernel_missing(c->setup.kernel, &missing)) {
        shared->missing_told = true;
        c->setup.trouble(c->setup.arg, TROUBLE_MISSING, &missing);
    }
}

void measure_slice(struct collection *c) {
    int64_t until = clock_mono_ns() + KERNEL_SLICE_NS;
    while (c->kernel_next < c->live.n && !c->abandoned && clock_mono_ns() < until) {
        read_one(c, c->kernel_next++);
    }
    if (c->kernel_next < c->live.n && !c->abandoned) {
        timer_after_ms(c->step, 0);
        return;
    }
    c->kernel_over = true;
    kernel_sweep(c->setup.kernel);
    take_stock(c);
    if (!c->abandoned) {
        start_all_stats(c);
    }
    collection_advance(c);
}

static bool was_read(const struct hash *ahead, struct str id) {
    const struct slot *slot = hash_get(ahead, id);
    return slot && is_current(slot);
}

int measure_start(struct collection *c) {
    struct hash ahead CLEANUP(hash_done) = c->by_id;
    c->by_id = (struct hash)HASH_INIT;
    c->measuring = true;
    c->unread = arena_array(&c->arena, inventory_size(c->setup.inventory) + 1, sizeof(size_t));
    int r = c->unread ? slots_make(c, &c->live, SIZE_MAX) : -ENOMEM;
    struct container *container;
    for (size_t at = 0; r == 0 && (container = inventory_next(c->setup.inventory, &at)) != NULL;) {
        if (container_is_live(&container->facts)) {
            struct slot *slot = slots_add(c, &c->live, container);
            slot->counted = c->unread_counted && !was_read(&ahead, container->facts.id);
            r = hash_set(&c->by_id, container->facts.id, slot);
        }
    }
    if (r < 0) {
        return r;
    }
    if (c->setup.kernel) {
        take_ahead(c);
        timer_after_ms(c->step, 0);
        return 0;
    }
    c->kernel_over = true;
    for (size_t i = 0; i < c->live.n; i++) {
        leave_to_engine(c, i);
    }
    start_all_stats(c);
    return 0;
}

bool measure_is_over(const struct collection *c) {
    return !c->measuring || (c->kernel_over && fanout_finished(&c->stats));
}
