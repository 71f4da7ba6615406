/*
 * A JSON document from outside, made safe before it is parsed. Pure.
 *
 *   bytes ─► one look: depth, values, large numbers, UTF-8 ─► a repaired copy if needed ─► jansson
 *
 * Repaired, since jansson would otherwise refuse a whole document for one field: bytes that are not
 * UTF-8 and lone surrogates become U+FFFD, NUL in an object's key too (in a value it is kept),
 * numbers that fit neither int64 nor double become null, thus unknown.
 *
 * Not repaired: anything else that is not JSON.
 */
#ifndef DOCKMETER_ENGINE_DOCUMENT_H
#define DOCKMETER_ENGINE_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#define DOCUMENT_DEPTH_MAX 64
#define DOCUMENT_VALUES_MAX 200000 /* each costs up to 250 bytes while parsed */

static inline void document_done(json_t **root) {
    json_decref(*root);
}
#define CLEANUP_JSON CLEANUP(document_done)

/* Parses an array or object; json_decref() frees. -EPROTO: not JSON; -EFBIG: beyond a limit;
 * -ENOMEM. */
MUST_USE int document_parse(struct str bytes, json_t **ret, struct err *err);

/* The same for a document that must be an object: -EPROTO when it is another. */
MUST_USE int document_object(struct str bytes, json_t **ret, struct err *err);

/*
 * Walks the elements of a top-level array without parsing the whole: *rest begins as the document
 * and moves on. 1 with *ret the element's bytes, 0 at the proper end, -EPROTO when it is no array
 * or ends early. An element is complete in its brackets and strings, not necessarily JSON.
 */
MUST_USE int document_next(struct str *rest, struct str *ret, struct err *err);

/*
 * The same for the members of a top-level object: 1 with the key's bytes between its quotes, as
 * they are written, and those of the value.
 */
MUST_USE int document_member(struct str *rest, struct str *ret_key, struct str *ret_value,
                             struct err *err);

/* Fields of an object; o may be NULL or anything else, then the field is absent. */

/* The string's bytes (NULs and all), or an empty view with a NULL pointer. Lives as long as o. */
struct str document_str(const json_t *o, const char *key);
/* An integer of 0 to INT64_MAX. */
bool document_u64(const json_t *o, const char *key, uint64_t *ret);
bool document_i64(const json_t *o, const char *key, int64_t *ret);
bool document_true(const json_t *o, const char *key);

#endif
