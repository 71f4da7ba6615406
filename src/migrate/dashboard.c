#include "migrate/dashboard.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/dashboard_fields.h"
#include "migrate/dashboard_state.h"

/* What a member of this key holds when it is a string. */
enum holds { HOLDS_QUERY, HOLDS_TEMPLATE };

static const struct {
    const char *key;
    enum holds holds;
} members[] = {
    {"expr", HOLDS_QUERY},
    {"legendFormat", HOLDS_TEMPLATE},
    {"titleFormat", HOLDS_TEMPLATE},
    {"textFormat", HOLDS_TEMPLATE},
};

bool dashboard_key_is(const struct outline_node *node, const char *key) {
    struct str name = str_of(key);
    return node && node->key.len == name.len + 2 && str_eq(str_sub(node->key, 1, name.len), name);
}

/* Whether the node is an item of the list "list" below a member of this name. */
static bool is_listed(const struct outline_node *node, const char *below) {
    const struct outline_node *list = node->parent;
    return node->kind == OUTLINE_OBJECT && list && dashboard_key_is(list, "list") &&
           dashboard_key_is(list->parent, below);
}

bool dashboard_is_variable(const struct outline_node *node) {
    return is_listed(node, "templating");
}

static bool is_part(const struct outline_node *node) {
    return dashboard_is_variable(node) || is_listed(node, "annotations") ||
           outline_get(node, "targets");
}

const struct dashboard_node *dashboard_node(const struct dashboard *d,
                                            const struct outline_node *node) {
    return &d->nodes[node - d->outline.nodes];
}

bool dashboard_part_asks(const struct dashboard *d, const struct outline_node *node) {
    return dashboard_node(d, dashboard_node(d, node)->part)->asks;
}

/* The part's kind and name: `panel "CPU"`, `panel 12`, `variable "name"`. */
static void name_part(struct dashboard *d, const struct outline_node *part, struct buf *out) {
    const struct outline_node *id = outline_get(part, "id");
    bool panel = outline_get(part, "targets");
    const char *kind = panel ? "panel" : dashboard_is_variable(part) ? "variable" : "annotation";
    struct str name = outline_member(part, panel ? "title" : "name", &d->arena);
    if (part == d->outline.nodes) {
        buf_text(out, "dashboard");
    } else if (!name.len && id) {
        buf_fmt(out, "%s %.*s", kind, STR_ARG(id->text));
    } else {
        buf_fmt(out, "%s \"%.*s\"", kind, STR_ARG(name));
    }
}

struct spot dashboard_spot(struct dashboard *d, const struct outline_node *node) {
    struct buf where CLEANUP_BUF = BUF_INIT;
    struct str letter = outline_member(node->parent, "refId", &d->arena);
    const struct outline_node *part = dashboard_node(d, node)->part;
    name_part(d, part, &where);
    if (letter.len && outline_get(part, "targets")) {
        buf_fmt(&where, ", query %.*s", STR_ARG(letter));
    }
    return (struct spot){.line = outline_line(&d->outline, node->text),
                         .where = arena_str(&d->arena, buf_view(&where))};
}

static void put(struct dashboard *d, struct str quoted, struct str text) {
    struct buf json CLEANUP_BUF = BUF_INIT;
    buf_json(&json, text);
    splices_add(&d->splices, outline_at(&d->outline, quoted), quoted.len, buf_view(&json));
    d->splices.failed |= buf_failed(&json);
}

void dashboard_put(struct dashboard *d, const struct outline_node *node, struct str text) {
    bool *written = &d->nodes[node - d->outline.nodes].written;
    if (!*written) {
        put(d, node->text, text);
        *written = true;
    }
}

void dashboard_put_key(struct dashboard *d, const struct outline_node *node, struct str text) {
    put(d, node->key, text);
}

/* The plug-in behind "${DS_LOKI}", as the export's inputs have it. */
static struct str input_plugin(struct dashboard *d, struct str name) {
    const struct outline_node *inputs = outline_get(d->outline.nodes, "__inputs");
    const struct outline_node *at = inputs ? inputs->first : NULL;
    for (; at && str_starts(name, STR("${")); at = at->next) {
        struct str input = outline_member(at, "name", &d->arena);
        if (input.len + 3 == name.len && str_eq(str_sub(name, 2, input.len), input)) {
            return outline_member(at, "pluginId", &d->arena);
        }
    }
    return STR("");
}

