#include "migrate/words.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"

struct scan {
    struct str s;
    size_t at;
};

static char here(const struct scan *c) {
    return c->at < c->s.len ? c->s.ptr[c->at] : '\0';
}

/* A backslash before a line's end, which is as if neither were there. */
static size_t joint_len(const struct scan *c) {
    struct str rest = str_sub(c->s, c->at, c->s.len - c->at);
    return str_starts(rest, STR("\\\n")) ? 2 : str_starts(rest, STR("\\\r\n")) ? 3 : 0;
}

/* The line of a place that is not before the one asked for last. */
static size_t line_at(struct words *words, struct str s, size_t at) {
    for (; words->counted < at; words->counted++) {
        words->newlines += s.ptr[words->counted] == '\n';
    }
    return words->newlines + 1;
}

static void skip_blanks(struct scan *c) {
    for (size_t joint = joint_len(c); joint || here(c) == ' ' || here(c) == '\t' || here(c) == '\r';
         joint = joint_len(c)) {
        c->at += joint ? joint : 1;
    }
    if (here(c) == '#') {
        c->at = str_find(c->s, '\n', c->at);
    }
}

static bool ends_word(char c) {
    return strchr(" \t\r\n;&|", c); /* the NUL too */
}

/* What stands between quotes; -EINVAL when they are not closed. */
static int take_quoted(struct scan *c, struct buf *out) {
    char quote = here(c);
    for (c->at++; c->at < c->s.len && here(c) != quote; c->at++) {
        size_t joint = quote == '"' ? joint_len(c) : 0;
        if (joint) {
            c->at += joint - 1;
            continue;
        }
        if (quote == '"' && here(c) == '\\' && c->at + 1 < c->s.len &&
            strchr("\"\\$`", c->s.ptr[c->at + 1])) {
            c->at++;
        }
        buf_byte(out, here(c));
    }
    if (c->at == c->s.len) {
        return -EINVAL;
    }
    c->at++;
    return 0;
}

static int take_word(struct scan *c, struct buf *out) {
    int r = 0;
    while (!r && !ends_word(here(c))) {
        size_t joint = joint_len(c);
        if (joint) {
            c->at += joint;
        } else if (here(c) == '"' || here(c) == '\'') {
            r = take_quoted(c, out);
        } else {
            c->at += here(c) == '\\' && c->at + 1 < c->s.len;
            buf_byte(out, here(c));
            c->at++;
        }
    }
    return r;
}

/* Takes the words up to the end of the command. */
static int take_command(struct scan *c, struct arena *arena, struct words *ret, struct err *err) {
    for (skip_blanks(c); !ends_word(here(c)); skip_blanks(c)) {
        struct buf text CLEANUP_BUF = BUF_INIT;
        size_t from = c->at;
        size_t line = line_at(ret, c->s, from);
        if (ret->n == WORDS_MAX) {
            return err_set(err, -E2BIG, "%zu: more than %d words", line, WORDS_MAX);
        }
        if (take_word(c, &text)) {
            return err_set(err, -EINVAL, "%zu: a quote is not closed", line);
        }
        ret->items[ret->n++] = (struct word){
            .text = arena_str(arena, buf_view(&text)), .from = from, .end = c->at, .line = line};
        if (buf_failed(&text) || arena_failed(arena)) {
            return err_set(err, -ENOMEM, "out of memory");
        }
    }
    return 0;
}

int words_next(struct words *words, struct str text, struct arena *arena, struct err *err) {
    struct scan c = {.s = text, .at = words->at};
    int r = 0;
    words->n = 0;
    while (!r && !words->n && c.at < text.len) {
        r = take_command(&c, arena, words, err);
        c.at += c.at < text.len;
    }
    words->at = c.at;
    return r;
}

int words_all(struct words *words, struct str text, struct arena *arena, struct err *err) {
    struct scan c = {.s = text};
    int r = 0;
    words->counted = words->newlines = 0;
    while (!r && c.at < text.len) {
        r = take_command(&c, arena, words, err);
        c.at += c.at < text.len;
    }
    return r;
}

struct str word_program(struct str word) {
    size_t from = 0;
    for (size_t i = 0; i < word.len; i++) {
        from = word.ptr[i] == '/' ? i + 1 : from;
    }
    return str_sub(word, from, word.len - from);
}
