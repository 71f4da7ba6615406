#include "migrate/selector.h"
#include "base/cleanup.h"

#include <errno.h>

#include "migrate/matcher.h"

#define CONTAINER_LABEL "container_label_"
#define NAME_LABEL "__name__"

struct reading {
    const struct predecessor *from;
    const struct tokens *tokens;
    struct remarks *remarks;
    struct arena *arena;
    struct matcher *matchers;
    size_t n;
    struct selector *out;
};

static struct str label_name(const struct reading *r, const struct token *t) {
    return t->kind == TOKEN_STRING ? token_string(t, r->arena) : t->text;
}

/* The matchers between the braces; a quoted string alone is the family's name. */
static int read_matchers(struct reading *r, struct span braces) {
    const struct token *items = r->tokens->items;
    r->matchers = arena_array(r->arena, braces.to - braces.from + 1, sizeof(*r->matchers));
    for (size_t at = braces.from + 1; r->matchers && at + 1 < braces.to; at++) {
        const struct token *t = &items[at];
        bool alone = token_is(t + 1, ",") || token_is(t + 1, "}");
        struct matcher m = {.label = label_name(r, t), .name = t->text, .text = t->text};
        if (token_is(t, ",")) {
            continue;
        }
        if (!alone) {
            m.op = t[1].text;
            m.text = t[2].text;
            m.value = t[2].kind == TOKEN_STRING ? token_string(&t[2], r->arena) : t[2].text;
            at += 2;
        }
        bool names = alone ? t->kind == TOKEN_STRING
                           : str_eq(m.label, STR(NAME_LABEL)) && str_eq(m.op, STR("="));
        if (names && r->out->name.len == 0) {
            r->out->name = alone ? m.label : m.value;
        } else {
            r->matchers[r->n++] = m;
        }
    }
    return r->matchers ? 0 : -ENOMEM;
}

static void lose(struct reading *r, struct str subject, const char *why) {
    r->out->lost = true;
    remarks_add(r->remarks, REMARK_LOST, subject, str_of(why));
}

static const struct label_rule *rule_of(const struct reading *r, const struct family_rule *family,
                                        const struct matcher *m) {
    return m->op.len ? predecessor_label_rule(r->from, family, m->label) : NULL;
}

static bool wants_root(const struct reading *r, const struct family_rule *family) {
    for (size_t i = 0; i < r->n; i++) {
        const struct label_rule *rule = rule_of(r, family, &r->matchers[i]);
        if (rule && matcher_is_root(rule, &r->matchers[i])) {
            return true;
        }
    }
    return false;
}

static bool says(const struct reading *r, const char *const when[2]) {
    for (size_t i = 0; i < r->n; i++) {
        const struct matcher *m = &r->matchers[i];
        if (str_eq(m->label, str_of(when[0])) && str_eq(m->op, STR("=")) &&
            str_eq(m->value, str_of(when[1]))) {
            return true;
        }
    }
    return false;
}

/* The rule that fits the matchers, among those of the name. */
static void choose_rule(struct reading *r) {
    const struct family_rule *first = predecessor_family(r->from, r->out->name);
    const struct family_rule *end = r->from->families + r->from->n_families;
    if (!first) {
        return;
    }
    bool root = wants_root(r, first);
    r->out->rule = first;
    for (const struct family_rule *rule = first; rule < end; rule++) {
        bool same = str_eq(str_of(rule->old), r->out->name);
        if (same && rule->root == root && (!rule->when[0] || says(r, rule->when))) {
            r->out->rule = rule;
            if (!rule->form) {
                lose(r, r->out->name, rule->lost);
            }
            return;
        }
    }
    lose(r, r->out->name, first->form ? r->from->root_lost : first->lost);
}

static void put_quoted(struct buf *out, struct str value) {
    buf_byte(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\') {
            buf_byte(out, '\\');
        }
        if (value.ptr[i] == '\n') {
            buf_text(out, "\\n");
        } else {
            buf_byte(out, value.ptr[i]);
        }
    }
    buf_byte(out, '"');
}

static bool is_of_container(struct str label) {
    static const char *const names[] = {"container_name", "compose_service", "compose_project",
                                        "image"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_eq(label, str_of(names[i]))) {
            return true;
        }
    }
    return str_starts(label, STR(CONTAINER_LABEL));
}

static void give(struct reading *r, struct str label, struct buf *text) {
    struct selector *out = r->out;
    out->now[out->n_now++] = (struct translated){.text = arena_str(r->arena, buf_view(text)),
                                                 .of_container = is_of_container(label)};
}

static void remark_label(struct reading *r, const struct label_rule *rule, enum matcher_fate fate) {
    bool dropped = fate == MATCHER_DROPPED;
    struct buf text CLEANUP_BUF = BUF_INIT;
    struct str old = str_of(rule->old);
    bool renamed = rule->now && !str_eq(old, str_of(rule->now));
    if (dropped) {
        buf_text(&text, "dropped, it selects all that native has");
    } else if (renamed) {
        buf_fmt(&text, "now %s", rule->now);
    } else if (fate == MATCHER_CHANGED) {
        buf_text(&text, "its values are written otherwise");
    }
    if (rule->why) {
        buf_fmt(&text, "%s%s", text.len ? "; " : "", rule->why);
    }
    enum remark_kind kind = rule->why && !dropped ? REMARK_DIFFERS : REMARK_CHANGED;
    remarks_add(r->remarks, text.len ? kind : REMARK_SAME, old, buf_view(&text));
}

