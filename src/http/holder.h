/*
 * Who holds a TCP port on this machine, as far as /proc lets it be seen: for one error message at
 * start.
 */
#ifndef DOCKMETER_HTTP_HOLDER_H
#define DOCKMETER_HTTP_HOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

#define HOLDER_NAME_MAX 64

struct holder {
    char name[HOLDER_NAME_MAX]; /* the kernel's short name of the process */
    pid_t pid;
};

/* The process that listens on the port (any address); false when it cannot be seen. */
bool holder_find(uint16_t port, struct holder *ret);

/* The name of a process whose number is known. */
bool holder_of_pid(pid_t pid, struct holder *ret);

/*
 * One line of /proc/net/tcp or tcp6: the inode when it is a socket that listens on the port. Pure.
 *   "   0: 00000000:23F0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0
 * 3721465 1 …"
 */
bool holder_parse_line(struct str line, uint16_t port, uint64_t *ret_inode);

#endif
