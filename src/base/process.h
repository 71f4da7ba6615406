/*
 * This process's own figures, from /proc/self and getrlimit; each absent when it cannot be read.
 */
#ifndef DOCKMETER_BASE_PROCESS_H
#define DOCKMETER_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

enum process_number {
    PROCESS_CPU_NS,
    PROCESS_RESIDENT_BYTES,
    PROCESS_VIRTUAL_BYTES,
    PROCESS_OPEN_FDS,
    PROCESS_MAX_FDS,
    PROCESS_START_UNIX_NS,
    PROCESS_NUMBERS,
};

struct process_figures {
    uint32_t have;
    uint64_t number[PROCESS_NUMBERS];
};

/* Reads them now. */
void process_read(struct process_figures *ret);

/*
 * Lets go of the pages of code that starting took, 1.4 MB of the static program's (most of it
 * OpenSSL's) that are not run again; what is needed comes back from the file's pages in memory.
 */
void process_drop_code(void);

#endif
