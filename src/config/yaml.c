/*
 * The YAML file: bytes first (text, UTF-8), then one pass over libyaml's events for what must be
 * bounded (depth, aliases, events, documents), then its document tree against the option table.
 * Aliases share nodes of the tree and the table bounds the walk, so they cannot multiply.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h>

#include "base/cleanup.h"
#include "config/load.h"

#define FILE_MAX ((size_t)1024 * 1024)
#define DEPTH_MAX 16
#define ALIASES_MAX 64
#define EVENTS_MAX 20000
#define PATH_TEXT_MAX 200

struct walk {
    struct load *load;
    const char *file;
    struct str bytes;
    yaml_document_t *document;
    struct err *err;
};

/* Where we are in the tree: "server.tls". */
struct path {
    char text[PATH_TEXT_MAX];
    size_t len;
};

static struct config_origin origin_at(const struct walk *w, size_t line) {
    return (struct config_origin){.layer = LAYER_FILE, .where = w->file, .line = (unsigned)line};
}

/* -EINVAL with "file:line: what". */
static int wrong(const struct walk *w, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int wrong(const struct walk *w, size_t line, const char *fmt, ...) {
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    err_set(w->err, -EINVAL, "%s", text);
    struct config_origin origin = origin_at(w, line);
    return origin_wrap(&origin, w->err);
}

/* The line, from 1, of a byte. */
static size_t line_of(struct str bytes, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at && i < bytes.len; i++) {
        line += bytes.ptr[i] == '\n';
    }
    return line;
}

/* Text only: UTF-8 without control characters. */
static int check_bytes(const struct walk *w) {
    if (w->bytes.len > FILE_MAX) {
        return wrong(w, 0, "larger than 1 MiB; this is no configuration file");
    }
    for (size_t at = 0, len = 0; at < w->bytes.len; at += len) {
        len = str_utf8_len(w->bytes, at);
        unsigned char c = (unsigned char)w->bytes.ptr[at];
        if (len == 0) {
            return wrong(w, line_of(w->bytes, at), "byte 0x%02X is not UTF-8; this is no text file",
                         c);
        }
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
            return wrong(w, line_of(w->bytes, at), "control character 0x%02X; this is no text file",
                         c);
        }
    }
    return 0;
}

/* Whether tabs stand in a line's indentation. */
static bool indented_by_tab(struct str bytes, size_t line) {
    struct str rest = bytes;
    struct str text = STR("");
    for (size_t i = 0; i < line && str_split(&rest, '\n', &text); i++) {
    }
    for (size_t i = 0; i < text.len && (text.ptr[i] == ' ' || text.ptr[i] == '\t'); i++) {
        if (text.ptr[i] == '\t') {
            return true;
        }
    }
    return false;
}

/* libyaml's complaint as an error. */
static int not_yaml(const struct walk *w, const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR) {
        return err_set(w->err, -ENOMEM, "%s: out of memory", w->file);
    }
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_READER_ERROR) {
        return wrong(w, line_of(w->bytes, parser->problem_offset), "%s", problem);
    }
    size_t line = parser->problem_mark.line + 1;
    if (indented_by_tab(w->bytes, line)) {
        return wrong(w, line, "a tab in the indentation; YAML wants spaces");
    }
    return wrong(w, line, "not YAML: %s%s%s", problem, parser->context ? " " : "",
                 parser->context ? parser->context : "");
}

/* What the scan counts. */
struct scan {
    size_t depth, aliases, events, documents;
};

/* Counts one event against the limits. */
static int count_event(const struct walk *w, struct scan *scan, const yaml_event_t *event) {
    size_t line = event->start_mark.line + 1;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        scan->documents++;
        break;
    case YAML_ALIAS_EVENT:
        scan->aliases++;
        break;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        scan->depth++;
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        scan->depth--;
        break;
    default:
        break;
    }
    if (scan->documents > 1) {
        return wrong(w, line, "a second document; one file holds one configuration");
    }
    if (scan->aliases > ALIASES_MAX) {
        return wrong(w, line, "more than %d aliases", ALIASES_MAX);
    }
    if (scan->depth > DEPTH_MAX) {
        return wrong(w, line, "nested more than %d levels deep", DEPTH_MAX);
    }
    if (++scan->events > EVENTS_MAX) {
        return wrong(w, line, "more than %d entries; this is no configuration file", EVENTS_MAX);
    }
    return 0;
}

