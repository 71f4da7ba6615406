#include "migrate/dashboard_fields.h"

#include "base/cleanup.h"

/* Strings that are the name of a field, each below a member of that key at any distance; NULL:
   wherever it stands. */
static const struct {
    const char *key, *below;
} strings[] = {
    {"byField", "transformations"},
    {"valueLabel", "transformations"},
    {"field", "transformations"},
    {"fieldName", "transformations"},
    {"targetField", "transformations"},
    {"left", "transformations"},
    {"right", "transformations"},
    {"rowField", "transformations"},
    {"columnField", "transformations"},
    {"valueField", "transformations"},
    {"source", "transformations"},
    {"pattern", "styles"},
    {"displayName", "sortBy"},
    {"xField", "options"},
    {"colorByField", "options"},
    {"textField", "options"},
    {"label", "labelFilters"},
    {"label", "query"},
    {"tableColumn", NULL},
};

/* Strings that are a regular expression over the names of fields, or may be one. */
static const struct {
    const char *key, *below;
} patterns[] = {
    {"pattern", "transformations"},
    {"regex", "transformations"},
    {"pattern", "styles"},
};

/* Lists of such names; objects whose keys are such names. */
static const char *const lists[] = {"names", "keepLabels", "include", "fields"};
static const char *const objects[] = {"excludeByName", "includeByName", "indexByName",
                                      "renameByName", "fields"};

/* What stands before a label's name in a text that Grafana fills in. */
static const char *const prefixes[] = {"__field.labels.", "__field.labels[\"", "__field.labels['",
                                       "__data.fields.",  "__data.fields[\"",  "__data.fields['"};

static bool key_is_one_of(const struct outline_node *node, const char *const *keys, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (dashboard_key_is(node, keys[i])) {
            return true;
        }
    }
    return false;
}

static bool is_below(const struct outline_node *node, const char *key) {
    if (!key) {
        return true;
    }
    for (node = node->parent; node; node = node->parent) {
        if (dashboard_key_is(node, key)) {
            return true;
        }
    }
    return false;
}

/* The panel gives some field this name to show: what has this name then is no label. */
static bool is_shown_name(struct dashboard *d, const struct outline_node *part, struct str name) {
    const struct outline_node *list = outline_get(part, "transformations");
    for (const struct outline_node *t = list ? list->first : NULL; t; t = t->next) {
        const struct outline_node *given = outline_get(outline_get(t, "options"), "renameByName");
        for (const struct outline_node *at = given ? given->first : NULL; at; at = at->next) {
            if (str_eq(outline_str(at, &d->arena), name)) {
                return true;
            }
        }
    }
    return false;
}

/* The label that has the same values as the old one: no other stands in for an id's column. */
static struct str same_label(const struct predecessor *from, struct str old) {
    const struct label_rule *rule = old.len ? predecessor_label_rule(from, NULL, old) : NULL;
    bool other = rule && (rule->value == LABEL_ID || rule->value == LABEL_CGROUP);
    return rule && !other ? str_of(rule->now) : old;
}

/* The field's new name, a NULL pointer when it keeps its own. */
static struct str new_name(struct dashboard *d, const struct outline_node *node, struct str old) {
    struct str new = same_label(d->m->from, old);
    if (str_eq(new, old) || is_shown_name(d, dashboard_node(d, node)->part, old)) {
        return (struct str){.ptr = NULL};
    }
    struct spot spot = dashboard_spot(d, node);
    if (!new.len) {
        migration_say(d->m, REMARK_LOST, &spot, "the field %.*s: there is no such label",
                      STR_ARG(old));
        return (struct str){.ptr = NULL};
    }
    migration_say(d->m, REMARK_CHANGED, &spot, "the field %.*s: now %.*s", STR_ARG(old),
                  STR_ARG(new));
    return new;
}

static void rename_string(struct dashboard *d, const struct outline_node *node) {
    struct str name = new_name(d, node, outline_str(node, &d->arena));
    if (name.ptr) {
        dashboard_put(d, node, name);
    }
}

