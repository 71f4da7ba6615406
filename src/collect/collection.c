#include "collect/collection.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collect/collection_state.h"
#include "collect/measure.h"

/* Inspects at once: 100 containers took 23 ms with 10 in parallel, and no less with more. */
#define INSPECTS_AT_ONCE 10

static void on_list(void *arg, const struct err *err, const struct container_facts *containers,
                    size_t n);

/* Counts one failure of a collection: of a container's call, or of the list. */
void collection_count_error(struct collection *c, bool *counted) {
    c->setup.tally->errors[COLLECTOR_CONTAINER] += !*counted;
    *counted = true;
}

void collection_failed(struct collection *c, const struct err *err, const char *what,
                       struct slot *slot) {
    struct err told;
    err_copy(&told, err);
    if (slot) {
        (void)err_wrap(&told, "%s %.*s", what, STR_ARG(slot->container->facts.name));
    } else {
        (void)err_wrap(&told, "%s", what);
    }
    collection_count_error(c, slot ? &slot->counted : &c->list_counted);
    c->setup.trouble(c->setup.arg, TROUBLE_ENGINE, &told);
}

void collection_failed_memory(struct collection *c, const char *what, struct slot *slot) {
    struct err memory = ERR_INIT;
    (void)err_set(&memory, -ENOMEM, "out of memory");
    collection_failed(c, &memory, what, slot);
}

/* Room for all containers that are known now, or for the first of them. */
int slots_make(struct collection *c, struct slots *slots, size_t max) {
    size_t known = inventory_size(c->setup.inventory);
    size_t n = known < max ? known : max;
    *slots = (struct slots){.at = arena_array(&c->arena, n + 1, sizeof(*slots->at))};
    return slots->at ? 0 : -ENOMEM;
}

struct slot *slots_add(struct collection *c, struct slots *slots, struct container *container) {
    struct slot *slot = &slots->at[slots->n++];
    *slot = (struct slot){.collection = c, .container = container_ref(container)};
    return slot;
}

static void slots_free_again(struct slots *slots) {
    for (size_t i = 0; i < slots->n; i++) {
        slot_free_again(&slots->at[i]);
    }
}

/* A slot's inspect is over: its own, or that of another whose heir it is. */
static void inspect_over(struct slot *slot, const void *got) {
    struct collection *c = slot->collection;
    (void)got;
    slot->ended = true;
    fanout_ended(&c->inspects);
    collection_advance(c);
}

/* Takes an inspect's answer into the inventory. */
static void take_inspect(struct collection *c, struct slot *slot, const struct err *err,
                         const struct container_facts *facts) {
    struct str id = slot->container->facts.id;
    if (err->code == 0 && inventory_inspected(c->setup.inventory, facts) == 0) {
        return;
    }
    if (err->code == -ENOENT) {
        inventory_gone(c->setup.inventory, id);
        return;
    }
    inventory_inspect_failed(c->setup.inventory, id);
    if (err->code < 0) {
        collection_failed(c, err, "inspect", slot);
    } else {
        collection_failed_memory(c, "inspect", slot);
    }
}

/* What an event has overtaken meanwhile must be inspected again. Of an abandoned collection's
   containers a later one may be asking by now: they are its business. */
static void on_inspect(void *arg, const struct err *err, const struct container_facts *facts) {
    struct slot *slot = arg;
    struct collection *c = slot->collection;
    if (!c->abandoned) {
        take_inspect(c, slot, err, facts);
        if (err->code == 0) {
            measure_soon(slot);
        }
        if (err->code == 0 && inventory_is_stale(c->setup.inventory, slot->container->facts.id)) {
            c->setup.doubted(c->setup.arg);
        }
    }
    slot_end(slot, inspect_over, NULL);
}

static int call_inspect(struct slot *slot) {
    struct collection *c = slot->collection;
    struct str id = slot->container->facts.id;
    inventory_inspecting(c->setup.inventory, id);
    int r = engine_inspect(c->setup.engine, id, on_inspect, slot);
    if (r < 0) {
        inventory_inspect_failed(c->setup.inventory, id);
    }
    return r;
}

/* Another collection may have inspected it since the slot was made. */
static int start_inspect(void *arg, size_t i) {
    struct collection *c = arg;
    struct slot *slot = &c->stale.at[i];
    if (!inventory_is_stale(c->setup.inventory, slot->container->facts.id)) {
        slot->ended = true;
        return 1;
    }
    return slot_start(slot, &c->setup.shared->busy_inspects, c->setup.hangs_after_ms * NS_PER_MS,
                      call_inspect);
}

static size_t inspects_max(const struct collection *c) {
    return c->setup.task.inspect_max ? c->setup.task.inspect_max : SIZE_MAX;
}

