#include "model/usage.h"

const char *source_word(enum source source) {
    static const char *const words[SOURCE_COUNT] = {"none", "engine", "kernel"};
    return words[source];
}

struct usage *usage_copy(struct arena *arena, const struct usage *usage) {
    struct usage *copy = arena_array(arena, 1, sizeof(*copy));
    struct usage_net *nets = arena_array(arena, usage->n_nets, sizeof(*nets));
    struct usage_disk *disks = arena_array(arena, usage->n_disks, sizeof(*disks));
    if (!copy || !nets || !disks) {
        return NULL;
    }
    for (size_t i = 0; i < usage->n_nets; i++) {
        nets[i] = usage->nets[i];
        nets[i].interface = arena_str(arena, usage->nets[i].interface);
    }
    for (size_t i = 0; i < usage->n_disks; i++) {
        disks[i] = usage->disks[i];
    }
    *copy = *usage;
    copy->nets = nets;
    copy->disks = disks;
    return copy;
}
