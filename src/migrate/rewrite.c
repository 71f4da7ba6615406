#include "migrate/rewrite.h"
#include "base/cleanup.h"

#include <errno.h>

#include "migrate/form.h"
#include "migrate/forms.h"

#define RESOLUTION "15s" /* of a subquery that stands for a range: a usual scrape interval */

struct node *rewrite_label_argument(const struct rewrite *rw, const struct node *n) {
    bool last = n->last && n->last->kind == NODE_SELECTOR;
    return last && node_named(n, rw->tokens, "label_values") ? n->last : NULL;
}

/* The series that the query's remarks are about. */
static void remark_family(struct rewrite *rw, const struct selector *s) {
    const struct family_rule *rule = s->rule;
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_text(&text, "now ");
    form_describe(rule, &text);
    if (rule->differs) {
        buf_fmt(&text, "; %s", rule->differs);
    }
    struct buf same CLEANUP_BUF = BUF_INIT;
    buf_fmt(&same, "now %s", rule->old);
    bool changed = !str_eq(buf_view(&text), buf_view(&same));
    enum remark_kind kind = rule->differs ? REMARK_DIFFERS : REMARK_CHANGED;
    remarks_add(rw->remarks, changed ? kind : REMARK_SAME, s->name,
                changed ? buf_view(&text) : STR(""));
}

/* Functions over a range whose value of a sum is the sum of their values. */
static bool is_linear(const struct rewrite *rw, const struct node *call) {
    static const char *const names[] = {
        "rate",  "irate",         "increase",      "delta",          "idelta",
        "deriv", "sum_over_time", "avg_over_time", "last_over_time", "predict_linear",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (node_named(call, rw->tokens, names[i])) {
            return true;
        }
    }
    return false;
}

/* A product with a number, or a quotient by one. */
static bool is_scaled(const struct rewrite *rw, const struct node *p, const struct node *kid) {
    const struct token *op = &rw->tokens->items[p->name.from];
    bool left = kid == p->kids;
    return p->kind == NODE_BINARY && (token_is(op, "*") || (left && token_is(op, "/"))) &&
           !rewrite_has_series(rw, left ? p->last : p->kids);
}

/* Whether the sum over cores is asked for, and so far nothing else than a sum gives the same. */
static bool adds_cores(const struct rewrite *rw, const struct node *n) {
    for (const struct node *p = n->parent; p; n = p, p = p->parent) {
        bool passes = p->kind == NODE_PARENS || p->kind == NODE_UNARY ||
                      (p->kind == NODE_RANGE && !p->subquery) || is_linear(rw, p) ||
                      is_scaled(rw, p, n);
        if (p->kind == NODE_AGGREGATE) {
            return node_named(p, rw->tokens, "sum") &&
                   (!p->list.to || p->by != rewrite_lists(rw, p->list, STR("cpu")));
        }
        if (!passes) {
            return false;
        }
    }
    return false;
}

static int read_selector(struct rewrite *rw, struct node *n, struct mark *mark, struct err *err) {
    int rc = selector_read(rw->from, rw->tokens, n, rw->remarks, &mark->selector, err);
    const struct selector *s = &mark->selector;
    if (rc) {
        return rc;
    }
    mark->ours = s->rule || s->any;
    if (!s->lost && s->cores && !adds_cores(rw, n)) {
        mark->selector.lost = true;
        remarks_add(rw->remarks, REMARK_LOST, STR("cpu"), STR(NO_CORES));
    }
    rw->lost = rw->lost || s->lost;
    if (s->rule && !s->lost) {
        remark_family(rw, s);
    } else if (!s->rule && !s->lost && s->name.len) {
        remarks_add(rw->remarks, REMARK_FOREIGN, s->name, STR("no family of the predecessor's"));
    }
    return 0;
}

int rewrite_read(struct rewrite *rw, struct node *n, struct err *err) {
    struct mark *mark = arena_array(rw->arena, 1, sizeof(*mark));
    if (!mark) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    n->mark = mark;
    const struct node *label = rewrite_label_argument(rw, n);
    int rc = n->kind == NODE_SELECTOR ? read_selector(rw, n, mark, err) : 0;
    for (struct node *kid = n->kids; kid && !rc; kid = kid->next) {
        if (kid == label) {
            continue;
        }
        rc = rewrite_read(rw, kid, err);
        mark->ours = mark->ours || (!rc && mark_of(kid)->ours);
    }
    return rc;
}

/* " offset 5m" behind a selector or a range, as it was written. */
static struct str modifiers_of(const struct rewrite *rw, const struct node *n) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    for (size_t i = n->offset.from; i < n->offset.to; i++) {
        const struct token *t = &rw->tokens->items[i];
        if (i == n->offset.from) {
            buf_byte(&text, ' ');
        } else {
            buf_str(&text, t->lead);
        }
        buf_str(&text, t->text);
    }
    return arena_str(rw->arena, buf_view(&text));
}

