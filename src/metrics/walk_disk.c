/* What takes up disk: the Engine's things, and how full the machine's file systems are. */
#include "metrics/walk.h"

/* A container's figure, or NULL. */
static const uint64_t *bytes_of(const struct walk *w, size_t i, enum storage_number number) {
    const struct storage *storage = w->snapshot->storage;
    const struct storage_container *c =
        storage ? storage_find(storage, walk_facts(w, i)->id) : NULL;
    return c && (c->have >> number & 1U) ? &c->bytes[number] : NULL;
}

void walk_storage(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const uint64_t *bytes = bytes_of(w, i, (enum storage_number)row->number);
        if (bytes) {
            walk_give(w, i, value_u64(*bytes));
        }
    }
}

void walk_storage_kinds(struct walk *w, const struct row *row) {
    const struct storage *storage = w->snapshot->storage;
    for (int kind = 0; storage && kind < STORAGE_KINDS; kind++) {
        const struct label own =
            walk_label(row, 0, str_of(storage_kind_word((enum storage_kind)kind)));
        if (storage_has(storage, (enum storage_kind)kind)) {
            walk_sample(w, &w->globals, &own, 1, value_u64(storage->bytes[kind]));
        }
    }
}

void walk_storage_time(struct walk *w, const struct row *row) {
    (void)row;
    if (w->snapshot->storage) {
        walk_sample(w, &w->globals, NULL, 0, walk_time(w->snapshot->storage->measured_unix_ns));
    }
}

/* The file systems of this machine, when it is the Engine's. */
static const struct filesystems *ours(const struct walk *w) {
    return w->in->machine ? w->snapshot->filesystems : NULL;
}

static bool is_root(const struct walk *w, size_t i) {
    return str_eq(walk_facts(w, i)->id, STR("/"));
}

/* All of them, of the machine's own series. */
static void give_all(struct walk *w, const struct row *row, size_t i, bool size) {
    const struct filesystems *f = ours(w);
    for (size_t j = 0; f && j < f->n; j++) {
        const struct filesystem *fs = &f->list[j];
        walk_give_under(w, row, i, fs->device, value_u64(size ? fs->size_bytes : fs->used_bytes));
    }
}

/* Where the writable layers are; NULL: not known. */
static const struct filesystem *layers_of(const struct walk *w) {
    const struct filesystems *f = ours(w);
    return f ? f->layers : NULL;
}

void walk_fs_usage(struct walk *w, const struct row *row) {
    const struct filesystem *layers = layers_of(w);
    for (size_t i = 0; i < walk_readings(w); i++) {
        const uint64_t *bytes = bytes_of(w, i, STORAGE_RW);
        if (is_root(w, i)) {
            give_all(w, row, i, false);
        } else if (bytes) {
            walk_give_under(w, row, i, layers ? layers->device : STR(""), value_u64(*bytes));
        }
    }
}

void walk_fs_limit(struct walk *w, const struct row *row) {
    const struct filesystem *layers = layers_of(w);
    for (size_t i = 0; i < walk_readings(w); i++) {
        if (is_root(w, i)) {
            give_all(w, row, i, true);
        } else if (layers) {
            walk_give_under(w, row, i, layers->device, value_u64(layers->size_bytes));
        }
    }
}