/* The kind of a data source, empty when nobody says it: by its type, or by the export's inputs. */
static struct str source_kind(struct dashboard *d, const struct outline_node *source) {
    struct str type = outline_member(source, "type", &d->arena);
    struct str uid = outline_member(source, "uid", &d->arena);
    struct str name = outline_str(source, &d->arena);
    return type.len ? type : input_plugin(d, name.len ? name : uid);
}

/* What each node inherits: a parent stands before its children. */
static void know(struct dashboard *d) {
    for (size_t i = 0; i < d->outline.n; i++) {
        const struct outline_node *node = &d->outline.nodes[i];
        const struct outline_node *source = outline_get(node, "datasource");
        struct dashboard_node *known = &d->nodes[i];
        *known = (struct dashboard_node){.part = node};
        if (node->parent) {
            *known = *dashboard_node(d, node->parent);
        }
        known->part = is_part(node) ? node : known->part;
        known->source = source ? source_kind(d, source) : known->source;
    }
}

/* Whether the node asks another data source than Prometheus, as far as that is said; "grafana" and
   "datasource" stand for whatever the queries themselves say. */
static bool is_foreign(const struct dashboard *d, const struct outline_node *node) {
    struct str kind = dashboard_node(d, node)->source;
    return kind.len && !str_eq(kind, STR("grafana")) && !str_eq(kind, STR("datasource")) &&
           str_search(kind, STR("prometheus")) == SIZE_MAX;
}

/* Rewrites a query; its fate. What is no PromQL stays and is told. */
static int take_query(struct dashboard *d, const struct outline_node *node, struct err *err) {
    struct buf query CLEANUP_BUF = BUF_INIT;
    struct str old = outline_str(node, &d->arena);
    struct spot spot = dashboard_spot(d, node);
    if (str_trim(old).len == 0) {
        return QUERY_LEFT;
    }
    if (is_foreign(d, node)) {
        migration_say(d->m, REMARK_FOREIGN, &spot, "a query of %.*s: left as it is",
                      STR_ARG(dashboard_node(d, node)->source));
        return QUERY_LEFT;
    }
    struct err why = ERR_INIT;
    int r = migration_query(d->m, &spot, old, &query, &why);
    if (r == -EINVAL) {
        migration_say(d->m, REMARK_LOST, &spot, "left as it is: %s", why.text);
        return QUERY_LEFT;
    }
    if (r < 0) {
        err_copy(err, &why);
    }
    if (r == QUERY_CHANGED) {
        dashboard_put(d, node, buf_view(&query));
    }
    if (r == QUERY_CHANGED || r == QUERY_SAME) {
        d->nodes[dashboard_node(d, node)->part - d->outline.nodes].asks = true;
        d->nodes[node->parent - d->outline.nodes].asks = true;
    }
    return r;
}

/* A legend belongs to the query beside it. */
static void take_template(struct dashboard *d, const struct outline_node *node) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    struct spot spot = dashboard_spot(d, node);
    if (node->parent && dashboard_node(d, node->parent)->asks &&
        migration_template(d->m, &spot, outline_str(node, &d->arena), &text)) {
        dashboard_put(d, node, buf_view(&text));
    }
}

/* Appends the query in its new form without a word. */
static int rewrite_silently(const struct dashboard *d, struct str query, struct buf *out,
                            struct err *err) {
    struct migration silent CLEANUP(migration_done) = {.from = d->m->from, .file = ""};
    int r = migration_query(&silent, &(struct spot){.line = 0}, query, out, err);
    return r == -ENOMEM ? r : 0;
}

/* The family in "label_values(family{…}, label)"; empty where there is none. */
static struct str family_of(struct str query) {
    static const char function[] = "label_values(";
    size_t from = strlen(function);
    size_t end = from;
    while (str_starts(query, STR("label_values(")) && end < query.len &&
           !strchr("{, )", query.ptr[end])) {
        end++;
    }
    return end > from ? str_sub(query, from, end - from) : STR("");
}

