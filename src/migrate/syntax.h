/*
 * PromQL's grammar over tokens: which tokens make which part of a query. The tree and its tokens
 * lie in one arena. Types are not checked: a query that Prometheus refuses for them may pass.
 *
 *   sum by (name) (rate(x{a="b"}[5m] offset 1h)) > $limit
 *
 *   BINARY >
 *     AGGREGATE sum, list: (name)
 *       CALL rate
 *         RANGE [5m] offset 1h
 *           SELECTOR x{a="b"}
 *     LITERAL $limit
 */
#ifndef DOCKMETER_MIGRATE_SYNTAX_H
#define DOCKMETER_MIGRATE_SYNTAX_H

#include "migrate/token.h"

#define SYNTAX_DEPTH_MAX 200   /* brackets within brackets */
#define SYNTAX_HEIGHT_MAX 1000 /* of the tree: a + b + c + … */

enum node_kind {
    NODE_LITERAL,   /* a number, a string, a variable */
    NODE_SELECTOR,  /* name{…} offset … */
    NODE_RANGE,     /* what is before [5m] or [5m:1m] */
    NODE_CALL,      /* a function and its arguments */
    NODE_AGGREGATE, /* the same with a list of labels */
    NODE_PARENS,
    NODE_UNARY,
    NODE_BINARY,
};

/* Tokens from..to, to not included; none when they are equal. */
struct span {
    size_t from;
    size_t to;
};

struct node {
    enum node_kind kind;
    bool subquery; /* of a range: it has a colon */
    unsigned height;
    struct span all;     /* with modifiers */
    struct span name;    /* of a selector, function, aggregation; the operator of two */
    struct span braces;  /* of a selector, braces included; of a range its brackets */
    struct span offset;  /* offset and @ behind a selector or range */
    struct span list;    /* labels of by, without, on, ignoring, brackets included */
    struct span include; /* those of group_left, group_right */
    bool by;             /* the list is of by or on */
    struct node *parent;
    struct node *kids;
    struct node *last; /* of the kids */
    struct node *next; /* among its parent's kids */
    void *mark;        /* the user's own, NULL at first */
};

/* 0; -EINVAL: err says in which column what is no PromQL; -E2BIG: nested too deeply; -ENOMEM. */
MUST_USE int syntax_read(const struct tokens *tokens, struct arena *arena, struct node **ret_root,
                         struct err *err);

/* The i-th kid, or NULL. */
struct node *node_kid(const struct node *n, size_t i);

/* Whether the function or aggregation has this name. */
bool node_named(const struct node *n, const struct tokens *tokens, const char *name);

#endif
