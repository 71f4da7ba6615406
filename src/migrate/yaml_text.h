/*
 * A YAML text with the place of every node, so that scalars can be changed where they stand and
 * everything else (comments, layout, quotes) stays byte for byte. libyaml reads it; its marks count
 * characters and give what stands before a scalar (anchor, tag) and behind a group to the node, so
 * places are worked out here in bytes.
 *
 *   - alert: &a "High"   # x          node "High": from ─► `"High"`, without the anchor
 *
 * Only the first document is read; *more says where another begins.
 *
 * Limits: 64 levels, 200,000 scalars and groups (each costs up to 300 bytes), 1,000 aliases.
 */
#ifndef DOCKMETER_MIGRATE_YAML_TEXT_H
#define DOCKMETER_MIGRATE_YAML_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct yaml_place {
    size_t from, end; /* in bytes, without anchor and tag; a group's end is its last node's,
                         a block's (|, >) that of its last line */
    bool flow;        /* between brackets */
};

struct yaml_text {
    struct str source;
    yaml_document_t document;
    bool loaded;
    struct yaml_place *places; /* by the node's number less 1 */
    int n;
    size_t more; /* the line of a second document, or 0 */
};

#define YAML_TEXT_INIT                                                                             \
    { .loaded = false, .places = NULL }
#define CLEANUP_YAML_TEXT CLEANUP(yaml_text_done)

/* -EINVAL with "line: what is wrong" (0 lines: without), -EFBIG beyond a limit, -ENOMEM. An empty
   document has no nodes. */
MUST_USE int yaml_text_parse(struct str bytes, struct yaml_text *ret, struct err *err);

void yaml_text_done(struct yaml_text *text);

/* The root, or NULL. Nodes are named by their numbers; 0 is none. */
int yaml_root(const struct yaml_text *text);
const yaml_node_t *yaml_node(const struct yaml_text *text, int number);
const struct yaml_place *yaml_place(const struct yaml_text *text, int number);
size_t yaml_line(const struct yaml_text *text, int number);

/* A scalar's value; a NULL pointer for any other node. */
struct str yaml_value(const struct yaml_text *text, int number);
bool yaml_is(const struct yaml_text *text, int number, yaml_node_type_t type);

/* The value under a key of a mapping, 0 when there is none or it is no mapping; and the key. */
int yaml_get(const struct yaml_text *text, int mapping, const char *key);
int yaml_get_key(const struct yaml_text *text, int mapping, const char *key);

/* The i-th pair's key and value, the i-th item; 0 at the end, or of another kind of node. */
int yaml_key_at(const struct yaml_text *text, int mapping, size_t i);
int yaml_value_at(const struct yaml_text *text, int mapping, size_t i);
int yaml_item_at(const struct yaml_text *text, int sequence, size_t i);

#endif