/* Makes slots for the stale containers of a kind, as far as there are to be any. */
static void add_stale(struct collection *c, enum inventory_stale kind) {
    size_t max = inspects_max(c);
    struct container *container;
    for (size_t at = 0;
         (container = inventory_next_stale(c->setup.inventory, kind, &at)) != NULL;) {
        c->left_some |= c->stale.n == max;
        if (c->stale.n < max) {
            (void)slots_add(c, &c->stale, container);
        }
    }
}

static int start_inspects(struct collection *c) {
    if (!c->setup.task.inspect || c->abandoned) {
        return 0;
    }
    int r = slots_make(c, &c->stale, inspects_max(c));
    enum inventory_stale kinds = c->setup.task.retry ? STALE_KINDS : STALE_FAILED;
    for (int kind = 0; r == 0 && kind < (int)kinds; kind++) {
        add_stale(c, (enum inventory_stale)kind);
    }
    c->ahead = arena_array(&c->arena, c->stale.n + 1, sizeof(struct slot *));
    c->inspects = (struct fanout){.start = start_inspect,
                                  .arg = c,
                                  .n = c->ahead ? c->stale.n : 0,
                                  .limit = INSPECTS_AT_ONCE};
    return c->ahead ? r : -ENOMEM;
}

/* Whether the live ones can be measured now: the kernel needs the pids that inspects tell, but not
   those of inspects that hang. */
static bool may_measure(const struct collection *c) {
    return c->setup.task.want_usage && !c->measuring && !c->abandoned &&
           (!c->setup.kernel || fanout_finished(&c->inspects) || c->patience_over);
}

static void measure_when_due(struct collection *c) {
    if (!may_measure(c)) {
        return;
    }
    if (!c->setup.kernel) {
        c->setup.measures(c->setup.arg);
    }
    if (measure_start(c) < 0) {
        collection_failed_memory(c, "measure", NULL);
        c->kernel_over = true;
    }
}

/* Goes on with what is next; at the end what was not asked, because it could not be or is still
   being asked, is counted. */
void collection_advance(struct collection *c) {
    if (c->over || !c->list_over) {
        return;
    }
    measure_when_due(c);
    if (!fanout_finished(&c->inspects) || !measure_is_over(c)) {
        return;
    }
    c->over = true;
    if (!c->abandoned) {
        collection_count_missing(c);
    }
    c->setup.ended(c->setup.arg, c);
}

/* Who is there is known. Without a kernel the statistics go out ahead of the inspects, which then
   fit into the wait for the Engine's tick. */
static void gather(struct collection *c) {
    c->list_over = true;
    if (start_inspects(c) < 0) {
        collection_failed_memory(c, "inspect", NULL);
    }
    measure_when_due(c);
    fanout_pump(&c->inspects);
    timer_after_ms(c->patience, c->setup.patience_ms);
    collection_advance(c);
}

/* Ends a collection whose list brought nothing. */
static void give_up(struct collection *c) {
    c->over = true;
    c->setup.ended(c->setup.arg, c);
}

/* Takes the list over, unless one that was asked for later has come before. */
static int take_list(struct collection *c, const struct container_facts *containers, size_t n) {
    struct collection_shared *shared = c->setup.shared;
    if (c->list_number < shared->lists_taken) {
        return 0;
    }
    shared->lists_taken = c->list_number;
    return inventory_list(c->setup.inventory, containers, n, c->setup.task.all_stale,
                          &c->setup.tally->filter_cut);
}

/* Asks for the list; its number tells which of two answers is the later one. */
static int ask_list(struct collection *c) {
    c->list_number = ++c->setup.shared->lists_asked;
    inventory_listing(c->setup.inventory);
    return engine_list(c->setup.engine, on_list, c);
}

static void on_list(void *arg, const struct err *err, const struct container_facts *containers,
                    size_t n) {
    struct collection *c = arg;
    if (c->abandoned) {
        give_up(c);
        return;
    }
    if (err->code < 0) {
        collection_failed(c, err, "list containers", NULL);
        c->setup.task.want_usage ? give_up(c) : gather(c);
        return;
    }
    if (take_list(c, containers, n) < 0) {
        collection_failed_memory(c, "list containers", NULL);
        give_up(c);
        return;
    }
    c->listed_unix_ns = clock_unix_ns();
    c->setup.listed(c->setup.arg);
    gather(c);
}

/* One of three: the first step where there is no list, since ended() must not come from within
   collection_start(); the kernel's next slice; before those, what is to be read ahead. */
static void on_step(void *arg) {
    struct collection *c = arg;
    if (!c->list_over) {
        gather(c);
    } else if (c->measuring) {
        measure_slice(c);
    } else {
        measure_ahead(c);
    }
}

