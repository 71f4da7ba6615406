/*
 * What the kernel's files say, as numbers of a usage. Pure: bytes in, struct out; memory only from
 * the arena. Formats: the kernel's Documentation/admin-guide/cgroup-v1, cgroup-v2.rst and
 * accounting/psi.rst, and proc(5).
 *
 * Nothing is made up: a value that is missing, "max", negative, beyond 64 bits once scaled, or no
 * number at all leaves its number unset and the rest of the file counts. Unknown lines are passed
 * over. A line counts only with its newline, which the kernel always writes: without it the line
 * was cut.
 */
#ifndef DOCKMETER_KERNEL_PARSE_H
#define DOCKMETER_KERNEL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/machine.h"
#include "model/usage.h"

#define PARSE_DEVICES_MAX 4000      /* of one file; further ones are dropped and counted */
#define PARSE_INTERFACES_MAX 1000   /* the same */
#define PARSE_INTERFACE_NAME_MAX 64 /* a longer one is dropped and counted */
#define PARSE_KEYS_MAX 32           /* in a table of keys */
#define PARSE_KEY_LEN_MAX 63

/* A file of one number: "4096\n". False: "max", or no number. */
bool parse_number(struct str text, uint64_t *ret);

/* A line "key value" of a flat file, and where its value goes, multiplied by scale. */
struct parse_key {
    const char *key;
    enum usage_number number;
    uint32_t scale;
};

/* cpu.stat, memory.stat, memory.events, cpuacct.stat, memory.oom_control. Of a key that comes
   twice the first counts, number or not. The table holds a key once. */
void parse_keyed(struct str text, const struct parse_key *keys, size_t n, struct usage *usage);

/* cpu.pressure, memory.pressure, io.pressure: the totals (µs) of "some" and "full", in ns. */
void parse_pressure(struct str text, enum usage_number waiting, enum usage_number stalled,
                    struct usage *usage);

/*
 * Block devices. Both add to the usage's devices, merge, and leave them sorted by major and minor;
 * *dropped grows by the lines beyond the limit. -ENOMEM: the usage is as it was. A device of which
 * nothing is told is left out.
 * io.stat (v2): "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6".
 * blkio.* (v1): "8:0 Read 1", with "Total", "Sync", "Async", "Discard" passed over; into `read` and
 * `write`.
 */
MUST_USE int parse_io_stat(struct str text, struct arena *arena, struct usage *usage,
                           size_t *dropped);
MUST_USE int parse_blkio(struct str text, enum disk_number read, enum disk_number write,
                         struct arena *arena, struct usage *usage, size_t *dropped);

/* /proc/<pid>/net/dev: all interfaces but the default ones (usage.h), in byte order, instead of
   those that the usage had; of a name that comes twice one is dropped and counted. -ENOMEM: the
   usage is as it was. */
MUST_USE int parse_net_dev(struct str text, struct arena *arena, struct usage *usage,
                           size_t *dropped);

/* The same of the machine, without the interfaces by which containers hang on it: their traffic is
   counted on the containers' own and, where it leaves the machine, on the one that it leaves by.
   What cAdvisor leaves out: names that begin with lo, veth, docker, nerdctl, in any case. */
MUST_USE int parse_machine_net_dev(struct str text, struct arena *arena, struct usage *usage,
                                   size_t *dropped);

/* /proc/meminfo: MemTotal in bytes, or the line of another name ("MemFree:"). */
bool parse_mem_total(struct str text, uint64_t *ret_bytes);
bool parse_meminfo(struct str text, struct str name, uint64_t *ret_bytes);

/* A line of /proc/<pid>/mountinfo, its texts as they are written: see parse_mount_text(). */
struct mount_line {
    uint64_t id;
    struct str point; /* where it is mounted */
    struct str type;
    struct str source;
};

/* False: the line is no such line. */
bool parse_mount_line(struct str line, struct mount_line *ret);

/* A copy without the kernel's escapes: "/a\040b" is "/a b". */
struct str parse_mount_text(struct str text, struct arena *arena);

/* /proc/stat: when the machine was booted, and its cores that are online; what it does not tell
   stays as it was. */
void parse_stat(struct str text, int64_t *ret_booted_unix_ns, uint64_t *ret_cores);

/* /proc/<pid>/stat: whether the process is ending or has ended and nobody has reaped it yet; false
   where its other threads go on, and where the text does not tell. */
bool parse_exiting(struct str text);

/* /proc/partitions: the names of block devices; *dropped grows by the lines beyond the limit.
   -ENOMEM. */
MUST_USE int parse_partitions(struct str text, struct arena *arena, struct machine_device **ret,
                              size_t *ret_n, size_t *dropped);

#endif
