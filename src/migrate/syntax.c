#include "migrate/syntax.h"

#include <assert.h>
#include <errno.h>

struct parser {
    const struct tokens *tokens;
    size_t at;
    unsigned depth;
    struct arena *arena;
    struct err *err;
};

static int parse_expression(struct parser *p, int lowest, struct node **ret);

static const struct token *here(const struct parser *p) {
    return &p->tokens->items[p->at];
}

static const struct token *after(const struct parser *p) {
    bool last = here(p)->kind == TOKEN_END;
    return here(p) + (last ? 0 : 1);
}

static int refuse(struct parser *p, const char *expected) {
    const struct token *t = here(p);
    if (t->kind == TOKEN_END) {
        return err_set(p->err, -EINVAL, "column %zu: the query ends where %s should stand",
                       token_column(p->tokens, t), expected);
    }
    size_t len = t->text.len < 40 ? t->text.len : 40;
    return err_set(p->err, -EINVAL, "column %zu: \"%.*s\" stands where %s should",
                   token_column(p->tokens, t), (int)len, t->text.ptr, expected);
}

static int too_deep(struct parser *p) {
    return err_set(p->err, -E2BIG, "column %zu: nested too deeply",
                   token_column(p->tokens, here(p)));
}

/* Steps over the sign, which must be there. */
static int expect(struct parser *p, const char *sign, const char *what) {
    if (!token_is(here(p), sign)) {
        return refuse(p, what);
    }
    p->at++;
    return 0;
}

static struct node *new_node(struct parser *p, enum node_kind kind) {
    struct node *n = arena_array(p->arena, 1, sizeof(*n));
    if (!n) {
        err_set(p->err, -ENOMEM, "out of memory");
        return NULL;
    }
    n->kind = kind;
    n->height = 1;
    n->all.from = p->at;
    return n;
}

/* Puts kid behind n's other kids. */
static int adopt(struct parser *p, struct node *n, struct node *kid) {
    assert(kid);
    *(n->last ? &n->last->next : &n->kids) = kid;
    n->last = kid;
    kid->parent = n;
    if (kid->height >= n->height) {
        n->height = kid->height + 1;
    }
    return n->height > SYNTAX_HEIGHT_MAX ? too_deep(p) : 0;
}

/* (a, b), brackets included in the span; names may be quoted or variables. */
static int parse_list(struct parser *p, struct span *ret) {
    struct span span = {.from = p->at};
    int rc = expect(p, "(", "a list of labels in brackets");
    while (!rc && !token_is(here(p), ")")) {
        if (here(p)->kind != TOKEN_WORD && here(p)->kind != TOKEN_STRING) {
            return refuse(p, "a label");
        }
        p->at++;
        if (!token_is(here(p), ")")) {
            rc = expect(p, ",", "a comma or a closing bracket");
        }
    }
    if (rc) {
        return rc;
    }
    p->at++;
    span.to = p->at;
    *ret = span;
    return 0;
}

/* One matcher: a name, an operator, a string; or a name in quotes; or a variable. */
static int parse_matcher(struct parser *p) {
    const struct token *t = here(p);
    if (t->kind != TOKEN_WORD && t->kind != TOKEN_STRING) {
        return refuse(p, "a label");
    }
    p->at++;
    bool alone = token_is(here(p), ",") || token_is(here(p), "}");
    if (alone && (t->kind == TOKEN_STRING || t->variable)) {
        return 0;
    }
    const struct token *op = here(p);
    if (!token_is(op, "=") && !token_is(op, "!=") && !token_is(op, "=~") && !token_is(op, "!~")) {
        return refuse(p, "one of = != =~ !~");
    }
    p->at++;
    if (here(p)->kind != TOKEN_STRING && !here(p)->variable) {
        return refuse(p, "a value in quotes");
    }
    p->at++;
    return 0;
}

static int parse_braces(struct parser *p, struct span *ret) {
    struct span span = {.from = p->at};
    int rc = expect(p, "{", "an opening brace");
    while (!rc && !token_is(here(p), "}")) {
        rc = parse_matcher(p);
        if (!rc && !token_is(here(p), "}")) {
            rc = expect(p, ",", "a comma or a closing brace");
        }
    }
    if (rc) {
        return rc;
    }
    p->at++;
    span.to = p->at;
    *ret = span;
    return 0;
}

static int parse_selector(struct parser *p, struct node **ret) {
    struct node *n = new_node(p, NODE_SELECTOR);
    if (!n) {
        return -ENOMEM;
    }
    n->name = (struct span){.from = p->at, .to = p->at};
    if (here(p)->kind == TOKEN_WORD) {
        p->at++;
        n->name.to = p->at;
    }
    n->braces = (struct span){.from = p->at, .to = p->at};
    if (token_is(here(p), "{")) {
        int rc = parse_braces(p, &n->braces);
        if (rc) {
            return rc;
        }
    }
    n->all.to = p->at;
    *ret = n;
    return 0;
}