/* Whether nothing stands beside it: the whole query, or between brackets or commas. */
static bool is_enclosed(const struct node *n) {
    const struct node *p = n->parent;
    return !p || p->kind == NODE_PARENS || p->kind == NODE_CALL || p->kind == NODE_AGGREGATE;
}

/* Whether the name is a word of the list "by (job, instance". */
static bool has_name(struct str list, struct str name) {
    struct str rest = str_sub(list, 4, list.len - 4);
    struct str part;
    while (str_split(&rest, ',', &part)) {
        if (str_eq(str_trim(part), name)) {
            return true;
        }
    }
    return false;
}

/* Whether a list has a label of the predecessor's. */
static bool lists_old(const struct rewrite *rw, const struct node *n,
                      const struct family_rule *rule) {
    for (size_t i = n->list.from; i < n->list.to; i++) {
        const struct token *t = &rw->tokens->items[i];
        if (t->kind == TOKEN_WORD && predecessor_label_rule(rw->from, rule, t->text)) {
            return true;
        }
    }
    return false;
}

/* Whether a list has all labels of "without (interface)". */
static bool lists_all_of(const struct rewrite *rw, struct span list,
                         const struct family_rule *rule) {
    size_t skip = strlen("without (");
    struct str rest = str_sub(str_of(rule->sum), skip, strlen(rule->sum) - skip - 1);
    struct str part;
    while (str_split(&rest, ',', &part)) {
        if (!rewrite_lists(rw, list, str_trim(part))) {
            return false;
        }
    }
    return true;
}

/* Whether n is summed up anyway, so that a sum of its parts in between changes nothing. */
static bool is_summed(const struct rewrite *rw, const struct node *n,
                      const struct family_rule *rule) {
    const struct node *p = n->parent;
    while (p && p->kind == NODE_PARENS) {
        p = p->parent;
    }
    if (!p || !node_named(p, rw->tokens, "sum")) {
        return false;
    }
    if (p->list.to && !p->by && str_starts(str_of(rule->sum), STR("without ("))) {
        return lists_all_of(rw, p->list, rule);
    }
    return p->list.to == 0 || (p->by && !(rule->root && lists_old(rw, p, rule)));
}

/* "sum by (job, instance) (", of the machine's own series with the labels that are asked for. */
static void put_sum(const struct rewrite *rw, const struct node *n, const struct family_rule *rule,
                    struct buf *out) {
    struct buf list CLEANUP_BUF = BUF_INIT;
    buf_str(&list, str_sub(str_of(rule->sum), 0, strlen(rule->sum) - 1));
    for (const struct node *p = n->parent; rule->root && p; p = p->parent) {
        for (size_t i = p->list.from; p->by && i < p->list.to; i++) {
            const struct token *t = &rw->tokens->items[i];
            bool label = t->kind == TOKEN_WORD && !predecessor_label_rule(rw->from, rule, t->text);
            if (label && !has_name(buf_view(&list), t->text)) {
                buf_text(&list, ", ");
                buf_str(&list, t->text);
            }
        }
    }
    buf_fmt(out, "sum %s) (", buf_cstr(&list));
}

/* Asks only whether there are series, and takes its labels from a plain selector. */
static bool wants_carrier(const struct rewrite *rw, const struct node *n) {
    static const char *const names[] = {"absent", "absent_over_time", "label_values"};
    const struct node *p = n->parent;
    p = p && p->kind == NODE_RANGE && !p->subquery ? p->parent : p;
    for (size_t i = 0; p && i < sizeof(names) / sizeof(names[0]); i++) {
        if (node_named(p, rw->tokens, names[i])) {
            return true;
        }
    }
    return false;
}

static struct span without_modifiers(const struct node *n) {
    return (struct span){.from = n->all.from, .to = n->all.to - (n->offset.to - n->offset.from)};
}

static void replace(struct rewrite *rw, const struct node *n, const struct buf *text) {
    edit_replace(&rw->edits, n->all, buf_view(text));
}

/* name{…}, a sum of it, or its form, as an instant vector. */
static void put_instant(const struct rewrite *rw, const struct node *n, struct str modifiers,
                        bool summed, struct buf *out) {
    const struct selector *s = &mark_of(n)->selector;
    const struct family_rule *rule = s->rule;
    if (rule->sum && !summed) {
        put_sum(rw, n, rule, out);
    }
    form_print(rule->form, s, modifiers, out);
    if (rule->sum && !summed) {
        buf_byte(out, ')');
    }
    if (rule->mask) {
        buf_text(out, " and ");
        form_print_family(str_of(rule->mask), s, modifiers, out);
    }
}

