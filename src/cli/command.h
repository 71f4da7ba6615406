/*
 * The commands, one file each. A command gets its loaded configuration and gives the program's
 * exit status: 0, 1 (failed, or a wrong configuration), 2 (wrong usage). The table is in
 * command.c; --help, the manual pages and the completions name what is in it.
 */
#ifndef DOCKMETER_CLI_COMMAND_H
#define DOCKMETER_CLI_COMMAND_H

#include <stddef.h>

#include "config/config.h"

struct build_info;
struct own_flags;

struct command {
    const char *name;
    const char *help;  /* one line of --help */
    const char *about; /* more sentences for the manual and `dockmeter help NAME`, or NULL */
    int (*run)(const struct config *config); /* NULL: its arguments are all its own */
    /* Tells of a wrong configuration and gives the exit status; NULL: a line to standard error. */
    int (*wrong)(const struct err *err);
    /* Sees the arguments first: the exit status when they are the command's own, else -1. NULL:
       they are the configuration's. */
    int (*own)(const char *const *args, size_t n);
    const struct own_flags *flags; /* which those are, or NULL */
};

/* The i-th command in the order of --help, NULL behind the last. */
const struct command *command_at(size_t i);

/* The command of that name, or NULL with the nearest name, if any is near, in *ret_nearest. */
const struct command *command_find(const char *name, const char **ret_nearest);

int command_serve(const struct config *config);
int command_scrape(const struct config *config);
int scrape_from(const char *const *args, size_t n);
int command_check(const struct config *config);
int check_wrong(const struct err *err);
int command_healthcheck(const struct config *config);
int command_config(const struct config *config);
int migrate_own(const char *const *args, size_t n);
int command_top(const struct config *config);
int top_own(const char *const *args, size_t n);
int command_version(const struct config *config);
int version_own(const char *const *args, size_t n);
int help_own(const char *const *args, size_t n);

extern const struct own_flags scrape_from_flags, migrate_flags, top_flags, help_flags;

/*
 * Loads the configuration that the arguments and the environment ask for and runs with it, or does
 * what else they ask for: help, the version. What is wrong is told, by `wrong` where there is one.
 * The exit status.
 */
int command_configured(const char *const *args, size_t n, int (*wrong)(const struct err *err),
                       int (*run)(const struct config *config, const void *arg), const void *arg);

/* The same for a command that has run. */
int command_run(const struct command *command, const char *const *args, size_t n);

/* Writes a generated document to standard output; the names are in config.c. */
int command_docs(const char *name);

/* Writes --help, or what it says of one command (NULL: all). */
void help_write(const struct command *command, struct buf *out);
void help_write_all(struct buf *out);

/* Prints that, and gives the exit status. */
int help_print(const struct command *command);

/* Says what is wrong with the command line on standard error; 2. */
int wrong_usage(const char *message);
int wrong_command(const char *name, const char *nearest);

/* What this build is. */
const struct build_info *build_info(void);

/* Says each of the configuration's notes on standard error. */
void print_notes(const struct config *config);

/* Writes all of it to standard output; 0, or 1 when that fails. */
int print_buf(struct buf *text);

#endif
