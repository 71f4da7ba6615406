/*
 * The table of files: which file of which hierarchy tells which numbers, in which format. The order
 * is that of reading. Plain data, and its one interpreter; see parse.h for the formats.
 */
#ifndef DOCKMETER_KERNEL_FILES_H
#define DOCKMETER_KERNEL_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/hierarchy.h"
#include "kernel/parse.h"

#define FILES_MAX 32
#define FILE_NAMES_MAX 4

enum file_format {
    FORMAT_NUMBER,   /* one number */
    FORMAT_LIMIT,    /* one number, at most the host's memory; "max" is all of it */
    FORMAT_KEYED,    /* keys */
    FORMAT_PRESSURE, /* number: waiting, second: stalled */
    FORMAT_IO_STAT,
    FORMAT_BLKIO, /* read, write */
    FORMAT_LINES, /* number: how many lines */
    FORMATS,
};

struct kernel_file {
    const char *names[FILE_NAMES_MAX]; /* of these the first that is there */
    enum hierarchy hierarchy;
    enum hierarchy unless; /* on hosts that have this one it is not read: that one tells the same */
    bool wanted_only;      /* read only when somebody wants it: see kernel_want_details() */
    bool may_be_silent;    /* there are kernels where it has none of the keys */
    enum file_format format;
    enum usage_number number;
    enum usage_number second;
    enum disk_number read;
    enum disk_number write;
    const struct parse_key *keys;
    size_t n_keys;
};

extern const struct kernel_file kernel_files[];
extern const size_t n_kernel_files; /* at most FILES_MAX */

/* What the file says into the usage; -EBADMSG: it says nothing of what it should; -ENOMEM. */
MUST_USE int kernel_file_take(const struct kernel_file *file, struct str text, uint64_t mem_total,
                              struct arena *arena, struct usage *usage, size_t *dropped);

#endif
