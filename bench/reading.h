/*
 * How the bare programs take the time and read a file of the kernel's that is open, to its end.
 */
#ifndef DOCKMETER_BENCH_READING_H
#define DOCKMETER_BENCH_READING_H

#include <time.h>
#include <unistd.h>

#define CHUNK 16384
/* The kernel's pieces of a long file are never shorter: less is its end. */
#define SURELY_THE_END 2048

static inline double now_us(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline void read_whole(int fd) {
    static char to[CHUNK];
    off_t at = 0;
    ssize_t n;
    do {
        n = pread(fd, to, sizeof(to), at);
        at += n;
    } while (n >= SURELY_THE_END);
}

#endif
