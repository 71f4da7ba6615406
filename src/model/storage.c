#include "model/storage.h"

#include <stdlib.h>

const char *storage_kind_word(enum storage_kind kind) {
    static const char *const words[STORAGE_KINDS] = {"images", "containers", "volumes",
                                                     "build_cache"};
    return words[kind];
}

struct storage *storage_new(void) {
    struct storage *s = calloc(1, sizeof(*s));
    if (s) {
        s->refs = 1;
    }
    return s;
}

struct storage *storage_ref(struct storage *s) {
    s->refs++;
    return s;
}

void storage_unref(struct storage *s) {
    if (s && --s->refs == 0) {
        arena_done(&s->arena);
        free(s);
    }
}

static int by_id(const void *a, const void *b) {
    return str_cmp(((const struct storage_container *)a)->id,
                   ((const struct storage_container *)b)->id);
}

void storage_sort(struct storage *s) {
    if (s->n_containers > 1) {
        qsort(s->containers, s->n_containers, sizeof(*s->containers), by_id);
    }
}

const struct storage_container *storage_find(const struct storage *s, struct str id) {
    const struct storage_container key = {.id = id};
    return s->n_containers
               ? bsearch(&key, s->containers, s->n_containers, sizeof(*s->containers), by_id)
               : NULL;
}