/* The other places where a variable's query stands: the same text as definition, and its family. */
static int repeat_query(struct dashboard *d, const struct outline_node *variable, struct str query,
                        struct err *err) {
    const struct outline_node *definition = outline_get(variable, "definition");
    const struct outline_node *metric = outline_get(outline_get(variable, "query"), "metric");
    struct str defined = outline_str(definition, &d->arena);
    struct buf text CLEANUP_BUF = BUF_INIT;
    int r = defined.len ? rewrite_silently(d, defined, &text, err) : 0;
    if (!r && defined.len) {
        dashboard_put(d, definition, buf_view(&text));
    }
    buf_reset(&text);
    r = r ? r : rewrite_silently(d, query, &text, err);
    struct str family = family_of(buf_view(&text));
    if (!r && family.len && outline_str(metric, &d->arena).len) {
        dashboard_put(d, metric, family);
    }
    return r;
}

/* A variable that asks Prometheus: its query is a string, or an object with it. */
static int take_variable(struct dashboard *d, const struct outline_node *variable,
                         struct err *err) {
    struct str type = outline_member(variable, "type", &d->arena);
    const struct outline_node *query = outline_get(variable, "query");
    if (!str_eq(type, STR("query")) || !query) {
        return 0;
    }
    const struct outline_node *text =
        query->kind == OUTLINE_OBJECT ? outline_get(query, "query") : query;
    int r = text && text->kind == OUTLINE_STRING ? take_query(d, text, err) : 0;
    return r == QUERY_CHANGED ? repeat_query(d, variable, outline_str(text, &d->arena), err) : r;
}

/* Whether the node is a member that holds this, outside of variables. */
static bool is_member(const struct outline_node *node, enum holds holds) {
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].holds == holds && dashboard_key_is(node, members[i].key)) {
            return node->kind == OUTLINE_STRING;
        }
    }
    return false;
}

/* The queries of a node itself. */
static int take_queries(struct dashboard *d, const struct outline_node *node, struct err *err) {
    int r = 0;
    if (dashboard_is_variable(node)) {
        r = take_variable(d, node, err);
    } else if (is_member(node, HOLDS_QUERY)) {
        r = take_query(d, node, err);
    }
    return r < 0 ? r : 0;
}

/* The dashboard in the text: the root, or what Grafana's API puts around it. */
static int find_dashboard(struct dashboard *d, struct err *err) {
    static const char *const signs[] = {"panels", "rows", "templating", "elements", "spec"};
    const struct outline_node *root = d->outline.nodes;
    const struct outline_node *inner = outline_get(root, "dashboard");
    bool wrapped = inner && inner->kind == OUTLINE_OBJECT;
    if (root->kind == OUTLINE_ARRAY) {
        return err_set(err, -EINVAL, "a JSON list is no dashboard; give one dashboard a file");
    }
    if (wrapped) {
        struct spot spot = {.line = outline_line(&d->outline, inner->text)};
        migration_note(d->m, &spot,
                       "Grafana's API has put \"dashboard\" and \"meta\" around the dashboard, and "
                       "they stay; files to import or to provision hold the inner part alone");
    }
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (outline_get(wrapped ? inner : root, signs[i])) {
            return 0;
        }
    }
    return err_set(err, -EINVAL, "this is no dashboard: it has neither panels nor rows");
}

static int rewrite(struct dashboard *d, struct err *err) {
    int r = find_dashboard(d, err);
    know(d);
    for (size_t i = 0; !r && i < d->outline.n; i++) {
        r = take_queries(d, &d->outline.nodes[i], err);
    }
    for (size_t i = 0; !r && i < d->outline.n; i++) {
        if (is_member(&d->outline.nodes[i], HOLDS_TEMPLATE)) {
            take_template(d, &d->outline.nodes[i]);
        }
    }
    for (size_t i = 0; !r && i < d->outline.n; i++) {
        dashboard_field(d, &d->outline.nodes[i]);
    }
    if (!r && (d->splices.failed || arena_failed(&d->arena))) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return r;
}

int dashboard_migrate(struct migration *m, struct str bytes, struct buf *out, struct err *err) {
    struct dashboard d = {
        .m = m, .outline = OUTLINE_INIT, .splices = SPLICES_INIT, .arena = ARENA_INIT};
    int r = outline_parse(bytes, &d.outline, err);
    if (!r) {
        d.nodes = calloc(d.outline.n, sizeof(*d.nodes));
        r = d.nodes ? rewrite(&d, err) : err_set(err, -ENOMEM, "out of memory");
    }
    if (!r) {
        splices_apply(&d.splices, bytes, out);
        r = buf_failed(out) ? err_set(err, -ENOMEM, "out of memory") : 0;
    }
    free(d.nodes);
    arena_done(&d.arena);
    splices_done(&d.splices);
    outline_done(&d.outline);
    return r;
}
