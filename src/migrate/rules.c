#include "migrate/rules.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/query.h"
#include "migrate/yaml_change.h"

struct walk {
    struct migration *m;
    const struct yaml_text *text;
    struct yaml_changes *changes;
    struct str where; /* the rule that we are in */
    bool records;
    struct err *err;
};

static struct spot spot_of(const struct walk *w, int node) {
    return (struct spot){.line = yaml_line(w->text, node), .where = w->where};
}

static void mistake(const struct walk *w, int node, const char *what) {
    struct spot spot = spot_of(w, node);
    migration_mistake(w->m, &spot, "%s", what);
}

/* Puts label_replace() around the query, inside the blanks at its ends. */
static void keep_label(const struct query_label *label, struct buf *query) {
    struct buf all CLEANUP_BUF = BUF_INIT;
    struct str s = buf_view(query);
    size_t from = 0;
    size_t end = s.len;
    for (; from < end && strchr(" \t\r\n", s.ptr[from]); from++) {
    }
    for (; end > from && strchr(" \t\r\n", s.ptr[end - 1]); end--) {
    }
    buf_str(&all, str_sub(s, 0, from));
    buf_text(&all, "label_replace(");
    buf_str(&all, str_sub(s, from, end - from));
    buf_text(&all, str_find(s, '#', 0) < s.len ? "\n" : "");
    buf_fmt(&all, ", \"%s\", \"$1\", \"%s\", \"%s\")", label->old, label->now,
            label->host ? "(.*?)(:[0-9]+)?" : "(.*)");
    buf_str(&all, str_sub(s, end, s.len - end));
    buf_reset(query);
    buf_str(query, buf_view(&all));
    query->failed |= buf_failed(&all);
}

/* Labels of a record that keep their old names beside the new ones. */
struct kept {
    struct query_label items[QUERY_LABELS_MAX];
    size_t n;
};

static void keep_labels(const struct kept *kept, struct buf *query) {
    for (size_t i = 0; i < kept->n; i++) {
        keep_label(&kept->items[i], query);
    }
}

/* The scalar's own bytes with the query in them rewritten; nothing where that cannot be. */
static struct str rewrite_body(const struct walk *w, int node, const struct kept *kept,
                               struct buf *out) {
    struct str body = yaml_body(w->text, node);
    struct err ignored = ERR_INIT;
    if (!body.ptr || query_rewrite(w->m->from, body, out, NULL, &ignored) < 0) {
        return (struct str){.ptr = NULL};
    }
    keep_labels(kept, out);
    return buf_view(out);
}

/* Gives the expression its new form. */
static void change_expr(const struct walk *w, int node, struct buf *value) {
    struct buf body CLEANUP_BUF = BUF_INIT;
    struct spot spot = spot_of(w, node);
    struct kept kept = {.n = 0};
    if (w->records) {
        kept.n = query_labels(w->m->from, yaml_value(w->text, node), kept.items);
    }
    keep_labels(&kept, value);
    for (size_t i = 0; i < kept.n; i++) {
        migration_say(w->m, REMARK_CHANGED, &spot,
                      "label_replace() keeps the label %s for what asks for this record",
                      kept.items[i].old);
    }
    yaml_change(w->changes, node, buf_view(value), rewrite_body(w, node, &kept, &body));
}

/* Its fate. */
static int take_expr(const struct walk *w, int node) {
    struct buf value CLEANUP_BUF = BUF_INIT;
    struct spot spot = spot_of(w, node);
    if (!yaml_is(w->text, node, YAML_SCALAR_NODE)) {
        mistake(w, node, "expr is no text");
        return QUERY_LEFT;
    }
    struct err why = ERR_INIT;
    int r = migration_query(w->m, &spot, yaml_value(w->text, node), &value, &why);
    if (r == -EINVAL) {
        migration_mistake(w->m, &spot, "expr: %s", why.text);
        return QUERY_LEFT;
    }
    if (r < 0) {
        err_copy(w->err, &why);
        return r;
    }
    if (r == QUERY_CHANGED) {
        change_expr(w, node, &value);
    }
    return r;
}

/* Labels and annotations: each value is a template. */
static void take_templates(const struct walk *w, int mapping) {
    for (size_t i = 0; yaml_value_at(w->text, mapping, i); i++) {
        struct buf value CLEANUP_BUF = BUF_INIT;
        struct buf body CLEANUP_BUF = BUF_INIT;
        int node = yaml_value_at(w->text, mapping, i);
        struct str old = yaml_value(w->text, node);
        struct spot spot = spot_of(w, node);
        if (!old.ptr || !migration_template(w->m, &spot, old, &value)) {
            continue;
        }
        struct str own = yaml_body(w->text, node);
        if (own.ptr) {
            template_rewrite(w->m->from, own, &body, NULL);
            own = buf_view(&body);
        }
        yaml_change(w->changes, node, buf_view(&value), own);
    }
}

