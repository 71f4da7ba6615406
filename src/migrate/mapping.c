#include "migrate/mapping.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/outline.h"

/* The keys of a mapping; the default one has the first two. */
static const char *const keys[] = {"warning_keywords", "error_keywords", "container_keywords",
                                   "messages_to_ignore_errors"};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))
#define N_DEFAULT_KEYS 2

struct check {
    struct migration *m;
    struct outline outline;
    struct arena arena;
};

static void mistake(struct check *c, const struct outline_node *node, struct str where,
                    const char *what) {
    struct spot spot = {.line = outline_line(&c->outline, node->text), .where = where};
    migration_mistake(c->m, &spot, "%s", what);
}

/* A list of texts. */
static void check_words(struct check *c, const struct outline_node *list, struct str where) {
    if (list->kind != OUTLINE_ARRAY) {
        mistake(c, list, where, "is no list of texts");
        return;
    }
    for (const struct outline_node *at = list->first; at; at = at->next) {
        struct str word = outline_str(at, &c->arena);
        if (!word.len) {
            mistake(c, at, where, word.ptr ? "an empty text is in every line" : "is no text");
        }
    }
}

/* An object with lists under the first n keys. */
static void check_mapping(struct check *c, const struct outline_node *mapping, size_t n) {
    if (mapping->kind != OUTLINE_OBJECT) {
        mistake(c, mapping, STR("mapping"), "is no object");
        return;
    }
    for (const struct outline_node *at = mapping->first; at; at = at->next) {
        struct str key = outline_key(at, &c->arena);
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            known |= str_eq(key, str_of(keys[i]));
        }
        if (known) {
            check_words(c, at, key);
        } else {
            mistake(c, at, key, "is no key of a mapping; Container-Metrics ignored it too");
        }
    }
    if (n == N_KEYS && !outline_get(mapping, "container_keywords")) {
        mistake(c, mapping, STR("mapping"), "has no container_keywords");
    }
}

static void check_root(struct check *c) {
    const struct outline_node *root = c->outline.nodes;
    for (const struct outline_node *at = root->first; at; at = at->next) {
        struct str key = outline_key(at, &c->arena);
        if (str_eq(key, STR("default_mapping"))) {
            check_mapping(c, at, N_DEFAULT_KEYS);
        } else if (str_eq(key, STR("mappings")) && at->kind == OUTLINE_ARRAY) {
            for (const struct outline_node *item = at->first; item; item = item->next) {
                check_mapping(c, item, N_KEYS);
            }
        } else {
            mistake(c, at, key, "is neither default_mapping nor a list of mappings");
        }
    }
    if (!outline_get(root, "default_mapping")) {
        mistake(c, root, STR("default_mapping"), "is missing");
    }
}

int mapping_migrate(struct migration *m, struct str bytes, struct buf *out, struct err *err) {
    struct check c = {.m = m, .outline = OUTLINE_INIT, .arena = ARENA_INIT};
    struct spot nowhere = {.line = 0};
    int r = outline_parse(bytes, &c.outline, err);
    if (!r) {
        check_root(&c);
        r = migration_check(m, err);
    }
    if (!r) {
        migration_say(m, REMARK_SAME, &nowhere,
                      "the mapping of log levels is right; Dockmeter reads it once it counts log "
                      "lines, which comes with a later version");
        buf_str(out, bytes);
    }
    arena_done(&c.arena);
    outline_done(&c.outline);
    return r;
}
