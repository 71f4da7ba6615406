#include "cli/owner.h"

/* Whether any container's figures, as last known, are by this source. */
static bool tells(const struct snapshot *s, enum source source) {
    for (size_t i = 0; i < s->n; i++) {
        const struct reading *r = &s->readings[i];
        const struct usage *usage = r->usage ? r->usage : r->last;
        if (usage && usage->source == source) {
            return true;
        }
    }
    return false;
}

void owner_learn(struct owner *owner, const struct snapshot *snapshot) {
    owner->proven = owner->proven || tells(snapshot, SOURCE_KERNEL);
}

bool owner_is_engine(const struct owner *owner, const struct snapshot *snapshot,
                     struct str host_name) {
    if (owner->proven) {
        return true;
    }
    bool named = host_name.len && str_eq(host_name, snapshot->engine.host_name);
    return (owner->local || named) && !tells(snapshot, SOURCE_ENGINE);
}
