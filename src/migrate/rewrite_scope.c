/* What a name of a label means at a place of the query: which series are below, who made it. */
#include "migrate/rewrite.h"

#include <string.h>

bool rewrite_lists(const struct rewrite *rw, struct span list, struct str label) {
    for (size_t i = list.from; i < list.to; i++) {
        const struct token *t = &rw->tokens->items[i];
        if (t->kind == TOKEN_WORD && str_eq(t->text, label)) {
            return true;
        }
    }
    return false;
}

enum label_role rewrite_role(const struct rewrite *rw, const struct node *call, size_t i) {
    static const struct {
        const char *name;
        enum label_role role;
        size_t from, to;
    } functions[] = {
        {"label_replace", ROLE_MADE, 1, 1},
        {"label_replace", ROLE_READ, 3, 3},
        {"label_join", ROLE_MADE, 1, 1},
        {"label_join", ROLE_READ, 3, SIZE_MAX},
        {"count_values", ROLE_MADE, 0, 0},
        {"sort_by_label", ROLE_READ, 1, SIZE_MAX},
        {"sort_by_label_desc", ROLE_READ, 1, SIZE_MAX},
    };
    for (size_t f = 0; f < sizeof(functions) / sizeof(functions[0]); f++) {
        bool within = i >= functions[f].from && i <= functions[f].to;
        if (within && node_named(call, rw->tokens, functions[f].name)) {
            return functions[f].role;
        }
    }
    return ROLE_NONE;
}

struct str rewrite_string(const struct rewrite *rw, const struct node *arg) {
    const struct token *t = &rw->tokens->items[arg->all.from];
    bool string = arg->kind == NODE_LITERAL && t->kind == TOKEN_STRING;
    return string ? token_string(t, rw->arena) : STR("");
}

bool rewrite_makes(const struct rewrite *rw, const struct node *n, struct str label) {
    size_t i = 0;
    for (const struct node *kid = n->kids; kid; kid = kid->next, i++) {
        if (rewrite_role(rw, n, i) == ROLE_MADE && str_eq(rewrite_string(rw, kid), label)) {
            return true;
        }
    }
    return false;
}

static bool makes_below(const struct rewrite *rw, const struct node *n, struct str label) {
    bool makes = rewrite_makes(rw, n, label);
    for (const struct node *kid = n->kids; kid && !makes; kid = kid->next) {
        makes = makes_below(rw, kid, label);
    }
    return makes;
}

static const struct label_rule *find_rule(const struct rewrite *rw, const struct node *n,
                                          struct str old) {
    const struct mark *mark = mark_of(n);
    const struct label_rule *rule = NULL;
    if (mark && n->kind == NODE_SELECTOR && mark->ours) {
        return predecessor_label_rule(rw->from, mark->selector.rule, old);
    }
    for (const struct node *kid = n->kids; kid && !rule; kid = kid->next) {
        rule = find_rule(rw, kid, old);
    }
    return rule;
}

const struct label_rule *rewrite_label_rule(const struct rewrite *rw, const struct node *n,
                                            struct str old) {
    const struct label_rule *rule = find_rule(rw, n, old);
    return rule && !label_is_renamed(rule) && makes_below(rw, n, old) ? NULL : rule;
}

bool rewrite_has_source(const struct rewrite *rw, const struct node *n, struct str now) {
    const struct mark *mark = mark_of(n);
    const struct family_rule *family = mark ? mark->selector.rule : NULL;
    for (const struct label_rule *l = family ? family->labels : NULL; l && l->old; l++) {
        if (str_eq(str_of(l->now), now)) {
            return true;
        }
    }
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        if (rewrite_has_source(rw, kid, now)) {
            return true;
        }
    }
    return false;
}

bool rewrite_has_series(const struct rewrite *rw, const struct node *n) {
    if (n->kind == NODE_SELECTOR || node_named(n, rw->tokens, "scalar")) {
        return n->kind == NODE_SELECTOR;
    }
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        if (rewrite_has_series(rw, kid)) {
            return true;
        }
    }
    return false;
}

const struct node *rewrite_many_side(const struct rewrite *rw, const struct node *n) {
    for (size_t i = n->name.to; i < n->last->all.from; i++) {
        const struct token *t = &rw->tokens->items[i];
        if (token_word(t, "group_left") || token_word(t, "group_right")) {
            return token_word(t, "group_left") ? n->kids : n->last;
        }
    }
    const struct token *op = &rw->tokens->items[n->name.from];
    return token_word(op, "and") || token_word(op, "unless") ? n->kids : NULL;
}

static bool any_carries(const struct rewrite *rw, const struct node *n, struct str old) {
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        if (rewrite_carries(rw, kid, old)) {
            return true;
        }
    }
    return false;
}

/* Only families of containers have labels of containers. */
static bool selector_carries(const struct rewrite *rw, const struct node *n, struct str old) {
    const struct mark *mark = mark_of(n);
    if (!mark || !mark->ours) {
        return false;
    }
    const struct label_rule *rule = predecessor_label_rule(rw->from, mark->selector.rule, old);
    bool container = str_starts(mark->selector.name, STR("container_")) || !mark->selector.name.len;
    return rule && (container || rule->value == LABEL_HOST);
}

static bool aggregate_carries(const struct rewrite *rw, const struct node *n, struct str old) {
    static const char *const selecting[] = {"topk", "bottomk", "limitk", "limit_ratio"};
    bool all = n->list.to && n->by == rewrite_lists(rw, n->list, old);
    for (size_t i = 0; i < sizeof(selecting) / sizeof(selecting[0]); i++) {
        all |= node_named(n, rw->tokens, selecting[i]);
    }
    return all && any_carries(rw, n, old);
}

static bool binary_carries(const struct rewrite *rw, const struct node *n, struct str old) {
    const struct node *many = rewrite_many_side(rw, n);
    bool either = any_carries(rw, n, old);
    if (many) {
        return rewrite_carries(rw, many, old) || (either && rewrite_lists(rw, n->include, old));
    }
    return either && (!n->list.to || n->by == rewrite_lists(rw, n->list, old));
}

bool rewrite_carries(const struct rewrite *rw, const struct node *n, struct str old) {
    switch (n->kind) {
    case NODE_LITERAL:
        return false;
    case NODE_SELECTOR:
        return selector_carries(rw, n, old);
    case NODE_AGGREGATE:
        return aggregate_carries(rw, n, old);
    case NODE_BINARY:
        return binary_carries(rw, n, old);
    case NODE_CALL:
        return !node_named(n, rw->tokens, "scalar") && any_carries(rw, n, old);
    default:
        return any_carries(rw, n, old);
    }
}
