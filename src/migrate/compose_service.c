#include "migrate/compose_service.h"

#include "base/cleanup.h"
#include "migrate/yaml_same.h"

struct spot compose_spot(const struct compose_service *s, int node, const char *where) {
    return (struct spot){.line = yaml_line(s->text, node), .where = str_of(where)};
}

bool compose_is_alias(int key, int value) {
    return value < key;
}

static const char *line_end(const struct compose_service *s) {
    struct str source = s->text->source;
    size_t at = str_find(source, '\n', 0);
    return at && at < source.len && source.ptr[at - 1] == '\r' ? "\r\n" : "\n";
}

/* What stands before a place on its line, as blanks of the same width. */
static void indent(const struct compose_service *s, size_t at, struct buf *out) {
    size_t from = at;
    while (from && s->text->source.ptr[from - 1] != '\n') {
        from--;
    }
    for (; from < at; from++) {
        buf_byte(out, ' ');
    }
}

/* Where a value ends; one without text ends behind the colon. */
static size_t value_end(const struct compose_service *s, int key, int value) {
    const struct yaml_place *at = yaml_place(s->text, key);
    size_t colon = str_find(s->text->source, ':', at->end);
    size_t end = compose_is_alias(key, value) ? str_find(s->text->source, '\n', colon)
                                              : yaml_place(s->text, value)->end;
    return end > colon ? end : colon + 1;
}

void compose_put(struct compose_service *s, const char *key, const char *new_key,
                 const char *text) {
    struct buf pair CLEANUP_BUF = BUF_INIT;
    int at = yaml_get_key(s->text, s->node, key);
    size_t from = yaml_place(s->text, at)->from;
    buf_fmt(&pair, "%s: %s", new_key, text);
    splices_add(s->splices, from, value_end(s, at, yaml_get(s->text, s->node, key)) - from,
                buf_view(&pair));
}

void compose_remove(struct compose_service *s, const char *key) {
    struct str source = s->text->source;
    int at = yaml_get_key(s->text, s->node, key);
    size_t from = yaml_place(s->text, at)->from;
    size_t end = value_end(s, at, yaml_get(s->text, s->node, key));
    struct spot spot = compose_spot(s, at, key);
    if (yaml_place(s->text, at)->flow) {
        migration_mistake(s->m, &spot, "starts the old program; leave it out");
        return;
    }
    while (from && source.ptr[from - 1] != '\n') {
        from--;
    }
    end = str_find(source, '\n', end);
    splices_add(s->splices, from, end + (end < source.len) - from, STR(""));
    migration_say(s->m, REMARK_CHANGED, &spot, "started the old program; left out");
}

/* Into an environment that has entries. */
static void add_entry(struct compose_service *s, int environment, const char *name,
                      const char *value) {
    struct str source = s->text->source;
    const struct yaml_place *place = yaml_place(s->text, environment);
    bool mapping = yaml_is(s->text, environment, YAML_MAPPING_NODE);
    int first =
        mapping ? yaml_key_at(s->text, environment, 0) : yaml_item_at(s->text, environment, 0);
    size_t at = yaml_place(s->text, first)->from;
    struct buf text CLEANUP_BUF = BUF_INIT;
    while (!mapping && !place->flow && at && source.ptr[at] != '-') {
        at--;
    }
    buf_fmt(&text, mapping ? "%s: %s" : place->flow ? "%s=%s" : "- %s=%s", name, value);
    if (place->flow) {
        buf_text(&text, ", ");
    } else {
        buf_text(&text, line_end(s));
        indent(s, at, &text);
    }
    splices_add(s->splices, at, 0, buf_view(&text));
}

/* An environment where there is none: before the image, or what builds it. */
static void add_environment(struct compose_service *s, const char *name, const char *value) {
    int image = yaml_get_key(s->text, s->node, "image");
    int build = yaml_get_key(s->text, s->node, "build");
    int first = image ? image : build ? build : yaml_key_at(s->text, s->node, 0);
    const struct yaml_place *place = yaml_place(s->text, first);
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (place->flow) {
        buf_fmt(&text, "environment: {%s: %s}, ", name, value);
    } else {
        buf_fmt(&text, "environment:%s", line_end(s));
        indent(s, place->from, &text);
        buf_fmt(&text, "  %s: %s%s", name, value, line_end(s));
        indent(s, place->from, &text);
    }
    splices_add(s->splices, place->from, 0, buf_view(&text));
}

void compose_add_variable(struct compose_service *s, const char *name, const char *value) {
    int key = yaml_get_key(s->text, s->node, "environment");
    int environment = yaml_get(s->text, s->node, "environment");
    struct spot spot = compose_spot(s, key ? key : s->node, "environment");
    if (key && compose_is_alias(key, environment)) {
        migration_mistake(s->m, &spot,
                          "is an alias: add %s: %s where it is written, or give the service its "
                          "own",
                          name, value);
        return;
    }
    if (yaml_key_at(s->text, environment, 0) || yaml_item_at(s->text, environment, 0)) {
        add_entry(s, environment, name, value);
    } else if (key) {
        struct buf text CLEANUP_BUF = BUF_INIT;
        buf_fmt(&text, "{%s: %s}", name, value);
        compose_put(s, "environment", "environment", buf_cstr(&text));
    } else {
        add_environment(s, name, value);
    }
    migration_say(s->m, REMARK_CHANGED, &spot, "added %s: %s", name, value);
    if (environment && yaml_is_shared(s->text, environment)) {
        migration_say(s->m, REMARK_DIFFERS, &spot, "an alias gives %s: %s to others too", name,
                      value);
    }
}
