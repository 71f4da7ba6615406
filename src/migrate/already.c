#include "migrate/already.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "migrate/syntax.h"

struct search {
    const struct predecessor *from;
    const struct tokens *tokens;
    struct arena *arena;
    bool old; /* a name that only the predecessor had was seen */
    bool new; /* one that only native has */
};

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether the word stands in a form, which may be NULL, as a family or as anything else. */
static bool has_word(const char *form, struct str word, bool family) {
    for (const char *at = form ? form : ""; *at;) {
        size_t len = 0;
        while (is_name_char(at[len])) {
            len++;
        }
        if (str_eq((struct str){.ptr = at, .len = len}, word) && (at[len] == '{') == family) {
            return true;
        }
        at += len ? len : 1;
    }
    return false;
}

static bool is_form_of(const struct family_rule *rule, struct str family) {
    return has_word(rule->form, family, true) || str_eq(str_of(rule->mask), family);
}

static bool is_new_family(const struct predecessor *from, struct str name) {
    for (size_t i = 0; i < from->n_families; i++) {
        if (is_form_of(&from->families[i], name)) {
            return true;
        }
    }
    return false;
}

static bool is_given(const struct label_rule *labels, struct str word) {
    for (; labels && labels->old; labels++) {
        if (str_eq(str_of(labels->now), word)) {
            return true;
        }
    }
    return false;
}

/* Whether native has the label on the family, by what the predecessor's become. */
static bool is_new_label(const struct predecessor *from, struct str family, struct str label) {
    for (size_t i = 0; i < from->n_families; i++) {
        const struct family_rule *rule = &from->families[i];
        bool words = has_word(rule->form, label, false) ||
                     (!rule->root && has_word(rule->sum, label, false));
        if (is_form_of(rule, family) && (is_given(rule->labels, label) || words)) {
            return true;
        }
    }
    return is_given(from->labels, label);
}

static struct str family_of(const struct search *s, const struct node *n) {
    bool named = n->name.to > n->name.from;
    return named ? s->tokens->items[n->name.from].text : STR("");
}

static bool is_known(const struct search *s, struct str family) {
    return !family.len || predecessor_family(s->from, family) || is_new_family(s->from, family);
}

/* A label where series of a known family are. */
static void judge_label(struct search *s, struct str family, struct str label) {
    const struct family_rule *rule = predecessor_family(s->from, family);
    bool target = str_eq(label, STR("job")) || str_eq(label, STR("instance"));
    if (target || !label.len || !is_known(s, family)) {
        return;
    }
    bool old = predecessor_label_rule(s->from, rule, label);
    bool new = is_new_label(s->from, family, label);
    s->old |= old && !new;
    s->new |= new && !old;
}

/* Whether label_replace() or the like below gives a label of this name, which is the user's. */
static bool is_made(const struct search *s, const struct node *n, struct str label) {
    bool makes =
        node_named(n, s->tokens, "label_replace") || node_named(n, s->tokens, "label_join");
    const struct node *arg = makes ? node_kid(n, 1) : NULL;
    if (arg && str_eq(token_string(&s->tokens->items[arg->all.from], s->arena), label)) {
        return true;
    }
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        if (is_made(s, kid, label)) {
            return true;
        }
    }
    return false;
}

/* A label for all series below. */
static void judge_below(struct search *s, const struct node *n, struct str label) {
    if (n->kind == NODE_SELECTOR) {
        judge_label(s, family_of(s, n), label);
    }
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        judge_below(s, kid, label);
    }
}

static void judge_list(struct search *s, const struct node *n, struct span list) {
    for (size_t i = list.from; i < list.to; i++) {
        const struct token *t = &s->tokens->items[i];
        if (t->kind == TOKEN_WORD && !t->variable && !is_made(s, n, t->text)) {
            judge_below(s, n, t->text);
        }
    }
}

static void judge_selector(struct search *s, const struct node *n) {
    struct str family = family_of(s, n);
    bool old = predecessor_family(s->from, family);
    bool new = is_new_family(s->from, family);
    s->old |= old && !new;
    s->new |= new && !old;
    for (size_t i = n->braces.from; i < n->braces.to; i++) {
        const struct token *t = &s->tokens->items[i];
        bool label =
            t->kind == TOKEN_WORD && !t->variable && (token_is(t - 1, "{") || token_is(t - 1, ","));
        if (label && i > n->braces.from) {
            judge_label(s, family, t->text);
        }
    }
}

/* label_values(name{…}, label) and label_values(label). */
static bool judge_label_values(struct search *s, const struct node *n) {
    if (!node_named(n, s->tokens, "label_values") || !n->last || n->last->kind != NODE_SELECTOR) {
        return false;
    }
    judge_label(s, n->kids == n->last ? STR("") : family_of(s, n->kids), family_of(s, n->last));
    return true;
}

static void judge(struct search *s, const struct node *n) {
    bool values = judge_label_values(s, n);
    if (n->kind == NODE_SELECTOR) {
        judge_selector(s, n);
    }
    judge_list(s, n, n->list);
    judge_list(s, n, n->include);
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        if (!values || kid != n->last) {
            judge(s, kid);
        }
    }
}

bool already_native(const struct predecessor *from, struct str query) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct tokens tokens = {.n = 0};
    struct search s = {.from = from, .tokens = &tokens, .arena = &arena};
    struct node *root = NULL;
    struct err err = ERR_INIT;
    if (tokens_read(query, &arena, &tokens, &err) < 0 ||
        syntax_read(&tokens, &arena, &root, &err) < 0) {
        return false;
    }
    judge(&s, root);
    return s.new && !s.old;
}