static void set_input(yaml_parser_t *parser, struct str bytes) {
    static const unsigned char none[1] = {0};
    const unsigned char *input = bytes.ptr ? (const unsigned char *)bytes.ptr : none;
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, input, bytes.len);
}

/* One pass over the events, so that the tree that is built next is bounded. */
static int scan(const struct walk *w, yaml_parser_t *parser) {
    struct scan state = {.depth = 0};
    bool more = true;
    int r = 0;
    while (!r && more) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            return not_yaml(w, parser);
        }
        r = count_event(w, &state, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return r;
}

static struct str scalar_of(const yaml_node_t *node) {
    return (struct str){.ptr = (const char *)node->data.scalar.value,
                        .len = node->data.scalar.length};
}

/* "key:", "key: ~", "key: null": as if the key were not there. */
static bool is_null(const yaml_node_t *node) {
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        return false;
    }
    struct str text = scalar_of(node);
    return text.len == 0 || str_eq(text, STR("~")) || str_eq_nocase(text, STR("null"));
}

static const char *kind_of(const yaml_node_t *node) {
    return node->type == YAML_MAPPING_NODE    ? "a group"
           : node->type == YAML_SEQUENCE_NODE ? "a list"
                                              : "a single value";
}

static yaml_node_t *node_at(const struct walk *w, int index) {
    return yaml_document_get_node(w->document, index);
}

static size_t line_at(const yaml_node_t *node) {
    return node->start_mark.line + 1;
}

/* Reads the items of a sequence. */
static int read_list(const struct walk *w, const yaml_node_t *node, struct str_list *ret) {
    struct arena *arena = &w->load->config->arena;
    const yaml_node_item_t *item = node->data.sequence.items.start;
    struct str_list list = {.n = 0};
    int r = 0;
    for (; !r && item < node->data.sequence.items.top; item++) {
        const yaml_node_t *child = node_at(w, *item);
        struct str text = STR("");
        if (child->type != YAML_SCALAR_NODE) {
            return err_set(w->err, -EINVAL, "item %zu is %s, not text", list.n + 1, kind_of(child));
        }
        r = value_copy_text(scalar_of(child), false, arena, &text, w->err);
        if (r) {
            return err_wrap(w->err, "item %zu", list.n + 1);
        }
        r = value_add_item(&list, text, arena, w->err);
    }
    if (!r) {
        *ret = list;
    }
    return r;
}

/* Reads the pairs of a mapping. */
static int read_pairs(const struct walk *w, const yaml_node_t *node, struct pair_list *ret) {
    struct arena *arena = &w->load->config->arena;
    const yaml_node_pair_t *at = node->data.mapping.pairs.start;
    struct pair_list pairs = {.n = 0};
    int r = 0;
    for (; !r && at < node->data.mapping.pairs.top; at++) {
        const yaml_node_t *key = node_at(w, at->key);
        const yaml_node_t *value = node_at(w, at->value);
        struct str_pair pair = {.key = STR("")};
        if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE) {
            return err_set(w->err, -EINVAL, "pair %zu is not a name and a text", pairs.n + 1);
        }
        r = value_copy_text(scalar_of(key), false, arena, &pair.key, w->err);
        r = r ? r : value_copy_text(scalar_of(value), true, arena, &pair.value, w->err);
        r = r ? r : value_add_pair(&pairs, pair, arena, w->err);
    }
    if (!r) {
        *ret = pairs;
    }
    return r;
}

