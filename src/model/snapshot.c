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

void snapshot_add(struct snapshot *s, const struct reading *reading) {
    s->readings[s->n] = *reading;
    s->readings[s->n++].container = container_ref(reading->container);
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
            s->readings[kept] = *r;
            s->readings[kept++].images = s->engine.images;
        }
    }
    s->n = kept;
}

/* For bsearch: the key is a name. */
static int compare_name(const void *key, const void *reading) {
    const struct str *name = key;
    return str_cmp(*name, ((const struct reading *)reading)->container->facts.name);
}

const struct reading *snapshot_find(const struct snapshot *s, struct str name, struct str id) {
    const struct reading *r = bsearch(&name, s->readings, s->n, sizeof(*r), compare_name);
    return r && str_eq(r->container->facts.id, id) ? r : NULL;
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
    engine_facts_release(&s->engine);
    storage_unref(s->storage);
    filesystems_unref(s->filesystems);
    arena_done(&s->arena);
    free(s);
}
