#include "collect/view.h"

#include "base/clock.h"

void view_done(struct view *view) {
    snapshot_unref(view->newest);
    inventory_free(view->inventory);
    *view = (struct view){.inventory = NULL};
}

void view_confirm(struct view *view, int64_t unix_ns) {
    view->right_unix_ns = unix_ns;
    view->right_mono_ns = clock_mono_ns();
}

static bool states_are_fresh(const struct view *view) {
    int64_t oldest = clock_mono_ns() - view->old_after_ms * NS_PER_MS;
    return view->right_mono_ns && view->right_mono_ns >= oldest;
}

/* What is known of the same run's usage from the newest snapshot, or NULL. */
static const struct usage *usage_before(const struct view *view,
                                        const struct container_facts *facts) {
    const struct reading *then =
        view->newest ? snapshot_find(view->newest, facts->name, facts->id) : NULL;
    if (!then || !then->last || !container_has(facts, CONTAINER_STARTED_NS) ||
        !container_has(&then->container->facts, CONTAINER_STARTED_NS)) {
        return NULL;
    }
    int64_t started_ns = facts->number[CONTAINER_STARTED_NS];
    return then->container->facts.number[CONTAINER_STARTED_NS] == started_ns ? then->last : NULL;
}

/* One container with its usage, whose counters stand at least where they stood. */
static struct reading make_reading(struct view *view, struct snapshot *s,
                                   struct container *container, const struct collection *from) {
    const struct container_facts *facts = &container->facts;
    struct reading r = {.container = container};
    r.counted = ledger_read(inventory_ledger(view->inventory), facts->id, &r.counts);
    if (!container_is_live(facts)) {
        return r;
    }
    const struct usage *before = usage_before(view, facts);
    struct usage *usage = from ? collection_usage(from, facts->id, &s->arena) : NULL;
    if (usage && before) {
        usage_hold(usage, before);
    }
    r.usage = usage;
    r.last = usage || !before ? usage : usage_copy(&s->arena, before);
    return r;
}

/* Once states are old, only what is still measured is shown. */
struct snapshot *view_begin(struct view *view, const struct collection *from) {
    struct snapshot *s = snapshot_new(inventory_size(view->inventory));
    if (!s) {
        return NULL;
    }
    bool fresh = states_are_fresh(view);
    const uint64_t *by_state = inventory_states(view->inventory);
    s->taken_unix_ns = view->right_unix_ns;
    s->states_known = fresh && by_state;
    if (s->states_known) {
        memcpy(s->by_state, by_state, sizeof(s->by_state));
    }
    struct container *container;
    for (size_t at = 0;
         view->containers && (container = inventory_next(view->inventory, &at)) != NULL;) {
        struct reading r = make_reading(view, s, container, from);
        if (fresh || r.usage) {
            snapshot_add(s, &r);
        }
    }
    return s;
}

void view_publish(struct view *view, struct snapshot *s) {
    snapshot_publish(s);
    snapshot_unref(view->newest);
    view->newest = snapshot_ref(s);
}