/* Whether another member of the object has the key, or had it first. */
static bool is_taken(struct dashboard *d, const struct outline_node *node, struct str key) {
    bool earlier = true;
    for (const struct outline_node *at = node->parent->first; at; at = at->next) {
        struct str other = outline_key(at, &d->arena);
        earlier &= at != node;
        if (at != node &&
            (str_eq(other, key) || (earlier && str_eq(same_label(d->m->from, other), key)))) {
            return true;
        }
    }
    return false;
}

static void rename_key(struct dashboard *d, const struct outline_node *node) {
    struct str old = outline_key(node, &d->arena);
    if (old.len && is_taken(d, node, same_label(d->m->from, old))) {
        return;
    }
    struct str name = new_name(d, node, old);
    if (name.ptr) {
        dashboard_put_key(d, node, name);
    }
}

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t name_end(struct str s, size_t at) {
    while (at < s.len && is_name_char(s.ptr[at])) {
        at++;
    }
    return at;
}

/* Appends the text with the label from `at` to `end` in its new form; 1 when that is another. */
static bool put_label(const struct dashboard *d, struct str s, size_t at, size_t end,
                      struct buf *out) {
    struct str old = str_sub(s, at, end - at);
    struct str new = same_label(d->m->from, old);
    buf_str(out, new.len ? new : old);
    return new.len && !str_eq(new, old);
}

/* How many bytes of a prefix stand here, 0 for none. */
static size_t prefix_len(struct str rest) {
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (str_starts(rest, str_of(prefixes[i]))) {
            return strlen(prefixes[i]);
        }
    }
    return 0;
}

/* ${__field.labels.name} and its like, in any string. */
static bool write_references(const struct dashboard *d, struct str s, struct buf *out) {
    bool changed = false;
    for (size_t at = 0; at < s.len;) {
        size_t len = prefix_len(str_sub(s, at, s.len - at));
        if (!len) {
            buf_byte(out, s.ptr[at++]);
            continue;
        }
        buf_str(out, str_sub(s, at, len));
        size_t end = name_end(s, at + len);
        changed |= put_label(d, s, at + len, end, out);
        at = end;
    }
    return changed;
}

/* A variable's regular expression over whole series: name="(.*)". */
static bool write_regex(const struct dashboard *d, struct str s, struct buf *out) {
    bool changed = false;
    for (size_t at = 0; at < s.len;) {
        size_t end = name_end(s, at);
        struct str behind = str_sub(s, end, s.len - end);
        if (end == at) {
            buf_byte(out, s.ptr[at++]);
            continue;
        }
        if (str_starts(behind, STR("=\"")) || str_starts(behind, STR("=\\\""))) {
            changed |= put_label(d, s, at, end, out);
        } else {
            buf_str(out, str_sub(s, at, end - at));
        }
        at = end;
    }
    return changed;
}

/* Labels with other things between: an annotation's tags, a panel's fields /^name$/. */
static bool write_list(const struct dashboard *d, struct str s, struct buf *out) {
    bool changed = false;
    for (size_t at = 0; at < s.len;) {
        size_t end = name_end(s, at);
        if (end == at) {
            buf_byte(out, s.ptr[at++]);
            continue;
        }
        changed |= put_label(d, s, at, end, out);
        at = end;
    }
    return changed;
}

/* Rewrites a string with one of the writers above. */
static void rewrite(struct dashboard *d, const struct outline_node *node,
                    bool (*write)(const struct dashboard *d, struct str s, struct buf *out)) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    struct str old = outline_str(node, &d->arena);
    if (dashboard_node(d, node)->written || !write(d, old, &text)) {
        return;
    }
    struct spot spot = dashboard_spot(d, node);
    migration_say(d->m, REMARK_CHANGED, &spot, "%.*s: now %s", STR_ARG(old), buf_cstr(&text));
    dashboard_put(d, node, buf_view(&text));
}

/* Whether the string is a regular expression over names; a style's pattern is one in slashes. */
static bool is_pattern(struct dashboard *d, const struct outline_node *node) {
    struct str text = outline_str(node, &d->arena);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        if (dashboard_key_is(node, patterns[i].key) && is_below(node, patterns[i].below)) {
            return strcmp(patterns[i].below, "styles") != 0 || str_starts(text, STR("/"));
        }
    }
    return dashboard_key_is(node, "options") &&
           str_eq(outline_member(node->parent, "id", &d->arena), STR("byRegexp"));
}

