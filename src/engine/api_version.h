/*
 * Versions of the Engine's API ("1.41") and what follows from them. Pure.
 */
#ifndef DOCKMETER_ENGINE_API_VERSION_H
#define DOCKMETER_ENGINE_API_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct api_version {
    uint16_t major; /* 0.0: unknown */
    uint16_t minor;
};

#define API_VERSION_NEWEST                                                                         \
    ((struct api_version){1, 52}) /* the newest that the decoders were tried with */
#define API_VERSION_OLDEST ((struct api_version){1, 24})
#define API_VERSION_ONE_SHOT ((struct api_version){1, 41})
#define API_VERSION_DIRECT ((struct api_version){1, 44}) /* every Engine from here on is direct */
#define API_VERSION_TEXT_MAX 12

/* "1.41"; false for anything else. */
bool api_version_parse(struct str s, struct api_version *ret);

/* <0, 0, >0. */
int api_version_cmp(struct api_version a, struct api_version b);

/* The lower of theirs and our newest. */
struct api_version api_version_negotiate(struct api_version theirs);

/* "1.41"; "" when unknown. Returns buf. */
const char *api_version_text(struct api_version v, char buf[API_VERSION_TEXT_MAX]);

/*
 * "client version 1.52 is too new. Maximum supported API version is 1.41", and the like with "too
 * old" and "Minimum": the bound. False for any other message.
 */
bool api_version_bound(struct str message, struct api_version *ret);

/*
 * Whether one-shot statistics do not wait for the collector's tick:
 * Engines 23.0.8+, 24.0.7+, 25.0+. When the Engine's version is not such a number, the API's
 * decides.
 */
bool api_version_is_direct(struct str engine_version, struct api_version api);

#endif
