/*
 * GET /system/df in both of its shapes, an entry at a time. Before API 1.52 there are lists, whose
 * sums are ours to make, as `docker system df` makes them:
 *
 *   {"LayersSize":…, "Images":[…], "Containers":[…], "Volumes":[…], "BuildCache":[…]}
 *
 * From 1.52 the Engine has them ready: {"ContainerUsage":{"TotalSize":…, "Items":[…]}, …}.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "engine/decode.h"
#include "engine/document.h"

#define FIRST_CAP 64

/* What is found besides the storage itself. */
struct df {
    struct storage *storage;
    struct storage_container *containers; /* on the heap while it grows */
    size_t n_containers;
    size_t cap;
    uint64_t layers_bytes;
    bool layers_known;
    bool images_weigh; /* some image has a size */
};

/* One entry of a list into a sum. */
typedef int take_entry_fn(struct df *df, const json_t *entry, uint64_t *sum, struct err *err);

/* Each entry of an array, or of null, which is an empty one. */
static int each_entry(struct df *df, struct str list, take_entry_fn *take, uint64_t *sum,
                      struct err *err) {
    struct str element;
    *sum = 0;
    if (str_eq(str_trim(list), STR("null"))) {
        return 0;
    }
    int more = document_next(&list, &element, err);
    while (more == 1) {
        CLEANUP_JSON json_t *entry = NULL;
        int rc = document_parse(element, &entry, err);
        rc = rc ? rc : take(df, entry, sum, err);
        if (rc != 0) {
            return rc;
        }
        more = document_next(&list, &element, err);
    }
    return more;
}

static void add(uint64_t *sum, uint64_t bytes) {
    if (__builtin_add_overflow(*sum, bytes, sum)) {
        *sum = UINT64_MAX;
    }
}

