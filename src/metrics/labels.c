#include "metrics/labels.h"

#include <fnmatch.h>
#include <string.h>

/* A key that some container on the page has. */
struct key {
    struct str key;
    struct str name; /* of its label; empty: not exported */
};

/* In byte order, each once. */
struct keys {
    struct key *at;
    size_t n;
    size_t cap;
};

static bool is_name_char(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

bool labels_valid_name(struct str s, bool metric) {
    for (size_t i = 0; i < s.len; i++) {
        if (!is_name_char(s.ptr[i], i == 0) && !(metric && s.ptr[i] == ':')) {
            return false;
        }
    }
    return s.len > 0;
}

/* How many of a container's keys are not yet there; both sides are in byte order. */
static size_t count_new(const struct keys *keys, const struct container_facts *facts) {
    size_t n = 0;
    size_t at = 0;
    for (size_t i = 0; i < facts->n_labels; i++) {
        int order = 1;
        while (at < keys->n && (order = str_cmp(keys->at[at].key, facts->labels[i].key)) < 0) {
            at++;
        }
        n += at == keys->n || order != 0;
    }
    return n;
}

static bool make_room(struct keys *keys, size_t more, struct arena *arena) {
    if (keys->n + more <= keys->cap) {
        return true;
    }
    size_t cap = (keys->n + more) * 2;
    struct key *grown = arena_array(arena, cap, sizeof(*grown));
    if (!grown) {
        return false;
    }
    if (keys->n) {
        memcpy(grown, keys->at, keys->n * sizeof(*grown));
    }
    keys->at = grown;
    keys->cap = cap;
    return true;
}

/* Merges from the back, so that nothing is moved twice; `more` keys are new and there is room. */
static void merge(struct keys *keys, const struct container_facts *facts, size_t more) {
    size_t old = keys->n;
    size_t to = keys->n + more;
    keys->n = to;
    for (size_t i = facts->n_labels; to > old && i-- > 0;) {
        struct str key = facts->labels[i].key;
        while (old > 0 && str_cmp(keys->at[old - 1].key, key) > 0) {
            keys->at[--to] = keys->at[--old];
        }
        if (old == 0 || str_cmp(keys->at[old - 1].key, key) < 0) {
            keys->at[--to] = (struct key){.key = key};
        }
    }
}

/* All keys of all containers; false when memory is out. */
static bool collect(struct keys *keys, const struct reading *readings, size_t n,
                    struct arena *arena) {
    for (size_t i = 0; i < n; i++) {
        const struct container_facts *facts = &readings[i].container->facts;
        size_t more = count_new(keys, facts);
        if (more && !make_room(keys, more, arena)) {
            return false;
        }
        if (more) {
            merge(keys, facts, more);
        }
    }
    return true;
}

/* fnmatch() needs a NUL behind the key; what is too long for a name is not worth matching. */
static bool is_allowed(const struct label_rules *rules, struct str key) {
    char text[LABEL_KEY_MAX + 1];
    size_t len = key.len < LABEL_KEY_MAX ? key.len : LABEL_KEY_MAX;
    memcpy(text, key.ptr, len);
    text[len] = '\0';
    for (size_t i = 0; i < rules->n_patterns; i++) {
        if (str_eq(rules->patterns[i], key) || fnmatch(rules->patterns[i].ptr, text, 0) == 0) {
            return true;
        }
    }
    return false;
}

/* The key with every character outside [a-zA-Z0-9_] as "_", behind the prefix. */
static struct str name_of_key(struct str key, struct arena *arena) {
    struct str prefix = STR(CONTAINER_LABEL_PREFIX);
    char *name = arena_alloc(arena, prefix.len + key.len);
    if (!name) {
        return (struct str){.ptr = NULL, .len = 0};
    }
    memcpy(name, prefix.ptr, prefix.len);
    size_t len = prefix.len;
    for (size_t at = 0; at < key.len;) {
        size_t width = str_utf8_len(key, at);
        name[len++] = (char)(is_name_char(key.ptr[at], false) ? key.ptr[at] : '_');
        at += width ? width : 1;
    }
    return (struct str){.ptr = name, .len = len};
}

static bool is_taken(const struct key *columns, size_t n, struct str name) {
    for (size_t i = 0; i < n; i++) {
        if (str_eq(columns[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Keeps the keys that are exported, with their names; false when memory is out. */
static bool choose(struct keys *keys, const struct label_rules *rules, struct arena *arena,
                   size_t *ret_left_out) {
    size_t kept = 0;
    size_t left_out = 0;
    for (size_t i = 0; i < keys->n; i++) {
        struct key column = keys->at[i];
        if (column.key.len == 0 || !is_allowed(rules, column.key)) {
            continue;
        }
        if (column.key.len > LABEL_KEY_MAX || kept == LABEL_COLUMNS_MAX) {
            left_out++;
            continue;
        }
        column.name = name_of_key(column.key, arena);
        if (column.name.len == 0) {
            return false;
        }
        if (is_taken(keys->at, kept, column.name)) {
            left_out++;
        } else {
            keys->at[kept++] = column;
        }
    }
    keys->n = kept;
    *ret_left_out = left_out;
    return true;
}

/* Fills one container's set; the columns and its labels are both in byte order. */
static void fill(struct label *to, const struct label_rules *rules, const struct keys *columns,
                 const struct reading *reading, struct arena *arena) {
    const struct container_facts *facts = &reading->container->facts;
    for (size_t i = 0; i < rules->n_base; i++) {
        *to++ = (struct label){.name = str_of(rules->base[i].name),
                               .value = rules->base[i].value(reading, arena)};
    }
    size_t at = 0;
    for (size_t i = 0; i < columns->n; i++) {
        int order = 1;
        while (at < facts->n_labels &&
               (order = str_cmp(facts->labels[at].key, columns->at[i].key)) < 0) {
            at++;
        }
        bool has = at < facts->n_labels && order == 0;
        *to++ = (struct label){.name = columns->at[i].name,
                               .value = has ? facts->labels[at].value : STR("")};
    }
    if (rules->n_globals) {
        memcpy(to, rules->globals, rules->n_globals * sizeof(*to));
    }
}

struct labelset *labels_build(const struct label_rules *rules, const struct reading *readings,
                              size_t n, struct arena *arena, size_t *ret_left_out) {
    struct keys columns = {.at = NULL};
    size_t left_out = 0;
    if (rules->n_patterns &&
        (!collect(&columns, readings, n, arena) || !choose(&columns, rules, arena, &left_out))) {
        return NULL;
    }
    size_t each = rules->n_base + columns.n + rules->n_globals;
    struct labelset *sets = arena_array(arena, n ? n : 1, sizeof(*sets));
    struct label *labels = arena_array(arena, n ? n : 1, each * sizeof(*labels));
    if (!sets || !labels) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        sets[i] = (struct labelset){.labels = labels + i * each, .n = each};
        fill(labels + i * each, rules, &columns, &readings[i], arena);
    }
    *ret_left_out = left_out;
    return sets;
}
