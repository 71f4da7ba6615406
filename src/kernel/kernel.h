/*
 * The kernel as a source: a container's figures from its cgroup's files and /proc/<pid>/net/dev,
 * below a host root. A value with no static state; it owns the open directories and files, each
 * container's until kernel_forget() or a sweep.
 *
 * A cgroup is believed only when its path names the container's id, and a process only while its
 * /proc/<pid>/cgroup does or is our own (self.h); so a pid that the kernel has given to somebody
 * else is never read. See place.h for how the path is found, files.h for what is read, parse.h for
 * the formats.
 *
 * Symbolic links are followed inside the host root only. What is held open has a budget, because a
 * cgroup file that is kept open costs 4.6 kB of kernel memory, charged to the reader: beyond it
 * files are opened, read and closed. /proc/<pid>/net/dev is never held: it would pin the network
 * namespace.
 */
#ifndef DOCKMETER_KERNEL_KERNEL_H
#define DOCKMETER_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/container.h"
#include "model/machine.h"
#include "model/usage.h"

#define KERNEL_HELD_MAX 4096                  /* files held open, at most */
#define KERNEL_HELD_FILE_BYTES 4700           /* kernel memory of one */
#define KERNEL_FILE_MAX ((size_t)1024 * 1024) /* of one file; a longer one is not believed */

struct kernel;

struct kernel_settings {
    const char *host_root; /* NULL: /host, /rootfs or /hostfs when it is a host's, else / */
    size_t held_max; /* SIZE_MAX: a quarter of our own memory limit, at most KERNEL_HELD_MAX */
};

enum cgroup_mode { CGROUP_NONE, CGROUP_V1, CGROUP_V2, CGROUP_HYBRID };

/* "none", "v1", "v2", "hybrid". */
const char *cgroup_mode_word(enum cgroup_mode mode);

/* What the host offers; strings live as long as the kernel. */
struct kernel_host {
    struct str root; /* "/" or "/host" */
    enum cgroup_mode mode;
    struct str controllers; /* that the host has: "cpu io memory pids"; see kernel_missing() */
    uint64_t mem_total;     /* MemTotal; 0: unknown */
    size_t held_max;
    struct err
        trouble[6];    /* code 0: none. What keeps figures away, with the remedy in words that */
    size_t n_troubles; /* can be pasted; the first says whether anything can be read at all */
    bool usable;       /* some figures can be read */
};

/*
 * Looks at the host. Succeeds on a host without anything readable too (host->usable false);
 * -EINVAL: the given host_root is not a folder with proc and sys/fs/cgroup in it; -ENOMEM.
 */
MUST_USE int kernel_new(const struct kernel_settings *settings, struct kernel **ret,
                        struct err *err);
void kernel_free(struct kernel *kernel); /* NULL is fine */

const struct kernel_host *kernel_host(const struct kernel *kernel);

/*
 * One reading, now; arrays and names in the arena, *ret untouched on failure. Needs facts.id, pid,
 * network. Interfaces are read for NETWORK_OWN only. Which numbers are there depends on the host
 * (usage.h's presence bits). Errors, each with words for people:
 *   -ENOENT        the container's processes or cgroup are gone (it ended): no sample, no error
 *   -ESTALE        the pid is somebody else's: the container must be inspected again
 *   -EACCES        the files may not be read
 *   -EOPNOTSUPP    this host, or this container's place on it, cannot be read from here
 *   -ENODATA       its files are there but tell neither CPU nor memory
 *   -ENOMEM
 */
MUST_USE int kernel_read(struct kernel *kernel, const struct container_facts *facts,
                         struct arena *arena, struct usage *ret, struct err *err);

/* From now on, for good, readings tell what costs one more file for each container too
   (USAGE_PROCESSES): nobody looks at such a page once only. */
void kernel_want_details(struct kernel *kernel);

/* The machine itself, now, in the arena; what cannot be read is not known there. -ENOMEM. */
MUST_USE int kernel_machine(struct kernel *kernel, struct arena *arena, struct machine *ret);

/* The same without its usage and its devices, which are most of the work. */
MUST_USE int kernel_identity(struct kernel *kernel, struct arena *arena, struct machine *ret);

/* The container ended: closes what is held for it. Unknown ids are fine. */
void kernel_forget(struct kernel *kernel, struct str id);

/* Ends a round of readings: forgets all that were not read since the last sweep. */
void kernel_sweep(struct kernel *kernel);

/* Files and directories held open now, for tests and the record. */
size_t kernel_held(const struct kernel *kernel);

/* Devices and interfaces that were left out since the start, beyond the limits of parse.h. */
size_t kernel_dropped(const struct kernel *kernel);

/*
 * Readings of files since the start that failed though the file is there: it may not be read, is
 * too long, a link out of the host root, not a file, or says nothing that its format knows.
 */
size_t kernel_refused(const struct kernel *kernel);

/*
 * Whether some container that was read lacks a controller in its own cgroup (cpu, io, memory, pids)
 * that the host has; what the host itself lacks is one of its troubles. Then *ret is the sentence
 * for people, with the remedy: the same one each time, until another container lacks more.
 */
bool kernel_missing(const struct kernel *kernel, struct err *ret);

#endif
