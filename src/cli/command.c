#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/beside.h"

static const struct command commands[] = {
    {.name = "serve",
     .help = "serve the metrics over HTTP (the default)",
     .about = "It goes on until a signal ends it. Whether the Engine answers does not matter: "
              "the page stays up and tells it.",
     .run = command_serve},
    {.name = "scrape",
     .help = "print one page of metrics and end; --from=URL: another's page",
     .about = "The page is the one that a server of the same options would answer. With --from "
              "another exporter's page is fetched, checked and printed for people.",
     .run = command_scrape,
     .own = scrape_from,
     .flags = &scrape_from_flags},
    {.name = "check",
     .help = "check configuration, kernel, Engine, port; say what to do",
     .about = "Each line says of one thing whether it is right, and what to do where it is not. "
              "One container's figures are shown from both sources side by side.",
     .run = command_check,
     .wrong = check_wrong},
    {.name = "top",
     .help = "containers live in the terminal",
     .about = "A table that is drawn anew every interval, sorted by what containers use: q ends, "
              "c, m, n and d sort by CPU, memory, network and disk, the arrows to the left and "
              "right by the column beside, r turns the order round, a shows the stopped ones or "
              "hides them; the arrows up and down and the keys for pages scroll. Without a "
              "terminal it is printed once.",
     .run = command_top,
     .own = top_own,
     .flags = &top_flags},
    {.name = "healthcheck",
     .help = "ask a running Dockmeter whether it is well, for container images",
     .about =
         "It asks the address where a server of the same options would listen; in a container, "
         "without flags of its own, with those of the server that is process 1 there.",
     .run = command_healthcheck},
    {.name = "config",
     .help = "print the effective configuration and where each value is from",
     .about = "What is printed is a configuration file; secrets are shown as ***.",
     .run = command_config},
    {.name = "migrate",
     .help = "print another tool's dashboard, rules or configuration anew",
     .about = "What works, what changed and what has no new form is said line by line on standard "
              "error. Several files at once go to --output=DIR, one alone to standard output. All "
              "else in a file stays byte for byte.",
     .own = migrate_own,
     .flags = &migrate_flags},
    {.name = "version", .help = "print the version", .run = command_version, .own = version_own},
    {.name = "help",
     .help = "print this, or more about one command",
     .own = help_own,
     .flags = &help_flags},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *command_at(size_t i) {
    return i < N_COMMANDS ? &commands[i] : NULL;
}

const struct command *command_find(const char *name, const char **ret_nearest) {
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
        names[i] = commands[i].name;
    }
    *ret_nearest = str_nearest(str_of(name), names, N_COMMANDS);
    return NULL;
}

int command_configured(const char *const *args, size_t n, int (*wrong)(const struct err *err),
                       int (*run)(const struct config *config, const void *arg), const void *arg) {
    struct config_request request = {
        .args = args, .n_args = n, .environ = (const char *const *)environ};
    struct config config CLEANUP(config_done) = {.origins = NULL};
    enum config_want want = CONFIG_RUN;
    struct err err = ERR_INIT;
    int r = config_load(&request, &config, &want, &err);
    if (r == -ENOEXEC) {
        return wrong_usage(err.text);
    }
    if (r < 0 && wrong) {
        return wrong(&err);
    }
    if (r < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
        return 1;
    }
    if (want == CONFIG_HELP) {
        return help_print(NULL);
    }
    return want == CONFIG_VERSION ? command_version(&config) : run(&config, arg);
}

static int run_plain(const struct config *config, const void *arg) {
    const struct command *command = arg;
    return command->run(config);
}

int command_run(const struct command *command, const char *const *args, size_t n) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct beside flags = {.flags = args, .n = n};
    if (command->run != command_serve) { /* which is beside nobody */
        flags = beside_choose(args, n, &arena);
    }
    return command_configured(flags.flags, flags.n, command->wrong, run_plain, command);
}

void print_notes(const struct config *config) {
    for (size_t i = 0; i < config->notes.n; i++) {
        struct buf note CLEANUP_BUF = BUF_INIT;
        buf_plain(&note, config->notes.items[i]);
        (void)fprintf(stderr, "dockmeter: note: %s\n", buf_cstr(&note));
    }
}

int print_buf(struct buf *text) {
    bool cut = text->len && fwrite(text->data, 1, text->len, stdout) != text->len;
    if (buf_failed(text) || cut || fflush(stdout) != 0 || ferror(stdout)) {
        (void)fputs("dockmeter: cannot write to standard output\n", stderr);
        return 1;
    }
    return 0;
}

int wrong_usage(const char *message) {
    (void)fprintf(stderr, "dockmeter: %s\nTry 'dockmeter --help'.\n", message);
    return 2;
}

int wrong_command(const char *name, const char *nearest) {
    char message[160];
    (void)snprintf(message, sizeof(message), "unknown command \"%.64s\"%s%s%s", name,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return wrong_usage(message);
}
