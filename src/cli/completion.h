/*
 * Completions of the command line for bash, zsh and fish. Each is a plain script that has the
 * commands, the flags and their fixed values in it and runs nothing; cAdvisor's flags are left out.
 * Written into the tree by `dockmeter docs completion-bash` and its like.
 */
#ifndef DOCKMETER_CLI_COMPLETION_H
#define DOCKMETER_CLI_COMPLETION_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "cli/command.h"

#define COMPLETION_WORDS_MAX 32
#define COMPLETION_OFF "off: "

/* What stands behind a flag. */
enum completion_value {
    VALUE_NONE,
    VALUE_SWITCH, /* nothing; there is --no-NAME too, described with COMPLETION_OFF in front */
    VALUE_TEXT,
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_WORD,  /* one of the words */
    VALUE_WORDS, /* some of them, separated by commas */
};

struct completion_flag {
    const char *name; /* without dashes */
    const char *arg;  /* the value's word in --help */
    struct str help;  /* its first sentence, without the full stop */
    enum completion_value value;
    bool repeats;
    const char *words[COMPLETION_WORDS_MAX + 1]; /* NULL behind the last */
};

typedef void completion_visit(const struct completion_flag *flag, struct buf *out);

/* The flags of all commands, each of their names. */
void completion_options(completion_visit *visit, struct buf *out);

/* Those of a command that reads its arguments itself, none for the others; --help among them where
   it takes no others. */
void completion_own(const struct command *command, completion_visit *visit, struct buf *out);

/* The flag's words and the commands' names, with blanks between. */
void completion_words(const struct completion_flag *flag, struct buf *out);
void completion_commands(struct buf *out);

/* A text for between single quotes: quotes as `quote` has it, a backslash before what is special.
 */
void completion_quoted(struct str s, const char *special, const char *quote, struct buf *out);

/* The scripts. */
void completion_write_bash(struct buf *out);
void completion_write_zsh(struct buf *out);
void completion_write_fish(struct buf *out);

#endif
