/*
 * A flat file of the kernel: its lines, and the words of a line, as views into its text. All
 * inline: these are the inner loops of every parser in parse.h, whose rule about a cut last line is
 * kept here.
 *
 *     struct flat file = {.rest = text};
 *     while (flat_line(&file, &line)) { while (flat_word(&line, &word)) … }
 */
#ifndef DOCKMETER_KERNEL_FLAT_H
#define DOCKMETER_KERNEL_FLAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct flat {
    struct str rest; /* the whole text at first */
};

/* The next line without its newline. What does not end in a newline was cut and is left out. */
static inline bool flat_line(struct flat *file, struct str *ret) {
    struct str rest = file->rest;
    size_t at = str_find(rest, '\n', 0);
    if (at == rest.len) {
        return false;
    }
    *ret = str_sub(rest, 0, at);
    file->rest = str_sub(rest, at + 1, rest.len - at - 1);
    return true;
}

/* The next word between spaces; *line moves behind it. */
static inline bool flat_word(struct str *line, struct str *ret) {
    const char *at = line->ptr;
    const char *end = at + line->len;
    while (at < end && *at == ' ') {
        at++;
    }
    const char *from = at;
    while (at < end && *at != ' ') {
        at++;
    }
    *ret = (struct str){.ptr = from, .len = (size_t)(at - from)};
    *line = (struct str){.ptr = at, .len = (size_t)(end - at)};
    return ret->len > 0;
}

#endif