static void write_instant(struct rewrite *rw, const struct node *n) {
    const struct selector *s = &mark_of(n)->selector;
    struct buf text CLEANUP_BUF = BUF_INIT;
    bool atom = form_is_atom(s->rule->form) && !s->rule->mask;
    bool brackets = !atom && !is_enclosed(n);
    buf_text(&text, brackets ? "(" : "");
    put_instant(rw, n, modifiers_of(rw, n), s->rule->sum && is_summed(rw, n, s->rule), &text);
    buf_text(&text, brackets ? ")" : "");
    replace(rw, n, &text);
}

/* The range itself: [5m] becomes [5m:15s], below it stands what is no selector. */
static void write_subquery(struct rewrite *rw, const struct node *n, const struct node *range) {
    const struct selector *s = &mark_of(n)->selector;
    struct buf text CLEANUP_BUF = BUF_INIT;
    bool sum = s->rule->sum && !s->rule->mask;
    buf_text(&text, sum ? "" : "(");
    put_instant(rw, n, STR(""), false, &text);
    buf_text(&text, sum ? "" : ")");
    replace(rw, n, &text);
    size_t close = range->braces.to - 1;
    edit_wrap(&rw->edits, (struct span){.from = close, .to = close + 1}, STR(":" RESOLUTION),
              STR(""));
}

/* Around the function over the range: the sum of what it gives, or its mask. */
static void wrap_call(struct rewrite *rw, const struct node *call, const struct node *range,
                      const struct selector *s) {
    const struct family_rule *rule = s->rule;
    struct buf before CLEANUP_BUF = BUF_INIT;
    struct buf after CLEANUP_BUF = BUF_INIT;
    if (rule->sum && !is_summed(rw, call, rule)) {
        put_sum(rw, call, rule, &before);
        buf_byte(&after, ')');
    }
    if (rule->mask && rule->mask_ranges) {
        bool brackets = !is_enclosed(call);
        buf_text(&before, brackets ? "(" : "");
        buf_text(&after, " and ");
        form_print_family(str_of(rule->mask), s, modifiers_of(rw, range), &after);
        buf_text(&after, brackets ? ")" : "");
    }
    if (before.len || after.len) {
        edit_wrap(&rw->edits, call->all, buf_view(&before), buf_view(&after));
    }
}

static void write_range(struct rewrite *rw, const struct node *n, const struct node *range) {
    const struct selector *s = &mark_of(n)->selector;
    const struct node *call = range->parent;
    bool plain = form_is_plain(s->rule->form);
    bool below = call && call->kind == NODE_CALL;
    if (!plain || (s->rule->sum && !(below && is_linear(rw, call)))) {
        write_subquery(rw, n, range);
        return;
    }
    struct buf text CLEANUP_BUF = BUF_INIT;
    form_print(s->rule->form, s, STR(""), &text);
    replace(rw, n, &text);
    if (below) {
        wrap_call(rw, call, range, s);
    }
    if (s->rule->mask && !s->rule->mask_ranges) {
        remarks_add(rw->remarks, REMARK_DIFFERS, s->name,
                    STR("over a range containers that do not run are there too"));
    }
}

/* A selector whose name and matchers stay, and around which nothing is put. */
static bool is_unchanged(const struct selector *s) {
    const struct family_rule *rule = s->rule;
    struct str form = str_of(rule->form);
    return !s->changed && !rule->sum && !rule->mask && form.len == strlen(rule->old) + 2 &&
           str_starts(form, str_of(rule->old)) && form_is_plain(rule->form);
}

static void write_carrier(struct rewrite *rw, const struct node *n) {
    const struct selector *s = &mark_of(n)->selector;
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (!s->rule->mask && form_is_plain(s->rule->form)) {
        form_print(s->rule->form, s, STR(""), &text);
    } else {
        form_print_family(form_carrier(s->rule), s, STR(""), &text);
    }
    edit_replace(&rw->edits, without_modifiers(n), buf_view(&text));
}

static void write_selector(struct rewrite *rw, const struct node *n) {
    const struct selector *s = &mark_of(n)->selector;
    const struct node *range = n->parent;
    if (!s->rule || is_unchanged(s)) {
        return;
    }
    if (wants_carrier(rw, n)) {
        write_carrier(rw, n);
    } else if (range && range->kind == NODE_RANGE && !range->subquery) {
        write_range(rw, n, range);
    } else {
        write_instant(rw, n);
    }
}

void rewrite_selectors(struct rewrite *rw, struct node *n) {
    const struct node *label = rewrite_label_argument(rw, n);
    if (n->kind == NODE_SELECTOR) {
        write_selector(rw, n);
    }
    for (struct node *kid = n->kids; kid; kid = kid->next) {
        if (kid != label) {
            rewrite_selectors(rw, kid);
        }
    }
}
