/* --help and help: the commands and their own flags, around the options; within 80 columns. */
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/own_flags.h"

#define COLUMNS 80
#define INDENT 6

static const char head[] =
    "Dockmeter measures Docker containers and serves their metrics to Prometheus.\n"
    "\n"
    "Usage: dockmeter [COMMAND] [FLAGS]\n"
    "\n"
    "Commands:\n";

static const char examples[] =
    "\n"
    "Examples:\n"
    "  dockmeter\n"
    "  dockmeter --config.file=/etc/dockmeter/dockmeter.yaml\n"
    "  dockmeter scrape --docker.host=tcp://socket-proxy:2375\n"
    "  dockmeter scrape --from=http://localhost:9100/metrics\n"
    "  dockmeter migrate --from=cadvisor --dashboard=old.json > new.json\n"
    "  DOCKMETER_COLLECTION_INTERVAL=15s dockmeter\n"
    "\n";

/* The fixed values of a flag: " It is one of a, b." */
static void write_words(const struct own_flag *flag, struct buf *out) {
    const char *word;
    for (size_t i = 0; flag->word && (word = flag->word(i)) != NULL; i++) {
        buf_fmt(out, "%s%s", i ? ", " : " It is one of ", word);
    }
    buf_text(out, flag->word ? "." : "");
}

/* A command's own flags as the options are written. */
static void write_flags(const struct command *command, struct buf *out) {
    const struct own_flags *flags = command->flags;
    if (!flags || flags->n == 0) {
        return;
    }
    buf_fmt(out, "\nFlags of %s:\n", command->name);
    for (size_t i = 0; i < flags->n; i++) {
        struct buf text CLEANUP_BUF = BUF_INIT;
        buf_text(&text, flags->rows[i].help);
        write_words(&flags->rows[i], &text);
        const char *arg = flags->rows[i].arg;
        buf_fmt(out, "  %s%s%s\n", flags->rows[i].name, arg ? "=" : "", arg ? arg : "");
        buf_wrapped(out, buf_view(&text), INDENT, COLUMNS);
    }
}

/* One command: how it is called, what it does, its own flags. */
static void write_command(const struct command *command, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_fmt(&text, "dockmeter %s: %s.", command->name, command->help);
    buf_wrapped(out, buf_view(&text), 0, COLUMNS);
    buf_byte(out, '\n');
    if (command->about) {
        buf_wrapped(out, str_of(command->about), 0, COLUMNS);
        buf_byte(out, '\n');
    }
    buf_text(out, "Usage:\n");
    if (command->run) {
        buf_fmt(out, "  dockmeter %s [OPTIONS]\n", command->name);
    }
    if (command->flags) {
        buf_reset(&text);
        buf_fmt(&text, "dockmeter %s %s", command->name, command->flags->usage);
        buf_wrapped(out, buf_view(&text), 2, COLUMNS);
    }
    write_flags(command, out);
    if (command->run) {
        buf_text(out, "\nThe options are those of every command: dockmeter --help\n");
    }
}

void help_write_all(struct buf *out) {
    const struct command *command;
    buf_text(out, head);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        buf_fmt(out, "  %-11s  %s\n", command->name, command->help);
    }
    buf_text(out, examples);
    config_write_help(out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_flags(command, out);
    }
}

void help_write(const struct command *command, struct buf *out) {
    if (command) {
        write_command(command, out);
    } else {
        help_write_all(out);
    }
}

/* Its one argument is no flag. */
const struct own_flags help_flags = {.usage = "[COMMAND]"};

int help_print(const struct command *command) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    help_write(command, &out);
    return print_buf(&out);
}

int help_own(const char *const *args, size_t n) {
    const char *nearest = NULL;
    bool about = n > 0 && args[0][0] != '-';
    const struct command *command = about ? command_find(args[0], &nearest) : NULL;
    if (n > 1) {
        return wrong_usage("help takes the name of one command");
    }
    return about && !command ? wrong_command(args[0], nearest) : help_print(command);
}
