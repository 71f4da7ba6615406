/*
 * GET /images/json, an entry at a time. Of an entry only its tags are parsed: labels, of which
 * there may be many, are passed over.
 *
 *   [{"Id":"sha256:…", "RepoTags":["web:1", …] or null or ["<none>:<none>"], …}, …]
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "engine/decode.h"
#include "engine/document.h"

#define FIRST_CAP 64
#define NO_TAG STR("<none>:<none>") /* older Engines name an image without tags so */

struct images {
    struct image_names *names;
    struct image_name *list; /* on the heap while it grows */
    size_t n;
    size_t cap;
    uint64_t seen;
};

static void drop_images(struct images *images) {
    free(images->list);
    image_names_unref(images->names);
}

/* What is between the quotes of a text, if it has some; no id holds an escape. */
static struct str unquoted(struct str value) {
    bool quoted = value.len >= 2 && value.ptr[0] == '"';
    size_t end = quoted ? str_find(value, '"', 1) : 0;
    return quoted ? str_sub(value, 1, end - 1) : STR("");
}

/* The first tag of an array of them, into the arena; nothing when there is none. */
static int take_tags(struct str value, struct arena *arena, struct str *ret, struct err *err) {
    CLEANUP_JSON json_t *tags = NULL;
    if (!str_starts(value, STR("["))) {
        return 0;
    }
    if (document_parse(value, &tags, err) != 0) {
        return err->code;
    }
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *tag = json_array_get(tags, i);
        struct str s = {.ptr = json_string_value(tag), .len = json_string_length(tag)};
        if (s.len && s.len <= DECODE_TEXT_MAX && !str_eq(s, NO_TAG)) {
            *ret = arena_str(arena, s);
            return 0;
        }
    }
    return 0;
}

static int add(struct images *images, struct image_name image, struct err *err) {
    if (images->n == DECODE_IMAGES_MAX) {
        return err_set(err, -EFBIG, "more than %d images", DECODE_IMAGES_MAX);
    }
    if (images->n == images->cap) {
        size_t cap = images->cap ? images->cap * 2 : FIRST_CAP;
        struct image_name *grown = realloc(images->list, cap * sizeof(*grown));
        if (!grown) {
            return err_set(err, -ENOMEM, "out of memory");
        }
        images->list = grown;
        images->cap = cap;
    }
    image.id = arena_str(&images->names->arena, image.id);
    images->list[images->n++] = image;
    return 0;
}

/* An image that does not tell its tags is counted and has no name. */
static int take_image(struct images *images, struct str entry, struct err *err) {
    struct image_name image = {.tag = STR("")};
    struct str key;
    struct str value;
    bool told = false;
    int more = document_member(&entry, &key, &value, err);
    while (more == 1) {
        if (str_eq(key, STR("Id"))) {
            image.id = unquoted(value);
        } else if (str_eq(key, STR("RepoTags"))) {
            told = true;
            if (take_tags(value, &images->names->arena, &image.tag, err) != 0) {
                return err->code;
            }
        }
        more = document_member(&entry, &key, &value, err);
    }
    images->seen++;
    bool named = more == 0 && told && image.id.len && image.id.len <= DECODE_ID_MAX;
    return named ? add(images, image, err) : more;
}

/* Puts the list into its names. */
static int finish(struct images *images, struct err *err) {
    struct image_names *names = images->names;
    names->list = arena_array(&names->arena, images->n, sizeof(*names->list));
    if (arena_failed(&names->arena) || !names->list) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (images->n) {
        memcpy(names->list, images->list, images->n * sizeof(*names->list));
    }
    names->n = images->n;
    image_names_sort(names);
    return 0;
}

int decode_images(struct str json, uint64_t *ret_n, struct image_names **ret, struct err *err) {
    CLEANUP(drop_images) struct images images = {.names = image_names_new()};
    struct str element;
    if (!images.names) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int more = document_next(&json, &element, err);
    while (more == 1) {
        if (take_image(&images, element, err) != 0) {
            return err->code;
        }
        more = document_next(&json, &element, err);
    }
    if (more != 0 || finish(&images, err) != 0) {
        return err->code;
    }
    *ret_n = images.seen;
    *ret = take_ptr(images.names);
    return 0;
}
