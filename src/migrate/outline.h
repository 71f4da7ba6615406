/*
 * The outline of a JSON text: which values it has and where each stands, so that strings can be
 * changed in place and everything else (numbers as they are written, order, layout) stays. jansson
 * says whether it is JSON and what a string means; it does not tell places, hence this.
 *
 *   {"a": [1, "x"]}     object ─first─► array (key "a") ─first─► other "1" ─next─► string "x"
 *
 * Nodes are views of the source, which must outlive the outline.
 *
 * Limits: 128 levels, 400,000 values (each costs some 350 bytes while it is read).
 */
#ifndef DOCKMETER_MIGRATE_OUTLINE_H
#define DOCKMETER_MIGRATE_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum outline_kind { OUTLINE_OBJECT, OUTLINE_ARRAY, OUTLINE_STRING, OUTLINE_OTHER };

struct outline_node {
    enum outline_kind kind;
    struct str text; /* in the source, a string with its quotes */
    struct str key;  /* the same of its key; empty where the parent is no object */
    const struct outline_node *parent, *first, *next;
};

struct outline {
    struct str source;
    struct outline_node *nodes; /* the root is the first */
    size_t n;
    size_t line_at, line; /* the place asked for last, and the lines before it */
};

#define OUTLINE_INIT                                                                               \
    { .nodes = NULL, .n = 0 }
#define CLEANUP_OUTLINE CLEANUP(outline_done)

/* Reads a whole text; outline_done() frees. -EINVAL with "line:column: what is wrong" where it is
   not JSON (keys given twice included), -EFBIG beyond a limit, -ENOMEM. */
MUST_USE int outline_parse(struct str bytes, struct outline *ret, struct err *err);

void outline_done(struct outline *outline);

/* The member of an object, or NULL; `of` may be NULL or no object. Keys are compared as written,
   which those that programs write are. */
const struct outline_node *outline_get(const struct outline_node *of, const char *key);

/* What a string or key means, in the arena; a NULL pointer for anything else. */
struct str outline_str(const struct outline_node *node, struct arena *arena);
struct str outline_key(const struct outline_node *node, struct arena *arena);

/* The member's string in short: outline_str(outline_get(of, key), arena). */
struct str outline_member(const struct outline_node *of, const char *key, struct arena *arena);

/* Where a view of the source stands: its offset, and its line from 1; asking in the text's order is
   cheap. */
size_t outline_at(const struct outline *outline, struct str text);
size_t outline_line(struct outline *outline, struct str text);

#endif
