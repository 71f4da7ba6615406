/*
 * By which name each of an Engine's images is known: the first of its tags. Immutable once it is
 * handed over; counted by reference on the loop's thread, so that snapshots share it. Owns its
 * strings and arrays.
 */
#ifndef DOCKMETER_MODEL_IMAGE_NAMES_H
#define DOCKMETER_MODEL_IMAGE_NAMES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct image_name {
    struct str id;  /* "sha256:…", as container_facts.image_id */
    struct str tag; /* "registry:5000/shop/web:1.2"; empty: the image has none */
};

struct image_names {
    unsigned refs;
    struct arena arena;
    struct image_name *list; /* by id */
    size_t n;
};

/* An empty one with one reference, or NULL. */
struct image_names *image_names_new(void);
struct image_names *image_names_ref(struct image_names *names); /* NULL is fine */
void image_names_unref(struct image_names *names);              /* NULL is fine */

/* Puts the images in order; before this none is found. */
void image_names_sort(struct image_names *names);

/* An image's, or NULL: no such image, or names is NULL. */
const struct image_name *image_names_find(const struct image_names *names, struct str id);

#endif
