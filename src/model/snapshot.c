#include "model/snapshot.h"

#include <stdlib.h>

struct snapshot *snapshot_new(size_t n) {
    struct snapshot *s = calloc(1, sizeof(*s));
    if (!s) {
        return NULL;
    }
    s->refs = 1;
    s->readings = arena_array(&s->arena, n ? n : 1, sizeof(*s->readings));
    if (!s->readings) {
        arena_done(&s->arena);
        free(s);
        return NULL;
    }
    for (size_t i = 0; i < COLLECTOR_COUNT; i++) {
        s->duration_ns[i] = -1;
    }
    return s;
}

void snapshot_add(struct snapshot *s, struct container *container, const struct usage *usage) {
    s->readings[s->n++] = (struct reading){.container = container_ref(container), .usage = usage};
}

static int64_t created_ns(const struct container_facts *f) {
    return container_has(f, CONTAINER_CREATED_NS) ? f->number[CONTAINER_CREATED_NS] : 0;
}

/* By name, the younger first, so that the first of each name is the one to keep. */
static int compare_readings(const void *left, const void *right) {
    const struct container_facts *a = &((const struct reading *)left)->container->facts;
    const struct container_facts *b = &((const struct reading *)right)->container->facts;
    int order = str_cmp(a->name, b->name);
    if (order == 0) {
        order = (created_ns(a) < created_ns(b)) - (created_ns(a) > created_ns(b));
    }
    return order ? order : str_cmp(a->id, b->id);
}

void snapshot_publish(struct snapshot *s) {
    qsort(s->readings, s->n, sizeof(*s->readings), compare_readings);
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct reading *r = &s->readings[i];
        if (kept && str_eq(s->readings[kept - 1].container->facts.name, r->container->facts.name)) {
            container_unref(r->container);
        } else {
            s->readings[kept++] = *r;
        }
    }
    s->n = kept;
}

struct snapshot *snapshot_ref(struct snapshot *s) {
    s->refs++;
    return s;
}

void snapshot_unref(struct snapshot *s) {
    if (!s || --s->refs > 0) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        container_unref(s->readings[i].container);
    }
    arena_done(&s->arena);
    free(s);
}