/* Whether something may still come of calls that have not ended. */
static bool is_worth_waiting(const struct slots *slots, const struct fanout *calls,
                             int64_t since_ns) {
    bool answered = false;
    bool left = false;
    for (size_t i = 0; i < slots->n; i++) {
        const struct slot *slot = &slots->at[i];
        if (!slot->ended && slot->called_ns > since_ns) {
            return true; /* a young call is left */
        }
        answered |= slot->ended && slot->called_ns > 0;
        left |= !slot->ended;
    }
    if (left && calls->next < calls->n) {
        return true; /* some have not been asked yet */
    }
    return left && !answered; /* nobody answered: the Engine may just be slow */
}

/* Whether all that is left to wait for are calls that hang. */
static bool only_hangs(const struct collection *c) {
    int64_t since_ns = clock_mono_ns() - c->setup.hangs_after_ms * NS_PER_MS;
    bool read = !c->setup.task.want_usage || (c->measuring && c->kernel_over);
    return read && !is_worth_waiting(&c->stale, &c->inspects, since_ns) &&
           !is_worth_waiting(&c->live, &c->stats, since_ns);
}

static void on_patience(void *arg) {
    struct collection *c = arg;
    c->patience_over = true;
    timer_after_ms(c->patience, c->setup.patience_ms);
    if (only_hangs(c)) {
        c->setup.late(c->setup.arg);
    }
    collection_advance(c);
}

struct collection *collection_start(const struct collection_setup *setup) {
    struct collection *c = calloc(1, sizeof(*c));
    if (!c) {
        return NULL;
    }
    c->setup = *setup;
    c->started_ns = clock_mono_ns();
    c->step = timer_new(setup->loop, on_step, c);
    c->patience = timer_new(setup->loop, on_patience, c);
    if (!c->step || !c->patience || (setup->task.list && ask_list(c) < 0)) {
        collection_free(c);
        return NULL;
    }
    if (!setup->task.list) {
        timer_after_ms(c->step, 0);
    }
    return c;
}

static void slots_done(struct slots *slots) {
    slots_free_again(slots);
    for (size_t i = 0; i < slots->n; i++) {
        container_unref(slots->at[i].container);
    }
}

void collection_free(struct collection *c) {
    if (!c) {
        return;
    }
    slots_done(&c->stale);
    slots_done(&c->live);
    timer_free(c->step);
    timer_free(c->patience);
    hash_done(&c->by_id);
    arena_done(&c->arena);
    free(c);
}

void collection_want_usage(struct collection *c) {
    if (!c->setup.task.want_usage) {
        c->setup.task.want_usage = true;
        collection_advance(c);
    }
}

void collection_abandon(struct collection *c) {
    c->abandoned = true;
    fanout_stop(&c->inspects);
    fanout_stop(&c->stats);
    for (size_t i = 0; i < c->stale.n; i++) {
        if (c->stale.at[i].busy) {
            inventory_inspect_failed(c->setup.inventory, c->stale.at[i].container->facts.id);
        }
    }
    slots_free_again(&c->stale);
    slots_free_again(&c->live);
}

int64_t collection_started_ns(const struct collection *c) {
    return c->started_ns;
}

int64_t collection_listed_unix_ns(const struct collection *c) {
    return c->listed_unix_ns;
}

bool collection_wants_usage(const struct collection *c) {
    return c->setup.task.want_usage;
}

bool collection_lists(const struct collection *c) {
    return c->setup.task.list;
}

bool collection_inspects(const struct collection *c) {
    return c->setup.task.list && c->setup.task.want_usage && !c->measuring;
}

bool collection_knows(const struct collection *c) {
    return c->listed_unix_ns > 0 || !c->setup.task.list;
}

bool collection_left_some(const struct collection *c) {
    return c->left_some;
}

/* Whether some slot failed or was missing. */
static bool slots_counted(const struct slots *slots) {
    for (size_t i = 0; i < slots->n; i++) {
        if (slots->at[i].counted) {
            return true;
        }
    }
    return false;
}

bool collection_is_complete(const struct collection *c) {
    return !c->list_counted && collection_knows(c) && !slots_counted(&c->stale) &&
           !slots_counted(&c->live);
}

static void slots_count_missing(struct collection *c, struct slots *slots) {
    for (size_t i = 0; i < slots->n; i++) {
        if (!slots->at[i].ended) {
            collection_count_error(c, &slots->at[i].counted);
        }
    }
}

void collection_count_missing(struct collection *c) {
    if (!collection_knows(c)) {
        collection_count_error(c, &c->list_counted);
    } else if (c->setup.task.want_usage && !c->measuring && !c->unread_counted) {
        measure_count_unread(c);
    }
    slots_count_missing(c, &c->stale);
    slots_count_missing(c, &c->live);
}

struct usage *collection_usage(const struct collection *c, struct str id, struct arena *arena) {
    const struct slot *slot = measure_slot(c, id);
    return slot ? usage_copy(arena, slot->usage) : NULL;
}
