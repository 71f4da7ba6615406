/*
 * What a container is called in the labels of its series, in the forms that the profiles have;
 * private to metrics/. Values are views of the container's, or lie in the arena.
 */
#ifndef DOCKMETER_METRICS_IDENTITY_H
#define DOCKMETER_METRICS_IDENTITY_H

#include "base/arena.h"
#include "base/str.h"
#include "model/snapshot.h"

struct str identity_name(const struct reading *r, struct arena *arena);
struct str identity_service(const struct reading *r, struct arena *arena); /* of Compose */
struct str identity_project(const struct reading *r, struct arena *arena);
struct str identity_image(const struct reading *r, struct arena *arena); /* as `docker ps` has it */

/* The first 12 digits of its id. */
struct str identity_short_id(const struct reading *r, struct arena *arena);

/* "/docker/<id>"; the plain id while the kernel has not told the path. */
struct str identity_cgroup(const struct reading *r, struct arena *arena);

/* The image's first tag ("busybox:latest"), else the first 12 digits of its id; while the Engine's
   images are not known, the name by which the container was started, with its tag. */
struct str identity_tagged_image(const struct reading *r, struct arena *arena);

/* The tag alone; empty for an image that is named by its id or digest. */
struct str identity_image_tag(const struct container_facts *facts);

/* The part of the name behind its last "--", else empty. */
struct str identity_user(const struct container_facts *facts);

#endif
