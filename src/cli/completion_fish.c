/* The completions for fish: one line for each command and flag, with what it does. */
#include "cli/completion.h"

#include "base/cleanup.h"

static const char head[] =
    "# Completions of dockmeter for fish, from: dockmeter docs completion-fish\n"
    "\n"
    "# Whether the command is one of these.\n"
    "function __dockmeter_is\n"
    "    set -l given (commandline -opc)\n"
    "    contains -- \"$given[2]\" $argv\n"
    "end\n"
    "\n"
    "# Whether so many words stand before the one that is written.\n"
    "function __dockmeter_behind\n"
    "    test (count (commandline -opc)) -eq $argv[1]\n"
    "end\n"
    "\n"
    "complete -c dockmeter -f\n";

static void write_help(const char *before, struct str help, struct buf *out) {
    buf_fmt(out, " -d '%s", before);
    completion_quoted(help, "\\", "\\'", out);
    buf_text(out, "'\n");
}

static void write_value(const struct completion_flag *flag, struct buf *out) {
    switch (flag->value) {
    case VALUE_NONE:
    case VALUE_SWITCH:
        break;
    case VALUE_FILE:
        buf_text(out, " -r -F");
        break;
    case VALUE_FOLDER:
        buf_text(out, " -x -a '(__fish_complete_directories)'");
        break;
    case VALUE_TEXT:
        buf_text(out, " -x");
        break;
    case VALUE_WORD:
    case VALUE_WORDS:
        buf_fmt(out, " -x -a '%s", flag->value == VALUE_WORDS ? "(__fish_append , " : "");
        completion_words(flag, out);
        buf_text(out, flag->value == VALUE_WORDS ? ")'" : "'");
        break;
    }
}

/* " -l flag …": what stands before it is the caller's. */
static void write_flag(const struct completion_flag *flag, struct buf *out) {
    buf_fmt(out, " -l %s", flag->name);
    write_value(flag, out);
    write_help("", flag->help, out);
    if (flag->value == VALUE_SWITCH) {
        buf_fmt(out, " -l no-%s", flag->name);
        write_help(COMPLETION_OFF, flag->help, out);
    }
}

/* The lines in `rows`, each behind the condition. */
static void write_rows(const char *condition, struct buf *rows, struct buf *out) {
    struct str rest = buf_view(rows);
    struct str row = STR("");
    while (str_split(&rest, '\n', &row) && row.len) {
        buf_fmt(out, "complete -c dockmeter -n '%s'%.*s\n", condition, STR_ARG(row));
    }
    buf_reset(rows);
}

static void write_command(const struct command *command, struct buf *out) {
    buf_fmt(out, "complete -c dockmeter -n '__dockmeter_behind 1' -a %s", command->name);
    write_help("", str_of(command->help), out);
}

void completion_write_fish(struct buf *out) {
    const struct command *command;
    struct buf rows CLEANUP_BUF = BUF_INIT;
    struct buf alone CLEANUP_BUF = BUF_INIT; /* the commands that take none of the options */
    buf_text(out, head);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_command(command, out);
        buf_fmt(&alone, "%s%s", command->run ? "" : " ", command->run ? "" : command->name);
    }
    buf_text(out, "complete -c dockmeter -n '__dockmeter_is help; and __dockmeter_behind 2' -a '");
    completion_commands(out);
    buf_text(out, "'\n");
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        struct buf condition CLEANUP_BUF = BUF_INIT;
        buf_fmt(&condition, "__dockmeter_is %s", command->name);
        completion_own(command, write_flag, &rows);
        write_rows(buf_cstr(&condition), &rows, out);
    }
    struct buf condition CLEANUP_BUF = BUF_INIT;
    buf_fmt(&condition, "not __dockmeter_is%s", buf_cstr(&alone));
    completion_options(write_flag, &rows);
    write_rows(buf_cstr(&condition), &rows, out);
}
