#include "collect/slot.h"

#include "base/clock.h"

void slot_free_again(struct slot *slot) {
    if (slot->busy) {
        (void)hash_remove(slot->busy, slot->container->facts.id);
        slot->busy = NULL;
    }
}

/* When a call for the container is still under way, the slot waits for that one. */
int slot_start(struct slot *slot, struct hash *busy, int64_t hangs_after_ns,
               int (*call)(struct slot *slot)) {
    struct slot *caller = hash_get(busy, slot->container->facts.id);
    int64_t now = clock_mono_ns();
    if (caller && now - caller->called_ns > hangs_after_ns) {
        return 1;
    }
    if (caller) {
        slot->next_heir = caller->heirs;
        slot->called_ns = caller->called_ns;
        caller->heirs = slot;
        return 0;
    }
    int r = hash_set(busy, slot->container->facts.id, slot);
    slot->busy = r == 0 ? busy : NULL;
    slot->called_ns = now;
    if (r == 0) {
        r = call(slot);
    }
    if (r < 0) {
        slot_free_again(slot);
    }
    return r;
}

/* The collection of a slot may be gone after its `over`. */
void slot_end(struct slot *slot, void (*over)(struct slot *slot, const void *got),
              const void *got) {
    slot_free_again(slot);
    struct slot *heir = slot->heirs;
    while (heir) {
        struct slot *next = heir->next_heir;
        over(heir, got);
        heir = next;
    }
    over(slot, got);
}
