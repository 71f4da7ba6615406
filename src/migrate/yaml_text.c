#include "migrate/yaml_text.h"

#include <errno.h>

#include "base/cleanup.h"

#define DEPTH_MAX 64
#define NODES_MAX 200000
#define ALIASES_MAX 1000

/* A place in the text as libyaml counts, and in bytes. */
struct cursor {
    size_t chars, bytes;
};

static void set_input(yaml_parser_t *parser, struct str bytes) {
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)(bytes.ptr ? bytes.ptr : ""),
                                 bytes.len);
}

/* libyaml's complaint. */
static int not_yaml(const yaml_parser_t *parser, struct err *err) {
    if (parser->error == YAML_MEMORY_ERROR) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return err_set(err, -EINVAL, "%zu: not YAML: %s%s%s", parser->problem_mark.line + 1,
                   parser->problem ? parser->problem : "unreadable", parser->context ? " " : "",
                   parser->context ? parser->context : "");
}

struct count {
    size_t depth, nodes, aliases, documents, more;
};

static int count_event(struct count *count, const yaml_event_t *event, struct err *err) {
    size_t line = event->start_mark.line + 1;
    bool opens =
        event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
    bool closes = event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
    count->documents += event->type == YAML_DOCUMENT_START_EVENT;
    count->aliases += event->type == YAML_ALIAS_EVENT;
    count->nodes += opens || event->type == YAML_SCALAR_EVENT;
    count->depth += opens;
    count->depth -= closes;
    if (count->documents == 2 && !count->more) {
        count->more = line;
    }
    if (count->depth > DEPTH_MAX) {
        return err_set(err, -EFBIG, "%zu: nested deeper than %d levels", line, DEPTH_MAX);
    }
    if (count->nodes > NODES_MAX) {
        return err_set(err, -EFBIG, "%zu: more than %d values", line, NODES_MAX);
    }
    if (count->aliases > ALIASES_MAX) {
        return err_set(err, -EFBIG, "%zu: more than %d aliases", line, ALIASES_MAX);
    }
    return 0;
}

/* One pass over all documents: is it YAML, and of what size. */
static int measure(struct str bytes, struct count *count, struct err *err) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    set_input(&parser, bytes);
    int r = 0;
    for (bool more = true; !r && more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            r = not_yaml(&parser, err);
            break;
        }
        r = count_event(count, &event, err);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return r;
}

static void move(struct cursor *c, struct str bytes, size_t chars) {
    for (; c->chars < chars && c->bytes < bytes.len; c->chars++) {
        size_t len = str_utf8_len(bytes, c->bytes);
        c->bytes += len ? len : 1;
    }
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind an anchor and a tag, where the node's own text begins. */
static size_t skip_properties(struct str s, size_t from, size_t end) {
    while (from < end && (s.ptr[from] == '&' || s.ptr[from] == '!')) {
        for (; from < end && !is_space(s.ptr[from]); from++) {
        }
        for (; from < end && is_space(s.ptr[from]); from++) {
        }
    }
    return from;
}

static bool is_block_scalar(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE &&
           (node->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
            node->data.scalar.style == YAML_FOLDED_SCALAR_STYLE);
}

/* The end of a block's last own line. libyaml's mark is behind the line's end, and behind the empty
   lines that follow, which are the block's own only where its head says so ("|+"). */
static size_t last_line_end(struct str s, size_t from, size_t end) {
    size_t head = str_find(s, '\n', from);
    bool keeps = str_find(str_sub(s, from, head - from), '+', 0) < head - from;
    while (end > head && s.ptr[end - 1] == '\n') {
        end--;
        end -= end > from && s.ptr[end - 1] == '\r';
        if (keeps) {
            break;
        }
    }
    return end;
}

/* Places of scalars and of bracketed groups are libyaml's marks; the nodes are in the text's
   order. */
static void place_nodes(struct yaml_text *text) {
    struct cursor start = {.chars = 0};
    for (int i = 0; i < text->n; i++) {
        const yaml_node_t *node = yaml_node(text, i + 1);
        struct yaml_place *place = &text->places[i];
        move(&start, text->source, node->start_mark.index);
        struct cursor end = start;
        bool block = (node->type == YAML_MAPPING_NODE &&
                      node->data.mapping.style != YAML_FLOW_MAPPING_STYLE) ||
                     (node->type == YAML_SEQUENCE_NODE &&
                      node->data.sequence.style != YAML_FLOW_SEQUENCE_STYLE);
        if (!block) {
            move(&end, text->source, node->end_mark.index);
        }
        place->from = block ? start.bytes : skip_properties(text->source, start.bytes, end.bytes);
        place->end =
            is_block_scalar(node) ? last_line_end(text->source, place->from, end.bytes) : end.bytes;
        place->flow |= !block && node->type != YAML_SCALAR_NODE;
    }
}

/* What a child (of a higher number, so no alias) has of its group, and the group of it. */
static void relate(struct yaml_text *text, int group, int child, bool down) {
    struct yaml_place *of = &text->places[group - 1];
    struct yaml_place *at = &text->places[child - 1];
    if (child <= group) {
        return;
    }
    if (down) {
        at->flow |= of->flow;
    } else if (at->end > of->end) {
        of->end = at->end;
    }
}

static void relate_children(struct yaml_text *text, int group, bool down) {
    for (size_t i = 0; yaml_item_at(text, group, i); i++) {
        relate(text, group, yaml_item_at(text, group, i), down);
    }
    for (size_t i = 0; yaml_key_at(text, group, i); i++) {
        relate(text, group, yaml_key_at(text, group, i), down);
        relate(text, group, yaml_value_at(text, group, i), down);
    }
}

static int load(struct yaml_text *text, struct err *err) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    set_input(&parser, text->source);
    text->loaded = yaml_parser_load(&parser, &text->document);
    int r = text->loaded ? 0 : not_yaml(&parser, err);
    yaml_parser_delete(&parser);
    if (r) {
        return r;
    }
    text->n = (int)(text->document.nodes.top - text->document.nodes.start);
    text->places = calloc((size_t)text->n + 1, sizeof(*text->places));
    if (!text->places) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    place_nodes(text);
    for (int i = 1; i <= text->n; i++) {
        relate_children(text, i, true);
    }
    for (int i = text->n; i >= 1; i--) {
        relate_children(text, i, false);
    }
    return 0;
}

