#include "migrate/token.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "migrate/literal.h"

struct reader {
    struct str query;
    size_t at;
    bool in_range; /* between [ and ], where a colon stands for itself */
    struct arena *arena;
    struct tokens out;
    size_t cap;
    struct err *err;
};

static char peek(const struct reader *r, size_t ahead) {
    return r->at + ahead < r->query.len ? r->query.ptr[r->at + ahead] : '\0';
}

static int refuse(struct reader *r, size_t at, const char *what) {
    return err_set(r->err, -EINVAL, "column %zu: %s", at + 1, what);
}

static void skip_blanks(struct reader *r) {
    while (r->at < r->query.len) {
        char c = r->query.ptr[r->at];
        if (c == '#') {
            r->at = str_find(r->query, '\n', r->at);
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            r->at++;
        } else {
            return;
        }
    }
}

/* Bytes of one part of a word at r->at: a letter, a variable; 0: the word ends. */
static size_t word_part(const struct reader *r) {
    char c = peek(r, 0);
    if (isalnum((unsigned char)c) || c == '_' || (c == ':' && !r->in_range)) {
        return 1;
    }
    return r->at < r->query.len ? variable_len(r->query, r->at) : 0;
}

/* The sign of an exponent: behind digits and an e, before a digit. */
static bool is_exponent_sign(const struct reader *r, size_t start) {
    char c = peek(r, 0);
    struct str before = str_sub(r->query, start, r->at - start);
    bool e = before.len && (before.ptr[before.len - 1] | 0x20) == 'e';
    return (c == '+' || c == '-') && e && isdigit((unsigned char)peek(r, 1)) &&
           literal_is_number(str_sub(before, 0, before.len - 1)) && !literal_is_hex(before);
}

/* From r->at: a name, or what begins like a number; sets *ret_variable. */
static struct str scan_word(struct reader *r, bool numeric, bool *ret_variable) {
    size_t start = r->at;
    for (;;) {
        size_t part = word_part(r);
        if (part > 1) {
            *ret_variable = true;
        }
        if (!part && numeric && (peek(r, 0) == '.' || is_exponent_sign(r, start))) {
            part = 1;
        }
        if (!part) {
            return str_sub(r->query, start, r->at - start);
        }
        r->at += part;
    }
}

static int read_number(struct reader *r, struct token *t) {
    size_t start = r->at;
    t->text = scan_word(r, true, &t->variable);
    if (t->variable) {
        t->kind = TOKEN_WORD;
    } else if (literal_is_duration(t->text)) {
        t->kind = TOKEN_DURATION;
    } else if (literal_is_number(t->text)) {
        t->kind = TOKEN_NUMBER;
    } else {
        return refuse(r, start, "this is neither a number nor a duration");
    }
    return 0;
}

static int read_string(struct reader *r, struct token *t) {
    const char *wrong = NULL;
    size_t len = literal_string(str_sub(r->query, r->at, r->query.len - r->at), &wrong);
    if (!len) {
        return refuse(r, r->at, wrong);
    }
    t->kind = TOKEN_STRING;
    t->text = str_sub(r->query, r->at, len);
    r->at += len;
    return 0;
}

static int read_sign(struct reader *r, struct token *t) {
    static const char *const pairs[] = {"==", "!=", "=~", "!~", ">=", "<="};
    struct str rest = str_sub(r->query, r->at, r->query.len - r->at);
    size_t len = 0;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        len = str_starts(rest, str_of(pairs[i])) ? 2 : len;
    }
    if (!len && rest.ptr[0] && strchr("+-*/%^=<>()[]{},:@", rest.ptr[0])) {
        len = 1;
    }
    if (!len) {
        return refuse(r, r->at, "this character has no meaning here");
    }
    t->kind = TOKEN_SIGN;
    t->text = str_sub(rest, 0, len);
    r->in_range = rest.ptr[0] == '[' || (r->in_range && rest.ptr[0] != ']');
    r->at += len;
    return 0;
}

static int read_token(struct reader *r, struct token *t) {
    size_t start = r->at;
    skip_blanks(r);
    t->lead = str_sub(r->query, start, r->at - start);
    char c = peek(r, 0);
    if (r->at == r->query.len) {
        t->kind = TOKEN_END;
        t->text = str_sub(r->query, r->at, 0);
        return 0;
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(r, 1)))) {
        return read_number(r, t);
    }
    if (c == '"' || c == '\'' || c == '`') {
        return read_string(r, t);
    }
    if (word_part(r) && (c != ':' || word_part(r) > 1)) {
        t->kind = TOKEN_WORD;
        t->text = scan_word(r, false, &t->variable);
        return 0;
    }
    return read_sign(r, t);
}

static struct token *next_slot(struct reader *r) {
    if (r->out.n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 32;
        struct token *items = arena_array(r->arena, cap, sizeof(*items));
        if (!items) {
            return NULL;
        }
        if (r->out.n) {
            memcpy(items, r->out.items, r->out.n * sizeof(*items));
        }
        r->out.items = items;
        r->cap = cap;
    }
    return &r->out.items[r->out.n++];
}

int tokens_read(struct str query, struct arena *arena, struct tokens *ret_tokens, struct err *err) {
    if (!query.ptr) {
        query = STR("");
    }
    struct reader r = {.query = query, .arena = arena, .out.query = query, .err = err};
    for (;;) {
        struct token *t = next_slot(&r);
        if (!t) {
            return err_set(err, -ENOMEM, "out of memory");
        }
        int rc = read_token(&r, t);
        if (rc) {
            return rc;
        }
        if (t->kind == TOKEN_END) {
            *ret_tokens = r.out;
            return 0;
        }
    }
}

bool token_is(const struct token *t, const char *sign) {
    return t->kind == TOKEN_SIGN && str_eq(t->text, str_of(sign));
}

bool token_word(const struct token *t, const char *keyword) {
    return t->kind == TOKEN_WORD && !t->variable && str_eq_nocase(t->text, str_of(keyword));
}

size_t token_column(const struct tokens *tokens, const struct token *t) {
    return (size_t)(t->text.ptr - tokens->query.ptr) + 1;
}

struct str token_string(const struct token *t, struct arena *arena) {
    struct str inner = str_sub(t->text, 1, t->text.len - 2);
    if (t->text.ptr[0] == '`' || str_find(inner, '\\', 0) == inner.len) {
        return inner;
    }
    char *plain = arena_alloc(arena, inner.len);
    if (!plain) {
        return STR("");
    }
    return (struct str){.ptr = plain, .len = literal_unescape(inner, plain)};
}