/* An option's value, of whatever type it must be. */
static int take_option(const struct walk *w, const struct option *o, const yaml_node_t *node,
                       size_t line) {
    yaml_node_type_t right = o->type == OPTION_LIST    ? YAML_SEQUENCE_NODE
                             : o->type == OPTION_PAIRS ? YAML_MAPPING_NODE
                                                       : YAML_SCALAR_NODE;
    struct config_origin origin = origin_at(w, line);
    struct value value = {.on = false};
    if (is_null(node)) {
        return 0;
    }
    if (node->type != right) {
        struct buf expected CLEANUP_BUF = BUF_INIT;
        value_expected(o, &expected);
        return wrong(w, line, "%s: %s where %s is expected", o->name, kind_of(node),
                     buf_cstr(&expected));
    }
    if (right == YAML_SCALAR_NODE) {
        return load_text(w->load, o, scalar_of(node), &origin, w->err);
    }
    int r = o->type == OPTION_LIST ? read_list(w, node, &value.list)
                                   : read_pairs(w, node, &value.pairs);
    r = r ? r : value_choose_items(o, &value.list, w->err);
    if (r) {
        err_wrap(w->err, "%s", o->name);
        return origin_wrap(&origin, w->err);
    }
    return load_put(w->load, o, &value, &origin, w->err);
}

static int unknown(const struct walk *w, const struct path *path, size_t line) {
    char buf[OPTION_ENV_MAX];
    const char *nearest =
        option_nearest_path((struct str){.ptr = path->text, .len = path->len}, buf);
    return wrong(w, line, "%s: unknown option%s%s%s", path->text, nearest ? "; did you mean " : "",
                 nearest ? nearest : "", nearest ? "?" : "");
}

/* Appends a key; control characters become '?', what does not fit is cut. */
static void path_push(struct path *path, struct str key) {
    if (path->len && path->len + 1 < PATH_TEXT_MAX) {
        path->text[path->len++] = '.';
    }
    for (size_t i = 0; i < key.len && path->len + 1 < PATH_TEXT_MAX; i++) {
        unsigned char c = (unsigned char)key.ptr[i];
        path->text[path->len++] = (char)(c < 0x20 || c == 0x7F ? '?' : c);
    }
    path->text[path->len] = '\0';
}

static int take_group(const struct walk *w, const struct path *path, const yaml_node_t *node);

/* A key and its value: an option, a name that does nothing here, or a group. */
static int take_pair(const struct walk *w, const struct path *path, const yaml_node_t *value,
                     size_t line) {
    struct str name = {.ptr = path->text, .len = path->len};
    const struct option *o = option_find(name);
    const struct legacy *row = legacy_find_yaml(name);
    if (o) {
        return take_option(w, o, value, line);
    }
    if (row && row->kind == LEGACY_REFUSED && value->type == YAML_SCALAR_NODE &&
        (is_null(value) || legacy_is_off(row, scalar_of(value)))) {
        return 0;
    }
    if (row) {
        struct config_origin origin = origin_at(w, line);
        return load_legacy(w->load, row, row->name, &origin, w->err);
    }
    if (!option_is_group(name) && !legacy_is_group(name)) {
        return unknown(w, path, line);
    }
    if (is_null(value)) {
        return 0;
    }
    if (value->type != YAML_MAPPING_NODE) {
        return wrong(w, line, "%s: %s where a group of options is expected", path->text,
                     kind_of(value));
    }
    return take_group(w, path, value);
}

/* The line of an earlier pair with the same key, or 0. */
static size_t line_of_twin(const struct walk *w, const yaml_node_t *group,
                           const yaml_node_pair_t *pair) {
    const yaml_node_pair_t *at = group->data.mapping.pairs.start;
    struct str key = scalar_of(node_at(w, pair->key));
    for (; at < pair; at++) {
        const yaml_node_t *other = node_at(w, at->key);
        if (other->type == YAML_SCALAR_NODE && str_eq(scalar_of(other), key)) {
            return line_at(other);
        }
    }
    return 0;
}

