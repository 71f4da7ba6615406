/*
 * An image's reference in its parts: "registry:5000/shop/web:1.2@sha256:…". Pure; views of what was
 * given.
 */
#ifndef DOCKMETER_MODEL_IMAGE_H
#define DOCKMETER_MODEL_IMAGE_H

#include <stdbool.h>

#include "base/str.h"
#include "model/container.h"

struct image {
    struct str repository; /* "registry:5000/shop/web"; empty: it is an id, not a name */
    struct str tag;        /* empty: none is written */
    struct str digest;     /* "sha256:…" behind an @ */
};

struct image image_parse(struct str reference);

/* The parts of a container's image, whose name is an id once its tags point elsewhere. */
struct image image_of(const struct container_facts *facts);

/* The first 12 digits of an image's id, without "sha256:". */
struct str image_short_id(struct str id);

#endif
