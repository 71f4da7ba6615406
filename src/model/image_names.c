#include "model/image_names.h"

#include <stdlib.h>

struct image_names *image_names_new(void) {
    struct image_names *names = calloc(1, sizeof(*names));
    if (names) {
        names->refs = 1;
    }
    return names;
}

struct image_names *image_names_ref(struct image_names *names) {
    if (names) {
        names->refs++;
    }
    return names;
}

void image_names_unref(struct image_names *names) {
    if (names && --names->refs == 0) {
        arena_done(&names->arena);
        free(names);
    }
}

static int by_id(const void *a, const void *b) {
    return str_cmp(((const struct image_name *)a)->id, ((const struct image_name *)b)->id);
}

void image_names_sort(struct image_names *names) {
    if (names->n > 1) {
        qsort(names->list, names->n, sizeof(*names->list), by_id);
    }
}

const struct image_name *image_names_find(const struct image_names *names, struct str id) {
    const struct image_name key = {.id = id};
    return names && names->n ? bsearch(&key, names->list, names->n, sizeof(key), by_id) : NULL;
}