/* Templates of a rule that stays: a query of their own in them, which stays too. */
static void judge_templates(const struct walk *w, int mapping) {
    for (size_t i = 0; yaml_value_at(w->text, mapping, i); i++) {
        struct buf value CLEANUP_BUF = BUF_INIT;
        int node = yaml_value_at(w->text, mapping, i);
        struct str old = yaml_value(w->text, node);
        struct spot spot = spot_of(w, node);
        bool asks = str_search(old, STR("query")) != SIZE_MAX;
        template_rewrite(w->m->from, old, &value, NULL);
        if (asks && predecessor_within(w->m->from, old) && !str_eq(buf_view(&value), old)) {
            migration_say(w->m, REMARK_LOST, &spot,
                          "a query between {{ and }} asks for old names and stays with its rule: "
                          "look at it");
        }
    }
}

/* A rule's own members, and those that a merge key ("<<") brings; what stands in labels and
   annotations belongs to the expression. */
static int take_members(const struct walk *w, int rule, int merged) {
    static const char *const keys[] = {"labels", "annotations"};
    int expr = yaml_get(w->text, rule, "expr");
    int fate = take_expr(w, expr ? expr : yaml_get(w->text, merged, "expr"));
    void (*take)(const struct walk *w, int mapping) =
        fate == QUERY_LEFT ? judge_templates : take_templates;
    for (size_t i = 0; fate >= 0 && i < sizeof(keys) / sizeof(keys[0]); i++) {
        take(w, yaml_get(w->text, rule, keys[i]));
        take(w, yaml_get(w->text, merged, keys[i]));
    }
    return fate < 0 ? fate : 0;
}

static int take_rule(struct walk *w, int rule) {
    struct buf where CLEANUP_BUF = BUF_INIT;
    int alert = yaml_get(w->text, rule, "alert");
    int record = yaml_get(w->text, rule, "record");
    int merged = yaml_get(w->text, rule, "<<");
    w->where = STR("");
    if (!yaml_is(w->text, rule, YAML_MAPPING_NODE) || (!alert && !record && !merged)) {
        mistake(w, rule, "this is no rule: it has neither alert nor record");
        return 0;
    }
    struct str name = yaml_value(w->text, alert ? alert : record);
    buf_fmt(&where, "%s %.*s", alert ? "alert" : "record", STR_ARG(name));
    w->where = buf_view(&where);
    w->records = !alert;
    if (!yaml_get(w->text, rule, "expr") && !yaml_get(w->text, merged, "expr")) {
        mistake(w, rule, "it has no expr");
        return 0;
    }
    return take_members(w, rule, merged);
}

static int take_group(struct walk *w, int group) {
    int rules = yaml_get(w->text, group, "rules");
    int r = 0;
    w->where = STR("");
    if (!yaml_is(w->text, rules, YAML_SEQUENCE_NODE)) {
        mistake(w, group, "a group without a list of rules");
        return 0;
    }
    for (size_t i = 0; !r && yaml_item_at(w->text, rules, i); i++) {
        r = take_rule(w, yaml_item_at(w->text, rules, i));
    }
    return r;
}

static int take_groups(struct walk *w) {
    int root = yaml_root(w->text);
    int groups = yaml_get(w->text, root, "groups");
    groups = groups ? groups : yaml_get(w->text, yaml_get(w->text, root, "spec"), "groups");
    int r = 0;
    if (!yaml_is(w->text, groups, YAML_SEQUENCE_NODE)) {
        return err_set(w->err, -EINVAL, "%zu: this is no rule file: it has no list \"groups\"",
                       yaml_line(w->text, root));
    }
    if (w->text->more) {
        struct spot spot = {.line = w->text->more};
        migration_say(w->m, REMARK_FOREIGN, &spot,
                      "a second document, which Prometheus does not read: left as it is");
    }
    for (size_t i = 0; !r && yaml_item_at(w->text, groups, i); i++) {
        r = take_group(w, yaml_item_at(w->text, groups, i));
    }
    return r ? r : migration_check(w->m, w->err);
}

int rules_migrate(struct migration *m, struct str bytes, struct buf *out, struct err *err) {
    struct yaml_text text CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    int r = yaml_text_parse(bytes, &text, err);
    if (r) {
        return r;
    }
    struct yaml_changes changes CLEANUP_YAML_CHANGES;
    yaml_changes_init(&changes, &text);
    struct walk w = {.m = m, .text = &text, .changes = &changes, .err = err};
    r = take_groups(&w);
    return r ? r : yaml_changes_write(&changes, out, err);
}
