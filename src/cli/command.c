#include "cli/command.h"

#include <stdio.h>

#include "base/cleanup.h"

static const struct command commands[] = {
    {"serve", command_serve, NULL, NULL},        {"scrape", command_scrape, NULL, scrape_from},
    {"check", command_check, check_wrong, NULL}, {"healthcheck", command_healthcheck, NULL, NULL},
    {"config", command_config, NULL, NULL},      {"version", command_version, NULL, NULL},
    {"migrate", NULL, NULL, migrate_own},        {"top", NULL, NULL, top_own},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

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
