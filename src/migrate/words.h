/*
 * The words of a command line as a POSIX shell takes them apart, each with the place where it
 * stands: quotes, backslashes, lines that go on behind a backslash, comments. Nothing is expanded;
 * a line's end, ';', '&' and '|' end the command.
 */
#ifndef DOCKMETER_MIGRATE_WORDS_H
#define DOCKMETER_MIGRATE_WORDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define WORDS_MAX 1024

struct word {
    struct str text;  /* what it means */
    size_t from, end; /* where it stands */
    size_t line;      /* from 1 */
};

struct words {
    struct word items[WORDS_MAX];
    size_t n;
    size_t at;                /* where the next command begins */
    size_t counted, newlines; /* as far as lines have been counted */
};

/* Reads the next command of the text in place of the one before; no words at the text's end. Begins
   with a cleared struct. Texts lie in the arena. -EINVAL with "line: …" for a quote that is not
   closed; -E2BIG; -ENOMEM. */
MUST_USE int words_next(struct words *words, struct str text, struct arena *arena, struct err *err);

/* Adds the words of all commands in the text behind those that are there. Errors as above. */
MUST_USE int words_all(struct words *words, struct str text, struct arena *arena, struct err *err);

/* A program's name without its path. */
struct str word_program(struct str word);

#endif