static struct storage_container *next_container(struct df *df) {
    if (df->n_containers == df->cap) {
        size_t cap = df->cap ? df->cap * 2 : FIRST_CAP;
        struct storage_container *grown = realloc(df->containers, cap * sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        df->containers = grown;
        df->cap = cap;
    }
    return &df->containers[df->n_containers++];
}

/* The Engine leaves out a writable layer of 0 bytes, and says -1 of one that it cannot measure; of
   a container without layers it says nothing. */
static int take_container(struct df *df, const json_t *entry, uint64_t *sum, struct err *err) {
    struct str id = document_str(entry, "Id");
    struct storage_container c = {.have = 0};
    if (df->n_containers == DECODE_CONTAINERS_MAX) {
        return err_set(err, -EFBIG, "more than %d containers", DECODE_CONTAINERS_MAX);
    }
    bool has_rw = document_u64(entry, "SizeRw", &c.bytes[STORAGE_RW]);
    bool has_root = document_u64(entry, "SizeRootFs", &c.bytes[STORAGE_ROOTFS]);
    has_rw |= has_root && !json_object_get(entry, "SizeRw");
    c.have =
        (has_rw ? UINT32_C(1) << STORAGE_RW : 0) | (has_root ? UINT32_C(1) << STORAGE_ROOTFS : 0);
    add(sum, has_rw ? c.bytes[STORAGE_RW] : 0);
    if (c.have == 0 || id.len == 0 || id.len > DECODE_ID_MAX) {
        return 0;
    }
    c.id = arena_str(&df->storage->arena, id);
    struct storage_container *slot = next_container(df);
    if (!slot) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *slot = c;
    return 0;
}

static int weigh_image(struct df *df, struct str entry, struct err *err) {
    struct str key;
    struct str value;
    uint64_t bytes = 0;
    int more = document_member(&entry, &key, &value, err);
    while (more == 1) {
        df->images_weigh |=
            str_eq(key, STR("Size")) && str_to_u64(str_trim(value), &bytes) && bytes > 0;
        more = document_member(&entry, &key, &value, err);
    }
    return more;
}

/* There may be very many, with all their labels, and one that has a size is all that is asked of
   them: they are looked through up to it without being parsed. */
static int weigh_images(struct df *df, struct str list, struct err *err) {
    struct str element;
    if (str_eq(str_trim(list), STR("null"))) {
        return 0;
    }
    int more = document_next(&list, &element, err);
    while (more == 1 && !df->images_weigh) {
        if (weigh_image(df, element, err) != 0) {
            return err->code;
        }
        more = document_next(&list, &element, err);
    }
    return more < 0 ? more : 0;
}

/* -1 is a volume that the Engine cannot measure. */
static int take_volume(struct df *df, const json_t *entry, uint64_t *sum, struct err *err) {
    uint64_t bytes = 0;
    (void)df;
    (void)err;
    if (document_u64(json_object_get(entry, "UsageData"), "Size", &bytes)) {
        add(sum, bytes);
    }
    return 0;
}

/* What is shared is counted with the images. */
static int take_cache(struct df *df, const json_t *entry, uint64_t *sum, struct err *err) {
    uint64_t bytes = 0;
    (void)df;
    (void)err;
    if (!document_true(entry, "Shared") && document_u64(entry, "Size", &bytes)) {
        add(sum, bytes);
    }
    return 0;
}

/* The lists of the old shape, and what stands for each in the new one. */
static const struct {
    const char *list;
    const char *usage;
    take_entry_fn *take; /* NULL: the entries are not summed */
    enum storage_kind kind;
} parts[] = {
    {"Images", "ImageUsage", NULL, STORAGE_IMAGES},
    {"Containers", "ContainerUsage", take_container, STORAGE_CONTAINERS},
    {"Volumes", "VolumeUsage", take_volume, STORAGE_VOLUMES},
    {"BuildCache", "BuildCacheUsage", take_cache, STORAGE_BUILD_CACHE},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int take_list(struct df *df, size_t part, struct str value, struct err *err) {
    uint64_t sum = 0;
    if (parts[part].kind == STORAGE_IMAGES) {
        return weigh_images(df, value, err);
    }
    if (parts[part].kind == STORAGE_CONTAINERS) {
        df->n_containers = 0;
    }
    int rc = each_entry(df, value, parts[part].take, &sum, err);
    if (rc == 0) {
        storage_set(df->storage, parts[part].kind, sum);
    }
    return rc;
}

/* {"TotalSize":…, "Items":[…]}; a size of 0 is left out. */
static int take_usage(struct df *df, size_t part, struct str value, struct err *err) {
    struct str key;
    struct str field;
    uint64_t total = 0;
    bool known = true;
    int more = document_member(&value, &key, &field, err);
    while (more == 1) {
        int rc = 0;
        if (str_eq(key, STR("TotalSize"))) {
            known = str_to_u64(str_trim(field), &total);
        } else if (str_eq(key, STR("Items")) && parts[part].kind == STORAGE_CONTAINERS) {
            rc = take_list(df, part, field, err);
        }
        if (rc != 0) {
            return rc;
        }
        more = document_member(&value, &key, &field, err);
    }
    if (more == 0 && known) {
        storage_set(df->storage, parts[part].kind, total);
    }
    return more;
}

static int take_member(struct df *df, struct str key, struct str value, struct err *err) {
    if (str_eq(key, STR("LayersSize"))) {
        df->layers_known = str_to_u64(str_trim(value), &df->layers_bytes);
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (str_eq(key, str_of(parts[i].list))) {
            return take_list(df, i, value, err);
        }
        if (str_eq(key, str_of(parts[i].usage))) {
            return take_usage(df, i, value, err);
        }
    }
    return 0;
}

static int walk_members(struct df *df, struct str json, struct err *err) {
    struct str key;
    struct str value;
    int more = document_member(&json, &key, &value, err);
    while (more == 1) {
        int rc = take_member(df, key, value, err);
        if (rc != 0) {
            return rc;
        }
        more = document_member(&json, &key, &value, err);
    }
    return more;
}

/* Podman says 0 of layers whatever there is. */
static void take_layers(struct df *df) {
    bool believed = df->layers_known && (df->layers_bytes || !df->images_weigh);
    if (believed && !storage_has(df->storage, STORAGE_IMAGES)) {
        storage_set(df->storage, STORAGE_IMAGES, df->layers_bytes);
    }
}

int decode_df(struct str json, struct storage *storage, struct err *err) {
    struct df df = {.storage = storage};
    int rc = walk_members(&df, json, err);
    CLEANUP_FREE struct storage_container *heap = df.containers;
    if (rc != 0) {
        return rc;
    }
    take_layers(&df);
    storage->containers = arena_array(&storage->arena, df.n_containers, sizeof(*heap));
    if (arena_failed(&storage->arena) || !storage->containers) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (df.n_containers) {
        memcpy(storage->containers, heap, df.n_containers * sizeof(*heap));
    }
    storage->n_containers = df.n_containers;
    storage_sort(storage);
    return 0;
}
