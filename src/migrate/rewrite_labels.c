/* Names of labels that stand outside of selectors. */
#include <string.h>

#include "base/cleanup.h"
#include "migrate/forms.h"
#include "migrate/rewrite.h"

#define CONTAINER "container_name"

/* What a label becomes below a node; false: nothing is known there, or nothing changes. */
static bool new_label(struct rewrite *rw, const struct node *n, struct str old,
                      const struct label_rule **ret_rule) {
    const struct label_rule *rule = rewrite_label_rule(rw, n, old);
    if (!rule || (rule->now && str_eq(str_of(rule->now), old))) {
        return false;
    }
    *ret_rule = rule;
    return true;
}

static bool is_lost(const struct label_rule *rule) {
    return !rule->now && rule->value == LABEL_LOST;
}

static void remark_label(struct rewrite *rw, const struct label_rule *rule) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (is_lost(rule)) {
        rw->lost = true;
        remarks_add(rw->remarks, REMARK_LOST, str_of(rule->old), str_of(rule->why));
        return;
    }
    if (rule->now) {
        buf_fmt(&text, "now %s", rule->now);
    } else {
        buf_text(&text, "dropped, it selects all that native has");
    }
    if (rule->why) {
        buf_fmt(&text, "; %s", rule->why);
    }
    remarks_add(rw->remarks, rule->why ? REMARK_DIFFERS : REMARK_CHANGED, str_of(rule->old),
                buf_view(&text));
}

/* Whether the list behind its opening bracket holds the label already. */
static bool is_listed(const struct buf *text, struct str label) {
    struct str rest = str_sub(buf_view(text), 1, text->len - 1);
    struct str part;
    while (str_split(&rest, ',', &part)) {
        if (str_eq(str_trim(part), label)) {
            return true;
        }
    }
    return false;
}

static void put_name(struct buf *list, struct str name) {
    if (name.len && !is_listed(list, name)) {
        buf_text(list, list->len > 1 ? ", " : "");
        buf_str(list, name);
    }
}

/* Whether a list of without() or ignoring() has all labels by which the old page told containers
   apart: the container's new label goes only then. */
static bool drops_container(const struct rewrite *rw, const struct node *n, struct span list) {
    bool any = false;
    for (const struct label_rule *l = rw->from->labels; l->old; l++) {
        struct str old = str_of(l->old);
        bool names = str_eq(str_of(l->now), STR(CONTAINER)) && rewrite_label_rule(rw, n, old) == l;
        if (names && !rewrite_lists(rw, list, old)) {
            return false;
        }
        any |= names;
    }
    return any;
}

/* What native tells of a container beside its name, and the old page never told. */
static bool put_new_ones(const struct rewrite *rw, const struct node *n, struct buf *list) {
    static const char *const names[] = {"compose_service", "compose_project", "image"};
    size_t len = list->len;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bool old = rewrite_has_source(rw, n, str_of(names[i]));
        for (const struct label_rule *l = rw->from->labels; l->old; l++) {
            old |= str_eq(str_of(l->now), str_of(names[i]));
        }
        if (!old) {
            put_name(list, str_of(names[i]));
        }
    }
    return list->len > len;
}

/* A container is told by what is left out of the list: no part of its name goes. */
static void remark_kept(struct rewrite *rw, struct str old) {
    remarks_add(rw->remarks, REMARK_DIFFERS, old,
                STR("not left out: other labels told containers apart, on native only "
                    "container_name does"));
}

static void rewrite_list(struct rewrite *rw, const struct node *n, struct span list, bool out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    bool changed = false;
    bool whole = out && drops_container(rw, n, list);
    buf_byte(&text, '(');
    for (size_t i = list.from; i < list.to; i++) {
        const struct token *t = &rw->tokens->items[i];
        const struct label_rule *rule = NULL;
        struct str now = t->text;
        if (t->kind != TOKEN_WORD && t->kind != TOKEN_STRING) {
            continue;
        }
        if (t->kind == TOKEN_WORD && new_label(rw, n, t->text, &rule)) {
            bool kept = out && !whole && str_eq(str_of(rule->now), STR(CONTAINER));
            changed = true;
            now = kept ? STR("") : str_of(rule->now);
            if (!out && rule->value == LABEL_CPU) {
                rw->lost = true;
                remarks_add(rw->remarks, REMARK_LOST, t->text, STR(NO_CORES));
            } else if (kept) {
                remark_kept(rw, t->text);
            } else {
                remark_label(rw, rule);
            }
        }
        put_name(&text, now);
    }
    changed |= whole && put_new_ones(rw, n, &text);
    buf_byte(&text, ')');
    if (changed) {
        edit_replace(&rw->edits, list, buf_view(&text));
    }
}

