/* Operators between series of the predecessor's and series of others, which keep their labels. */
#include "base/cleanup.h"
#include "migrate/rewrite.h"

#define WHY "series of others, on the other side of the operator, still have it"

static void lose(struct rewrite *rw, struct str label) {
    rw->lost = true;
    remarks_add(rw->remarks, REMARK_LOST, label, STR(WHY));
}

static bool is_changed(const struct label_rule *rule) {
    return rule && !(rule->now && str_eq(str_of(rule->now), str_of(rule->old)));
}

static const struct node *bare(const struct node *n) {
    while (n->kind == NODE_PARENS) {
        n = n->kids;
    }
    return n;
}

/* Gives our side the label under its old name too. */
static void put_back(struct rewrite *rw, const struct node *ours, const struct label_rule *rule) {
    struct buf after CLEANUP_BUF = BUF_INIT;
    if (rewrite_makes(rw, bare(ours), str_of(rule->old))) {
        return;
    }
    buf_fmt(&after, ", \"%s\", \"$1\", \"%s\", \"(.*)\")", rule->old, rule->now);
    edit_wrap(&rw->edits, ours->all, STR("label_replace("), buf_view(&after));
    remarks_add(rw->remarks, REMARK_CHANGED, str_of(rule->old),
                STR("label_replace() keeps it for the series of others"));
}

/* on (name): the many side, which keeps its other labels, may have the label under both names. */
static void join_on(struct rewrite *rw, const struct node *n, const struct node *ours) {
    bool many = rewrite_many_side(rw, n) == ours;
    for (size_t i = n->list.from; i < n->list.to; i++) {
        const struct token *t = &rw->tokens->items[i];
        const struct label_rule *rule =
            t->kind == TOKEN_WORD ? rewrite_label_rule(rw, ours, t->text) : NULL;
        if (!is_changed(rule) || !rewrite_carries(rw, ours, t->text)) {
            continue;
        }
        if (many && label_is_renamed(rule)) {
            put_back(rw, ours, rule);
        } else {
            lose(rw, t->text);
        }
    }
}

/* All labels but those of ignoring() must be equal. */
static void join_all(struct rewrite *rw, const struct node *n, const struct node *ours) {
    for (const struct label_rule *l = rw->from->labels; l->old; l++) {
        struct str old = str_of(l->old);
        if (is_changed(l) && !rewrite_lists(rw, n->list, old) && rewrite_carries(rw, ours, old)) {
            lose(rw, old);
            return;
        }
    }
}

static void take_join(struct rewrite *rw, struct node *n) {
    bool left = mark_of(n->kids)->ours;
    const struct node *ours = left ? n->kids : n->last;
    const struct node *theirs = left ? n->last : n->kids;
    bool meet = left != mark_of(n->last)->ours && rewrite_has_series(rw, theirs) &&
                !token_word(&rw->tokens->items[n->name.from], "or");
    if (!meet) {
        return;
    }
    struct mark *mark = n->mark;
    mark->foreign_join = true;
    if (n->by && n->list.to) {
        join_on(rw, n, ours);
    } else {
        join_all(rw, n, ours);
    }
}

void rewrite_joins(struct rewrite *rw, struct node *n) {
    if (n->kind == NODE_BINARY) {
        take_join(rw, n);
    }
    for (struct node *kid = n->kids; kid; kid = kid->next) {
        rewrite_joins(rw, kid);
    }
}