static int parse_arguments(struct parser *p, struct node *n) {
    int rc = expect(p, "(", "an opening bracket");
    while (!rc && !token_is(here(p), ")")) {
        struct node *kid = NULL;
        rc = parse_expression(p, 0, &kid);
        rc = rc ? rc : adopt(p, n, kid);
        if (!rc && !token_is(here(p), ")")) {
            rc = expect(p, ",", "a comma or a closing bracket");
            if (!rc && token_is(here(p), ")")) {
                return refuse(p, "an expression");
            }
        }
    }
    p->at += rc ? 0 : 1;
    return rc;
}

static bool is_grouping(const struct token *t) {
    return token_word(t, "by") || token_word(t, "without");
}

static int parse_grouping(struct parser *p, struct node *n) {
    if (!is_grouping(here(p))) {
        return 0;
    }
    if (n->list.to) {
        return refuse(p, "no second list of labels");
    }
    n->kind = NODE_AGGREGATE;
    n->by = token_word(here(p), "by");
    p->at++;
    return parse_list(p, &n->list);
}

static bool is_aggregation(const struct token *t) {
    static const char *const names[] = {
        "sum",    "avg",  "count",   "min",      "max",          "group",  "stddev",
        "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (token_word(t, names[i])) {
            return true;
        }
    }
    return false;
}

/* A function or an aggregation; the labels may stand on either side of the arguments. */
static int parse_call(struct parser *p, struct node **ret) {
    struct node *n = new_node(p, is_aggregation(here(p)) ? NODE_AGGREGATE : NODE_CALL);
    if (!n) {
        return -ENOMEM;
    }
    bool variable = here(p)->variable;
    n->name = (struct span){.from = p->at, .to = p->at + 1};
    p->at++;
    int rc = parse_grouping(p, n);
    rc = rc ? rc : parse_arguments(p, n);
    if (!rc && (n->kind == NODE_AGGREGATE || variable)) {
        rc = parse_grouping(p, n);
    }
    n->all.to = p->at;
    *ret = n;
    return rc;
}

static int parse_parens(struct parser *p, struct node **ret) {
    struct node *n = new_node(p, NODE_PARENS);
    struct node *kid = NULL;
    if (!n) {
        return -ENOMEM;
    }
    p->at++;
    int rc = parse_expression(p, 0, &kid);
    rc = rc ? rc : expect(p, ")", "a closing bracket");
    rc = rc ? rc : adopt(p, n, kid);
    n->all.to = p->at;
    *ret = n;
    return rc;
}

static int parse_literal(struct parser *p, struct node **ret) {
    struct node *n = new_node(p, NODE_LITERAL);
    if (!n) {
        return -ENOMEM;
    }
    p->at++;
    n->all.to = p->at;
    *ret = n;
    return 0;
}

static bool is_literal(const struct parser *p) {
    const struct token *t = here(p);
    bool selects = token_is(after(p), "{") || token_is(after(p), "[");
    bool word = t->variable || token_word(t, "inf") || token_word(t, "nan");
    return t->kind == TOKEN_NUMBER || t->kind == TOKEN_DURATION || t->kind == TOKEN_STRING ||
           (word && !selects);
}

static int parse_primary(struct parser *p, struct node **ret) {
    if (here(p)->kind == TOKEN_WORD && (token_is(after(p), "(") || is_grouping(after(p)))) {
        return parse_call(p, ret);
    }
    if (is_literal(p)) {
        return parse_literal(p, ret);
    }
    if (here(p)->kind == TOKEN_WORD || token_is(here(p), "{")) {
        return parse_selector(p, ret);
    }
    return token_is(here(p), "(") ? parse_parens(p, ret) : refuse(p, "an expression");
}

static bool is_time(const struct token *t) {
    return t->kind == TOKEN_DURATION || t->kind == TOKEN_NUMBER || t->variable;
}

/* offset 5m, offset -5m, @ 1609746000, @ start(), in any order. */
static int parse_offset(struct parser *p, struct node *n) {
    assert(n);
    size_t from = p->at;
    bool takes = n->kind == NODE_SELECTOR || n->kind == NODE_RANGE;
    while (token_word(here(p), "offset") || token_is(here(p), "@")) {
        bool at = token_is(here(p), "@");
        if (!takes) {
            return refuse(p, "no modifier (it belongs behind a selector or a range)");
        }
        p->at++;
        p->at += token_is(here(p), "-") || token_is(here(p), "+");
        bool edge = at && (token_word(here(p), "start") || token_word(here(p), "end"));
        if (!is_time(here(p)) && !edge) {
            return refuse(p, at ? "a time" : "a duration");
        }
        p->at++;
        int rc = edge ? expect(p, "(", "()") : 0;
        rc = rc || !edge ? rc : expect(p, ")", "a closing bracket");
        if (rc) {
            return rc;
        }
    }
    n->offset = (struct span){.from = from, .to = p->at};
    n->all.to = p->at;
    return 0;
}