/* ^name$ or /^(name|image)$/: whole names and nothing else. */
static bool is_whole_names(struct str s) {
    bool slashes = s.len > 1 && s.ptr[0] == '/' && s.ptr[s.len - 1] == '/';
    s = slashes ? str_sub(s, 1, s.len - 2) : s;
    bool anchored = s.len > 1 && s.ptr[0] == '^' && s.ptr[s.len - 1] == '$';
    for (size_t i = 1; anchored && i + 1 < s.len; i++) {
        anchored = is_name_char(s.ptr[i]) || strchr("()|", s.ptr[i]);
    }
    return anchored;
}

/* Whether the pattern finds the new names as it found the old ones: what stands in them. */
static bool finds_new_names(const struct dashboard *d, struct str s) {
    bool finds = str_find(s, '^', 0) == s.len && str_find(s, '$', 0) == s.len;
    for (size_t at = 0; finds && at < s.len; at++) {
        size_t end = name_end(s, at);
        struct str old = str_sub(s, at, end - at);
        finds = end == at || str_search(same_label(d->m->from, old), old) != SIZE_MAX;
        at = end;
    }
    return finds;
}

static void rewrite_pattern(struct dashboard *d, const struct outline_node *node) {
    struct buf ignored CLEANUP_BUF = BUF_INIT;
    struct str old = outline_str(node, &d->arena);
    if (is_whole_names(old)) {
        rewrite(d, node, write_list);
        return;
    }
    bool renames = dashboard_key_is(node, "regex"); /* only what it finds gets another name */
    if (write_list(d, old, &ignored) && (renames || !finds_new_names(d, old))) {
        struct spot spot = dashboard_spot(d, node);
        migration_say(d->m, REMARK_LOST, &spot,
                      "the pattern %.*s: seems to mean a label that has another name now; look at "
                      "it",
                      STR_ARG(old));
    }
}

/* Whether the string names a field. */
static bool is_field(struct dashboard *d, const struct outline_node *node) {
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        if (dashboard_key_is(node, strings[i].key) && is_below(node, strings[i].below)) {
            return true;
        }
    }
    bool listed = node->parent && node->parent->kind == OUTLINE_ARRAY;
    if (listed && (is_below(node, "transformations") || is_below(node, "overrides")) &&
        key_is_one_of(node->parent, lists, sizeof(lists) / sizeof(lists[0]))) {
        return true;
    }
    return dashboard_key_is(node, "options") &&
           str_eq(outline_member(node->parent, "id", &d->arena), STR("byName"));
}

/* The label of an ad hoc filter, which is in no query. */
static bool is_filter(struct dashboard *d, const struct outline_node *node) {
    return dashboard_key_is(node, "key") && is_below(node, "filters") &&
           str_eq(outline_member(dashboard_node(d, node)->part, "type", &d->arena), STR("adhoc"));
}

static bool is_string(const struct outline_node *node) {
    return node->kind == OUTLINE_STRING;
}

void dashboard_field(struct dashboard *d, const struct outline_node *node) {
    if (is_string(node) && is_filter(d, node)) {
        rename_string(d, node);
    }
    if (!dashboard_part_asks(d, node)) {
        return;
    }
    if (key_is_one_of(node->parent, objects, sizeof(objects) / sizeof(objects[0])) &&
        is_below(node, "transformations")) {
        rename_key(d, node);
    }
    if (!is_string(node)) {
        return;
    }
    if (is_pattern(d, node)) {
        rewrite_pattern(d, node);
    } else if (is_field(d, node)) {
        rename_string(d, node);
    } else if (dashboard_key_is(node, "regex") && dashboard_is_variable(node->parent)) {
        rewrite(d, node, write_regex);
    } else if (dashboard_key_is(node, "tagKeys") || dashboard_key_is(node, "fields")) {
        rewrite(d, node, write_list);
    } else if (!dashboard_key_is(node, "expr")) {
        rewrite(d, node, write_references);
    }
}
