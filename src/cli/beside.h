/*
 * The server that a command is run beside in a container: process 1 there. `docker exec` and the
 * image's health check hand over the container's environment, but not the flags behind its image's
 * name; without these the command would mean another server.
 */
#ifndef DOCKMETER_CLI_BESIDE_H
#define DOCKMETER_CLI_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/str.h"

struct beside {
    const char *const *flags;
    size_t n;
};

/*
 * Of a command line as /proc/PID/cmdline has it, each word ended by a NUL, the flags of a server;
 * none when it is another program or command. Docker's and Podman's init (--init) put themselves
 * and "--" in front. The words are copied.
 */
struct beside beside_parse(struct str cmdline, struct arena *arena);

/*
 * The flags that a command is given, n of them; of one that has none those of process 1, and none
 * when this is process 1 itself or that one cannot be read.
 */
struct beside beside_choose(const char *const *args, size_t n, struct arena *arena);

/* Whether a process of this /proc/PID/status may write to the file by its user and groups; root is
   taken to have its capabilities, and no ACL is looked at. */
bool beside_may_write(struct str status, const struct stat *file);

/* Whether the server that this is beside may not write to the file, and this process may: both by
   user and groups. */
bool beside_is_refused(const struct stat *file);

#endif
