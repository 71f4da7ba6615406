/*
 * This process: its own figures, from /proc/self and getrlimit, each absent when it cannot be read;
 * and the memory that only its start needed.
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
 * Unmaps the program's code, which comes back from the page cache as it is run: what only the start
 * ran, half of a static program with OpenSSL in it, does not. Changes nothing else, and nothing
 * at all under a debugger, whose breakpoints would be gone.
 */
void process_drop_start(void);

#endif
