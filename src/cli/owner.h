/*
 * Whether the kernel that is read is that of the Engine's machine, so that what it says of the
 * machine may be shown as the Engine's. Plain state of one Engine; what proves it, the first first:
 *
 *   1. the kernel tells a container's figures, now or earlier: it is
 *   2. it does not, though the Engine tells them: it is not
 *   3. the Engine is reached by a socket of this machine, or its name is the machine's: it is
 *
 * Otherwise nothing is known, and it counts as another's.
 */
#ifndef DOCKMETER_CLI_OWNER_H
#define DOCKMETER_CLI_OWNER_H

#include <stdbool.h>

#include "base/str.h"
#include "model/snapshot.h"

struct owner {
    bool local;  /* the Engine is reached by a socket of this machine */
    bool proven; /* the kernel told a container's figures */
};

/* Notes what a snapshot proves. */
void owner_learn(struct owner *owner, const struct snapshot *snapshot);

/* The verdict; host_name is the machine's whose kernel is read, empty: not known. */
bool owner_is_engine(const struct owner *owner, const struct snapshot *snapshot,
                     struct str host_name);

#endif
