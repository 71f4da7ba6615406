/*
 * PromQL as tokens, with Grafana's variables in it. Lossless: each token has the blanks and
 * comments in front of it, so that all tokens printed one after the other are the query again,
 * byte for byte. All views point into the query, which must outlive them.
 *
 * Grafana puts the value of a variable in before Prometheus sees the query, so one may stand
 * anywhere: alone ($metric, [[metric]]), for a duration ($__rate_interval, ${seconds}s), or as part
 * of a name (container_${what}_total). Such a token is a word, marked as a variable. Inside of a
 * string it is just text.
 */
#ifndef DOCKMETER_MIGRATE_TOKEN_H
#define DOCKMETER_MIGRATE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,     /* a name or a keyword, with colons outside of brackets; or a variable */
    TOKEN_NUMBER,   /* 1, 1_000, .5, 1e-3, 0x1f; Inf and NaN are words */
    TOKEN_DURATION, /* 1h30m */
    TOKEN_STRING,   /* with its quotes: "…", '…', `…` */
    TOKEN_SIGN,     /* an operator or a punctuation mark */
};

struct token {
    enum token_kind kind;
    bool variable;
    struct str lead; /* blanks and comments before it */
    struct str text;
};

struct tokens {
    struct str query;
    struct token *items; /* the last one is TOKEN_END */
    size_t n;
};

/* 0; -EINVAL: err says in which column what is no PromQL; -ENOMEM. */
MUST_USE int tokens_read(struct str query, struct arena *arena, struct tokens *ret_tokens,
                         struct err *err);

/* Whether the token is this sign. */
bool token_is(const struct token *t, const char *sign);

/* Whether the token is this keyword, in any case, and no variable. */
bool token_word(const struct token *t, const char *keyword);

/* The column of a token, from 1, in bytes. */
size_t token_column(const struct tokens *tokens, const struct token *t);

/* What a string token says, without quotes and escapes. */
struct str token_string(const struct token *t, struct arena *arena);

/* Bytes of Grafana's variable at s[at], 0 when there is none. */
size_t variable_len(struct str s, size_t at);

/* Whether a variable is anywhere in s. */
bool variable_within(struct str s);

/* Whether s is one variable and nothing else, anchors (^ and $) aside. */
bool variable_alone(struct str s);

#endif
