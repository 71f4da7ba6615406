/* The completions for zsh: specifications for _arguments, with what each flag does. */
#include "cli/completion.h"

#include "cli/own_flags.h"

static const char head[] =
    "#compdef dockmeter\n"
    "# Completions of dockmeter for zsh, from: dockmeter docs completion-zsh\n"
    "local subcommand=serve\n"
    "local -a subcommands flags\n"
    "[[ $words[2] = -* ]] || subcommand=$words[2]\n";

static const char tail[] = "if [[ $subcommand = help || $CURRENT = 2 && $words[2] != -* ]]; then\n"
                           "    (( CURRENT < 4 )) && _describe -t commands command subcommands\n"
                           "    return\n"
                           "fi\n"
                           "if [[ $words[2] != -* ]]; then\n"
                           "    shift words\n"
                           "    (( CURRENT-- ))\n"
                           "fi\n"
                           "_arguments : $flags\n";

/* "[what it does]" between quotes. */
static void write_help(const char *before, struct str help, struct buf *out) {
    buf_fmt(out, "[%s", before);
    completion_quoted(help, "[]\\", "'\\''", out);
    buf_byte(out, ']');
}

/* ":FILE:_files": what the value is called and what makes it. */
static void write_value(const struct completion_flag *flag, struct buf *out) {
    buf_fmt(out, ":%s:", flag->arg);
    switch (flag->value) {
    case VALUE_FILE:
        buf_text(out, "_files");
        break;
    case VALUE_FOLDER:
        buf_text(out, "_files -/");
        break;
    case VALUE_WORD:
        buf_byte(out, '(');
        completion_words(flag, out);
        buf_byte(out, ')');
        break;
    case VALUE_WORDS:
        buf_fmt(out, "_values -s , %s ", flag->arg);
        completion_words(flag, out);
        break;
    default:
        buf_byte(out, ' ');
    }
}

static void write_flag(const struct completion_flag *flag, struct buf *out) {
    bool bare = flag->value == VALUE_NONE || flag->value == VALUE_SWITCH;
    if (flag->value == VALUE_SWITCH) {
        buf_fmt(out, "    '(--%s)--no-%s", flag->name, flag->name);
        write_help(COMPLETION_OFF, flag->help, out);
        buf_fmt(out, "'\n    '(--no-%s)--%s", flag->name, flag->name);
    } else {
        buf_fmt(out, "    '%s--%s%s", flag->repeats ? "*" : "", flag->name, bare ? "" : "=");
    }
    write_help("", flag->help, out);
    if (!bare) {
        write_value(flag, out);
    }
    buf_text(out, "'\n");
}

/* The flags of a command that has its own: alone, or beside the options. */
static void write_case(const struct command *command, struct buf *out) {
    if (command->flags && command->flags->n) {
        buf_fmt(out, "%s)\n    flags%s=(\n", command->name, command->run ? "+" : "");
        completion_own(command, write_flag, out);
        buf_text(out, "    )\n    ;;\n");
    }
}

void completion_write_zsh(struct buf *out) {
    const struct command *command;
    buf_text(out, head);
    buf_text(out, "subcommands=(\n");
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        buf_fmt(out, "    '%s:", command->name);
        completion_quoted(str_of(command->help), "\\", "'\\''", out);
        buf_text(out, "'\n");
    }
    buf_text(out, ")\nflags=(\n");
    completion_options(write_flag, out);
    buf_text(out, ")\ncase $subcommand in\n");
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_case(command, out);
    }
    buf_text(out, "esac\n");
    buf_text(out, tail);
}