/* The pairs of a mapping, one after the other; recursion ends with the table's paths. */
static int take_group(const struct walk *w, const struct path *path, const yaml_node_t *node) {
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    int r = 0;
    for (; !r && pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(w, pair->key);
        if (key->type != YAML_SCALAR_NODE) {
            return wrong(w, line_at(key), "%s where an option's name is expected", kind_of(key));
        }
        struct path below = *path;
        path_push(&below, scalar_of(key));
        size_t twin = line_of_twin(w, node, pair);
        if (twin) {
            return wrong(w, line_at(key), "%s: given twice; first in line %zu", below.text, twin);
        }
        if (str_find(scalar_of(key), '.', 0) < scalar_of(key).len) {
            return wrong(w, line_at(key), "%s: a dot in a key; write one key below the other",
                         below.text);
        }
        r = take_pair(w, &below, node_at(w, pair->value), line_at(key));
    }
    return r;
}

static int take_document(struct walk *w, yaml_parser_t *parser) {
    yaml_document_t document;
    if (!yaml_parser_load(parser, &document)) {
        return not_yaml(w, parser);
    }
    w->document = &document;
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    struct path path = {.len = 0};
    int r = 0;
    if (root && !is_null(root)) {
        r = root->type == YAML_MAPPING_NODE
                ? take_group(w, &path, root)
                : wrong(w, line_at(root), "%s where groups of options are expected", kind_of(root));
    }
    yaml_document_delete(&document);
    w->document = NULL;
    return r;
}

/* Runs one pass with a parser of its own. */
static int with_parser(struct walk *w, bool tree) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return err_set(w->err, -ENOMEM, "%s: out of memory", w->file);
    }
    set_input(&parser, w->bytes);
    int r = tree ? take_document(w, &parser) : scan(w, &parser);
    yaml_parser_delete(&parser);
    return r;
}

/* Editors on Windows put a byte order mark in front; libyaml takes it for a first column. */
static struct str without_mark(struct str bytes) {
    const struct str mark = STR("\xEF\xBB\xBF");
    return str_starts(bytes, mark) ? str_sub(bytes, mark.len, bytes.len - mark.len) : bytes;
}

int yaml_load(struct load *load, struct str bytes, const char *name, struct err *err) {
    struct walk w = {.load = load, .file = name, .bytes = without_mark(bytes), .err = err};
    int r = check_bytes(&w);
    r = r ? r : with_parser(&w, false);
    return r ? r : with_parser(&w, true);
}

/* -EINVAL with the system's reason. */
static int unreadable(const char *path, struct err *err) {
    err_sys(err, -errno, "%s: cannot be read", path);
    err->code = -EINVAL;
    return err->code;
}

/* Reads up to one byte more than is allowed, so that yaml_load() refuses a larger file. */
static int read_file(int fd, const char *path, struct buf *bytes, struct err *err) {
    while (bytes->len <= FILE_MAX) {
        char *to = buf_reserve(bytes, 65536);
        ssize_t n = to ? read(fd, to, 65536) : -1;
        if (!to) {
            return err_set(err, -ENOMEM, "%s: out of memory", path);
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return unreadable(path, err);
        }
        if (n == 0) {
            return 0;
        }
        bytes->len += (size_t)n;
    }
    return 0;
}

int yaml_load_file(struct load *load, const char *path, struct err *err) {
    struct buf bytes CLEANUP_BUF = BUF_INIT;
    struct stat st;
    /* A pipe that stands there now must not be waited for. */
    int wait = load->again ? O_NONBLOCK : 0;
    int fd CLEANUP_FD = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | wait);
    if (fd < 0) {
        return unreadable(path, err);
    }
    bool known = fstat(fd, &st) == 0;
    if (known && S_ISDIR(st.st_mode)) {
        return err_set(err, -EINVAL, "%s: is a directory, not a configuration file", path);
    }
    if (load->again && (!known || !S_ISREG(st.st_mode))) {
        return err_set(err, -EINVAL, "%s: is not a plain file, so it cannot be read again", path);
    }
    int r = read_file(fd, path, &bytes, err);
    return r ? r : yaml_load(load, buf_view(&bytes), path, err);
}