/* A label's values are read: whether they are the old ones as far as the function looks. */
static bool reads_well(const struct rewrite *rw, const struct node *call, const struct node *arg,
                       const struct label_rule *rule) {
    static const char *const all[] = {"(.*)", "(.+)", "^(.*)$", "^(.+)$"};
    bool same = rule->value == LABEL_AS_IS || rule->value == LABEL_CONTAINER;
    if (same || !node_named(call, rw->tokens, "label_replace")) {
        return true;
    }
    for (size_t i = 0; arg->next && i < sizeof(all) / sizeof(all[0]); i++) {
        same |= str_eq(rewrite_string(rw, arg->next), str_of(all[i]));
    }
    return same;
}

static void lose_argument(struct rewrite *rw, const struct label_rule *rule, const char *why) {
    rw->lost = true;
    remarks_add(rw->remarks, REMARK_LOST, str_of(rule->old), str_of(why));
}

/* A label in quotes as an argument. One that the function makes is the user's own, and has another
   name only where native's label of that meaning is what is made. */
static void rewrite_argument(struct rewrite *rw, const struct node *call, const struct node *arg,
                             enum label_role role) {
    const struct label_rule *rule = rewrite_label_rule(rw, call, rewrite_string(rw, arg));
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (role == ROLE_READ) {
        rule = rewrite_label_rule(rw, call->kids, rewrite_string(rw, arg));
    }
    if (!rule || (role == ROLE_MADE && !label_is_renamed(rule))) {
        return;
    }
    if (role == ROLE_READ && rule->now && !reads_well(rw, call, arg, rule)) {
        lose_argument(rw, rule, "its values are others on native, which the pattern does not fit");
        return;
    }
    if (rule->now && str_eq(str_of(rule->now), str_of(rule->old))) {
        return;
    }
    if (!rule->now) {
        lose_argument(rw, rule, rule->why ? rule->why : "native has no such label");
        return;
    }
    remark_label(rw, rule);
    buf_fmt(&text, "\"%s\"", rule->now);
    edit_replace(&rw->edits, arg->all, buf_view(&text));
}

static void rewrite_arguments(struct rewrite *rw, const struct node *n) {
    size_t i = 0;
    for (const struct node *kid = n->kids; kid; kid = kid->next, i++) {
        enum label_role role = rewrite_role(rw, n, i);
        if (role != ROLE_NONE) {
            rewrite_argument(rw, n, kid, role);
        }
    }
}

/* label_values(name{…}, label), and label_values(label), which is about all families. */
static void rewrite_label_values(struct rewrite *rw, const struct node *n) {
    const struct node *arg = rewrite_label_argument(rw, n);
    if (!arg || arg->braces.to > arg->braces.from) {
        return;
    }
    struct str old = rw->tokens->items[arg->all.from].text;
    const struct label_rule *rule = NULL;
    if (arg == n->kids) {
        rule = predecessor_label_rule(rw->from, NULL, old);
    } else if (!new_label(rw, n, old, &rule)) {
        return;
    }
    if (!rule || (rule->now && str_eq(str_of(rule->now), old))) {
        return;
    }
    remark_label(rw, rule);
    if (rule->now) {
        edit_replace(&rw->edits, arg->all, str_of(rule->now));
    } else if (!is_lost(rule)) {
        rw->lost = true;
        remarks_add(rw->remarks, REMARK_LOST, old, STR("native has no such label"));
    }
}

void rewrite_labels(struct rewrite *rw, struct node *n) {
    if (n->list.to && !(n->by && n->kind == NODE_BINARY && mark_of(n)->foreign_join)) {
        rewrite_list(rw, n, n->list, !n->by);
    }
    if (n->include.to) {
        bool left = rewrite_many_side(rw, n) == n->kids;
        rewrite_list(rw, left ? n->last : n->kids, n->include, false);
    }
    rewrite_arguments(rw, n);
    rewrite_label_values(rw, n);
    for (struct node *kid = n->kids; kid; kid = kid->next) {
        rewrite_labels(rw, kid);
    }
}
