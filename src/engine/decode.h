/*
 * The Engine's answers as plain facts. Pure: bytes and an arena in, structs out; all strings and
 * arrays of a result lie in the arena.
 *
 * A field that is missing, null or of another type is unknown and the rest goes on; -EPROTO comes
 * only when the whole has the wrong shape, -EFBIG when a limit is passed, -ENOMEM when memory is
 * out. Strings are kept as they are, NULs included; what is not UTF-8 becomes U+FFFD.
 */
#ifndef DOCKMETER_ENGINE_DECODE_H
#define DOCKMETER_ENGINE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/container.h"
#include "model/engine_facts.h"
#include "model/event.h"
#include "model/image_names.h"
#include "model/storage.h"
#include "model/usage.h"

#define DECODE_CONTAINERS_MAX 100000 /* more: the list is refused */
#define DECODE_IMAGES_MAX 100000     /* the same */
#define DECODE_LABELS_MAX 1000       /* of one container; further ones are dropped and counted */
#define DECODE_LABEL_BYTES_MAX                                                                     \
    65536                    /* of a label's key or value; longer ones are dropped and counted */
#define DECODE_TEXT_MAX 4096 /* a name, image, driver …; longer ones are unknown */
#define DECODE_ID_MAX 128
#define DECODE_INTERFACES_MAX 1000 /* further ones are dropped and counted */
#define DECODE_INTERFACE_NAME_MAX 64
#define DECODE_DEVICES_MAX 4000 /* entries of block I/O; further ones are dropped and counted */

struct decode_list {
    struct container_facts *containers;
    size_t n;
    size_t refused; /* entries that could not be used; why_refused tells of the first */
    struct err why_refused;
    size_t dropped; /* labels beyond their limits */
};

/*
 * GET /containers/json. Each entry is parsed on its own: one that is broken is refused and counted,
 * the others are not affected. Fails when all are broken. facts.inspected is false; the network is
 * OWN where the list does not tell (Podman).
 */
MUST_USE int decode_list(struct str json, struct arena *arena, struct decode_list *ret,
                         struct err *err);

/* GET /containers/{id}/json. facts.image is Config.Image, which may differ from the list's. */
MUST_USE int decode_inspect(struct str json, struct arena *arena, struct container_facts *ret,
                            size_t *dropped, struct err *err);

struct decode_stats_of {
    bool podman;  /* it fills what it does not know with zeros */
    bool windows; /* also when the answer itself says so */
};

/*
 * GET /containers/{id}/stats. ret->source is SOURCE_NONE when the container does not run;
 * ret->read_unix_ns is 0 when the answer does not tell. The Engine's network errors are always 0
 * and thus unknown. Whether the interfaces are the container's own (container_facts.network) is not
 * known here: the caller leaves them out otherwise. On Windows the device is 0:0.
 */
MUST_USE int decode_stats(struct str json, const struct decode_stats_of *of, struct arena *arena,
                          struct usage *ret, size_t *dropped, struct err *err);

/* GET /version: adds to facts; *podman tells who answers. */
MUST_USE int decode_version(struct str json, struct arena *arena, struct engine_facts *facts,
                            bool *podman, struct err *err);

/* GET /info: adds what /version did not tell. */
MUST_USE int decode_info(struct str json, struct arena *arena, struct engine_facts *facts,
                         struct err *err);

/*
 * GET /images/json: how many there are and their names, in a new *ret. Fails when an entry is no
 * object.
 */
MUST_USE int decode_images(struct str json, uint64_t *ret_n, struct image_names **ret,
                           struct err *err);

/* GET /networks: how many there are. */
MUST_USE int decode_count(struct str json, uint64_t *ret, struct err *err);

/* GET /volumes. */
MUST_USE int decode_volumes(struct str json, uint64_t *ret, struct err *err);

/*
 * GET /system/df, in the shape of any API version, into an empty storage. An entry that is no JSON
 * spoils the whole, but for images, which are not parsed; on failure the storage is good for
 * storage_unref() only.
 */
MUST_USE int decode_df(struct str json, struct storage *storage, struct err *err);

/*
 * One line of GET /events. What concerns no container or does not change one is EVENT_OTHER; the id
 * is empty when it is no container's. -EPROTO also for an object without type or action, and for a
 * container's event without its id.
 */
MUST_USE int decode_event(struct str json, struct arena *arena, struct container_event *ret,
                          struct err *err);

/*
 * What an error answer says, for people: its JSON "message" or its plain text, one line, control
 * characters escaped, at most `cap` bytes with the NUL; HTML and nothing give "".
 */
void decode_message(struct str body, char *out, size_t cap);

#endif
