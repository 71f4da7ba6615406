#include "model/filesystems.h"

#include <stdlib.h>

struct filesystems *filesystems_new(void) {
    struct filesystems *f = calloc(1, sizeof(*f));
    if (f) {
        f->refs = 1;
    }
    return f;
}

struct filesystems *filesystems_ref(struct filesystems *f) {
    f->refs++;
    return f;
}

void filesystems_unref(struct filesystems *f) {
    if (f && --f->refs == 0) {
        arena_done(&f->arena);
        free(f);
    }
}