/* [5m], [5m:], [5m:1m] behind *slot, which becomes its kid. */
static int parse_range(struct parser *p, struct node **slot) {
    struct node *n = new_node(p, NODE_RANGE);
    struct node *kid = *slot;
    if (!n) {
        return -ENOMEM;
    }
    n->all.from = kid->all.from;
    n->braces.from = p->at;
    p->at++;
    if (!is_time(here(p))) {
        return refuse(p, "a duration");
    }
    p->at++;
    n->subquery = token_is(here(p), ":");
    p->at += n->subquery;
    p->at += n->subquery && is_time(here(p));
    if (!n->subquery && (kid->kind != NODE_SELECTOR || kid->offset.from != kid->offset.to)) {
        return refuse(p, "the colon of a subquery");
    }
    int rc = expect(p, "]", "a closing bracket");
    n->braces.to = p->at;
    n->all.to = p->at;
    *slot = n;
    return rc ? rc : adopt(p, n, kid);
}

static int parse_postfix(struct parser *p, struct node **ret) {
    int rc = parse_primary(p, ret);
    rc = rc ? rc : parse_offset(p, *ret);
    while (!rc && token_is(here(p), "[")) {
        if ((*ret)->kind == NODE_RANGE && !(*ret)->subquery) {
            return refuse(p, "no second range");
        }
        rc = parse_range(p, ret);
        rc = rc ? rc : parse_offset(p, *ret);
    }
    return rc;
}

/* Binds closer the higher; 0: no operator. */
static int precedence(const struct token *t) {
    static const struct {
        const char *text;
        int rank;
    } operators[] = {
        {"or", 1}, {"and", 2},   {"unless", 2}, {"==", 3}, {"!=", 3}, {"<=", 3},
        {"<", 3},  {">=", 3},    {">", 3},      {"+", 4},  {"-", 4},  {"*", 5},
        {"/", 5},  {"atan2", 5}, {"%", 5},      {"^", 6},
    };
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (token_is(t, operators[i].text) || token_word(t, operators[i].text)) {
            return operators[i].rank;
        }
    }
    return 0;
}

#define PRECEDENCE_UNARY 5
#define PRECEDENCE_POWER 6

static int parse_unary(struct parser *p, struct node **ret) {
    if (!token_is(here(p), "-") && !token_is(here(p), "+")) {
        return parse_postfix(p, ret);
    }
    struct node *n = new_node(p, NODE_UNARY);
    struct node *kid = NULL;
    if (!n) {
        return -ENOMEM;
    }
    p->at++;
    int rc = parse_expression(p, PRECEDENCE_UNARY + 1, &kid);
    rc = rc ? rc : adopt(p, n, kid);
    n->all.to = p->at;
    *ret = n;
    return rc;
}

/* bool, on (…), group_left (…) behind an operator. */
static int parse_matching(struct parser *p, struct node *n) {
    int rc = 0;
    p->at += token_word(here(p), "bool");
    bool on = token_word(here(p), "on");
    if ((on || token_word(here(p), "ignoring")) && token_is(after(p), "(")) {
        p->at++;
        n->by = on;
        rc = parse_list(p, &n->list);
    }
    if (!rc && (token_word(here(p), "group_left") || token_word(here(p), "group_right"))) {
        p->at++;
        rc = token_is(here(p), "(") ? parse_list(p, &n->include) : 0;
    }
    return rc;
}

static int parse_binary(struct parser *p, struct node **slot, int rank) {
    struct node *n = new_node(p, NODE_BINARY);
    struct node *right = NULL;
    if (!n) {
        return -ENOMEM;
    }
    n->all.from = (*slot)->all.from;
    n->name = (struct span){.from = p->at, .to = p->at + 1};
    p->at++;
    int rc = parse_matching(p, n);
    rc = rc ? rc : parse_expression(p, rank == PRECEDENCE_POWER ? rank : rank + 1, &right);
    rc = rc ? rc : adopt(p, n, *slot);
    rc = rc ? rc : adopt(p, n, right);
    n->all.to = p->at;
    *slot = n;
    return rc;
}

static int parse_expression(struct parser *p, int lowest, struct node **ret) {
    if (p->depth == SYNTAX_DEPTH_MAX) {
        return too_deep(p);
    }
    p->depth++;
    int rc = parse_unary(p, ret);
    while (!rc) {
        int rank = precedence(here(p));
        if (!rank || rank < lowest) {
            break;
        }
        rc = parse_binary(p, ret, rank);
    }
    p->depth--;
    return rc;
}

int syntax_read(const struct tokens *tokens, struct arena *arena, struct node **ret_root,
                struct err *err) {
    struct parser p = {.tokens = tokens, .arena = arena, .err = err};
    struct node *root = NULL;
    int rc = parse_expression(&p, 0, &root);
    if (!rc && here(&p)->kind != TOKEN_END) {
        rc = refuse(&p, "an operator or the end");
    }
    if (rc) {
        return rc;
    }
    *ret_root = root;
    return 0;
}

struct node *node_kid(const struct node *n, size_t i) {
    struct node *kid = n->kids;
    for (; kid && i; i--) {
        kid = kid->next;
    }
    return kid;
}

bool node_named(const struct node *n, const struct tokens *tokens, const char *name) {
    bool named = n->kind == NODE_CALL || n->kind == NODE_AGGREGATE;
    return named && token_word(&tokens->items[n->name.from], name);
}