int yaml_text_parse(struct str bytes, struct yaml_text *ret, struct err *err) {
    struct yaml_text text = {.source = bytes};
    struct count count = {.depth = 0};
    int r = measure(bytes, &count, err);
    r = r ? r : load(&text, err);
    if (r) {
        yaml_text_done(&text);
        return r;
    }
    text.more = count.more;
    *ret = text;
    return 0;
}

void yaml_text_done(struct yaml_text *text) {
    if (text->loaded) {
        yaml_document_delete(&text->document);
    }
    free(text->places);
    *text = (struct yaml_text)YAML_TEXT_INIT;
}

int yaml_root(const struct yaml_text *text) {
    return text->n > 0;
}

const yaml_node_t *yaml_node(const struct yaml_text *text, int number) {
    return number > 0 && number <= text->n ? &text->document.nodes.start[number - 1] : NULL;
}

const struct yaml_place *yaml_place(const struct yaml_text *text, int number) {
    return &text->places[number - 1];
}

size_t yaml_line(const struct yaml_text *text, int number) {
    const yaml_node_t *node = yaml_node(text, number);
    return node ? node->start_mark.line + 1 : 1;
}

bool yaml_is(const struct yaml_text *text, int number, yaml_node_type_t type) {
    const yaml_node_t *node = yaml_node(text, number);
    return node && node->type == type;
}

struct str yaml_value(const struct yaml_text *text, int number) {
    if (!yaml_is(text, number, YAML_SCALAR_NODE)) {
        return (struct str){.ptr = NULL};
    }
    const yaml_node_t *node = yaml_node(text, number);
    return (struct str){.ptr = (const char *)node->data.scalar.value,
                        .len = node->data.scalar.length};
}

static const yaml_node_pair_t *pair_at(const struct yaml_text *text, int mapping, size_t i) {
    const yaml_node_t *node = yaml_node(text, mapping);
    if (!node || node->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start + i;
    return pair < node->data.mapping.pairs.top ? pair : NULL;
}

int yaml_key_at(const struct yaml_text *text, int mapping, size_t i) {
    const yaml_node_pair_t *pair = pair_at(text, mapping, i);
    return pair ? pair->key : 0;
}

int yaml_value_at(const struct yaml_text *text, int mapping, size_t i) {
    const yaml_node_pair_t *pair = pair_at(text, mapping, i);
    return pair ? pair->value : 0;
}

int yaml_item_at(const struct yaml_text *text, int sequence, size_t i) {
    const yaml_node_t *node = yaml_node(text, sequence);
    if (!node || node->type != YAML_SEQUENCE_NODE) {
        return 0;
    }
    const yaml_node_item_t *item = node->data.sequence.items.start + i;
    return item < node->data.sequence.items.top ? *item : 0;
}

int yaml_get_key(const struct yaml_text *text, int mapping, const char *key) {
    for (size_t i = 0; yaml_key_at(text, mapping, i); i++) {
        int at = yaml_key_at(text, mapping, i);
        if (yaml_is(text, at, YAML_SCALAR_NODE) && str_eq(yaml_value(text, at), str_of(key))) {
            return at;
        }
    }
    return 0;
}

int yaml_get(const struct yaml_text *text, int mapping, const char *key) {
    for (size_t i = 0; yaml_key_at(text, mapping, i); i++) {
        int at = yaml_key_at(text, mapping, i);
        if (yaml_is(text, at, YAML_SCALAR_NODE) && str_eq(yaml_value(text, at), str_of(key))) {
            return yaml_value_at(text, mapping, i);
        }
    }
    return 0;
}
