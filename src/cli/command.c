#include "cli/command.h"

#include <stdio.h>

static const struct command commands[] = {
    {"serve", command_serve},   {"scrape", command_scrape},
    {"check", command_check},   {"healthcheck", command_healthcheck},
    {"config", command_config}, {"version", command_version},
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

int print_buf(struct buf *text) {
    if (buf_failed(text) || fwrite(text->data, 1, text->len, stdout) != text->len ||
        fflush(stdout) != 0) {
        (void)fputs("dockmeter: cannot write to standard output\n", stderr);
        return 1;
    }
    return 0;
}