static void translate(struct reading *r, const struct matcher *m, const struct label_rule *rule) {
    struct buf value CLEANUP_BUF = BUF_INIT;
    struct buf text CLEANUP_BUF = BUF_INIT;
    const char *op = NULL;
    const char *why = NULL;
    enum matcher_fate fate = matcher_translate(rule, m, &op, &value, &why);
    bool consumed = r->out->rule->when[0] && str_eq(m->label, str_of(r->out->rule->when[0]));
    if (consumed) {
        r->out->changed = true;
        return;
    }
    if (fate == MATCHER_LOST) {
        lose(r, m->label, why);
        return;
    }
    remark_label(r, rule, fate);
    r->out->cores |= matcher_is_of_cores(rule, m);
    r->out->changed =
        r->out->changed || fate != MATCHER_KEPT || !str_eq(m->label, str_of(rule->now));
    if (fate == MATCHER_DROPPED) {
        return;
    }
    buf_fmt(&text, "%s%.*s", rule->now, STR_ARG(fate == MATCHER_KEPT ? m->op : str_of(op)));
    if (fate == MATCHER_KEPT) {
        buf_str(&text, m->text);
    } else {
        put_quoted(&text, buf_view(&value));
    }
    give(r, str_of(rule->now), &text);
}

static void take_over(struct reading *r, const struct matcher *m) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (m->op.len) {
        buf_str(&text, m->name);
        buf_str(&text, m->op);
    }
    buf_str(&text, m->text);
    give(r, m->label, &text);
    if (str_starts(m->label, STR(CONTAINER_LABEL))) {
        remarks_add(r->remarks, REMARK_DIFFERS, m->label,
                    STR("metrics.container_labels must name its key"));
    }
}

static int translate_all(struct reading *r) {
    r->out->now = arena_array(r->arena, r->n + 1, sizeof(*r->out->now));
    if (!r->out->now) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct label_rule *rule = rule_of(r, r->out->rule, &r->matchers[i]);
        if (rule) {
            translate(r, &r->matchers[i], rule);
        } else {
            take_over(r, &r->matchers[i]);
        }
    }
    return 0;
}

/* Whether a family of the predecessor's may fit an alternative of a pattern. */
static bool may_fit(const struct reading *r, struct str alternative) {
    size_t len = 0;
    while (len < alternative.len &&
           (alternative.ptr[len] == '_' || (alternative.ptr[len] | 0x20) >= 'a') &&
           (alternative.ptr[len] | 0x20) <= 'z') {
        len++;
    }
    struct str literal = str_sub(alternative, 0, len);
    for (size_t i = 0; i < r->from->n_families; i++) {
        const struct family_rule *f = &r->from->families[i];
        bool fits = len == alternative.len ? str_eq(str_of(f->old), literal)
                                           : str_starts(str_of(f->old), literal);
        if (fits) {
            return true;
        }
    }
    return false;
}

/* A selector without a name, or with a pattern of names. */
static void read_pattern(struct reading *r) {
    for (size_t i = 0; i < r->n; i++) {
        const struct matcher *m = &r->matchers[i];
        struct str rest = m->value;
        struct str part;
        bool negative = m->op.len && m->op.ptr[0] == '!';
        if (!str_eq(m->label, STR(NAME_LABEL)) || negative) {
            if (predecessor_label_rule(r->from, NULL, m->label)) {
                r->out->changed = true;
            }
            continue;
        }
        while (str_split(&rest, '|', &part)) {
            if (may_fit(r, part)) {
                lose(r, STR(NAME_LABEL), "which families a pattern means cannot be told");
                return;
            }
        }
        return;
    }
    if (r->out->changed) {
        lose(r, STR(NAME_LABEL), "no family is named, and each has a form of its own");
    }
    r->out->any = true;
}

int selector_read(const struct predecessor *from, const struct tokens *tokens,
                  const struct node *node, struct remarks *remarks, struct selector *ret_selector,
                  struct err *err) {
    struct selector out = {.rule = NULL};
    struct reading r = {
        .from = from, .tokens = tokens, .remarks = remarks, .arena = remarks->arena, .out = &out};
    bool variable = false;
    if (node->name.to > node->name.from) {
        out.name = tokens->items[node->name.from].text;
        variable = tokens->items[node->name.from].variable;
    }
    int rc = read_matchers(&r, node->braces);
    if (!rc && out.name.len && !variable) {
        choose_rule(&r);
        rc = out.rule && !out.lost ? translate_all(&r) : 0;
    } else if (!rc && from->same_names) {
        out.rule = NULL;
    } else if (!rc && variable) {
        lose(&r, out.name, "what the variable stands for cannot be told");
    } else if (!rc) {
        read_pattern(&r);
    }
    if (rc || arena_failed(r.arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret_selector = out;
    return 0;
}
