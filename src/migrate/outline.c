#include "migrate/outline.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>

#include "base/cleanup.h"

#define DEPTH_MAX 128
#define VALUES_MAX 400000

/* Where the building is; the text is known to be JSON. */
struct build {
    struct outline *outline;
    size_t at;
    struct str key;
    struct outline_node *open; /* the object or array that we are in */
    struct outline_node *last; /* in it, or NULL */
};

void outline_done(struct outline *outline) {
    free(outline->nodes);
    *outline = (struct outline)OUTLINE_INIT;
}

/* Behind the string that starts here; the end where it is not closed. */
static size_t string_end(struct str s, size_t at) {
    for (at++; at < s.len && s.ptr[at] != '"'; at++) {
        at += s.ptr[at] == '\\';
    }
    return at < s.len ? at + 1 : s.len;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bounds depth and values before jansson spends memory on them; *ret_values at least counts all. */
static int measure(struct str s, size_t *ret_values, struct err *err) {
    size_t depth = 0;
    size_t values = 1;
    for (size_t at = 0; at < s.len; at++) {
        char c = s.ptr[at];
        bool opens = c == '{' || c == '[';
        if (c == '"') {
            at = string_end(s, at) - 1;
        }
        depth += opens;
        depth -= depth && (c == '}' || c == ']');
        values += opens || c == ',';
        if (depth > DEPTH_MAX) {
            return err_set(err, -EFBIG, "nested deeper than %d levels", DEPTH_MAX);
        }
        if (values > VALUES_MAX) {
            return err_set(err, -EFBIG, "more than %d values", VALUES_MAX);
        }
    }
    *ret_values = values;
    return 0;
}

/* -EINVAL with jansson's words. */
static int check(struct str bytes, struct err *err) {
    json_error_t error;
    size_t flags =
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
    json_t *root = json_loadb(bytes.ptr ? bytes.ptr : "", bytes.len, flags, &error);
    if (root) {
        json_decref(root);
        return 0;
    }
    if (json_error_code(&error) == json_error_out_of_memory) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return err_set(err, -EINVAL, "%d:%d: %s", error.line, error.column, error.text);
}

static void add(struct build *b, enum outline_kind kind, size_t end) {
    struct outline_node *node = &b->outline->nodes[b->outline->n++];
    *node = (struct outline_node){.kind = kind,
                                  .text = str_sub(b->outline->source, b->at, end - b->at),
                                  .key = b->key,
                                  .parent = b->open};
    if (b->last) {
        b->last->next = node;
    } else if (b->open) {
        b->open->first = node;
    }
    b->key = STR("");
    b->last = node;
    b->at = end;
}

/* The bracket that closes what is open. */
static void leave(struct build *b) {
    struct outline_node *closed = b->open;
    assert(closed);
    b->at++;
    closed->text.len = (size_t)(b->outline->source.ptr + b->at - closed->text.ptr);
    b->last = closed;
    b->open = closed->parent ? &b->outline->nodes[closed->parent - b->outline->nodes] : NULL;
}

/* A string: a key when it stands where one must. */
static void take_string(struct build *b) {
    struct str s = b->outline->source;
    size_t end = string_end(s, b->at);
    if (b->open && b->open->kind == OUTLINE_OBJECT && !b->key.len) {
        b->key = str_sub(s, b->at, end - b->at);
        b->at = end;
    } else {
        add(b, OUTLINE_STRING, end);
    }
}

/* A number or a word. */
static void take_other(struct build *b) {
    struct str s = b->outline->source;
    size_t end = b->at;
    while (end < s.len && !is_blank(s.ptr[end]) && !strchr(",]}", s.ptr[end])) {
        end++;
    }
    add(b, OUTLINE_OTHER, end);
}

static void take(struct build *b) {
    char c = b->outline->source.ptr[b->at];
    if (is_blank(c) || c == ',' || c == ':') {
        b->at++;
    } else if (c == '}' || c == ']') {
        leave(b);
    } else if (c == '"') {
        take_string(b);
    } else if (c == '{' || c == '[') {
        add(b, c == '{' ? OUTLINE_OBJECT : OUTLINE_ARRAY, b->at + 1);
        b->open = b->last;
        b->last = NULL;
    } else {
        take_other(b);
    }
}

int outline_parse(struct str bytes, struct outline *ret, struct err *err) {
    size_t values = 0;
    int r = measure(bytes, &values, err);
    r = r ? r : check(bytes, err);
    if (r) {
        return r;
    }
    struct outline outline = {.source = bytes, .nodes = calloc(values, sizeof(*outline.nodes))};
    if (!outline.nodes) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    struct build build = {.outline = &outline};
    while (build.at < bytes.len) {
        take(&build);
    }
    *ret = outline;
    return 0;
}

const struct outline_node *outline_get(const struct outline_node *of, const char *key) {
    struct str name = str_of(key);
    const struct outline_node *at = of && of->kind == OUTLINE_OBJECT ? of->first : NULL;
    for (; at; at = at->next) {
        if (at->key.len == name.len + 2 && str_eq(str_sub(at->key, 1, name.len), name)) {
            return at;
        }
    }
    return NULL;
}

/* What a string with its quotes means. */
static struct str decode(struct str quoted, struct arena *arena) {
    struct str inside = str_sub(quoted, 1, quoted.len - 2);
    if (str_find(inside, '\\', 0) == inside.len) {
        return inside;
    }
    json_t *string = json_loadb(quoted.ptr, quoted.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct str text = {.ptr = json_string_value(string), .len = json_string_length(string)};
    text = arena_str(arena, text);
    json_decref(string);
    return text;
}

struct str outline_str(const struct outline_node *node, struct arena *arena) {
    if (!node || node->kind != OUTLINE_STRING) {
        return (struct str){.ptr = NULL};
    }
    return decode(node->text, arena);
}

struct str outline_key(const struct outline_node *node, struct arena *arena) {
    return node && node->key.len ? decode(node->key, arena) : (struct str){.ptr = NULL};
}

struct str outline_member(const struct outline_node *of, const char *key, struct arena *arena) {
    return outline_str(outline_get(of, key), arena);
}

size_t outline_at(const struct outline *outline, struct str text) {
    return (size_t)(text.ptr - outline->source.ptr);
}

size_t outline_line(struct outline *outline, struct str text) {
    size_t to = outline_at(outline, text);
    if (to < outline->line_at) {
        outline->line_at = 0;
        outline->line = 0;
    }
    for (; outline->line_at < to; outline->line_at++) {
        outline->line += outline->source.ptr[outline->line_at] == '\n';
    }
    return outline->line + 1;
}
