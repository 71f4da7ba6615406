/* Wiring: which command, with which configuration. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/reload.h"
#include "config/config.h"

extern char **environ;

static int run(const struct command *command, const char *const *args, size_t n_args) {
    struct config_request request = {
        .args = args, .n_args = n_args, .environ = (const char *const *)environ};
    struct config config CLEANUP(config_done) = {.origins = NULL};
    enum config_want want = CONFIG_RUN;
    struct err err = ERR_INIT;
    if (command->run == command_serve) {
        reload_hold();
    }
    int r = config_load(&request, &config, &want, &err);
    if (r == -ENOEXEC) {
        return wrong_usage(err.text);
    }
    if (r < 0 && command->wrong) {
        return command->wrong(&err);
    }
    if (r < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
        return 1;
    }
    if (want == CONFIG_HELP) {
        return help_print(NULL);
    }
    return want == CONFIG_VERSION ? command_version(&config) : command->run(&config);
}

/* A number of the standard files that is free would go to a socket, and messages into it. */
static void hold_standard_files(void) {
    int fd = 0;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        (void)close(fd);
    }
}

int main(int argc, char **argv) {
    hold_standard_files();
    /* Pages go back to the system when they are sent: with 5,000 containers 26 MB stay, not 60. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    const char *name = "serve";
    int first = 1;
    if (argc > 1 && argv[1][0] != '-') {
        name = argv[1];
        first = 2;
    }
    if (strcmp(name, "docs") == 0) {
        return command_docs(argc > 2 ? argv[2] : "");
    }
    const char *nearest = NULL;
    const struct command *command = command_find(name, &nearest);
    if (!command) {
        return wrong_command(name, nearest);
    }
    const char *const *args = (const char *const *)argv + first;
    size_t n_args = (size_t)(argc - first);
    int status = command->own ? command->own(args, n_args) : -1;
    return status >= 0 ? status : run(command, args, n_args);
}
