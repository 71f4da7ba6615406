/*
 * What the benchmarks in C share: their numbers on the command line, and how they take time.
 */
#ifndef DOCKMETER_BENCH_ROUNDS_H
#define DOCKMETER_BENCH_ROUNDS_H

#include "base/clock.h"
#include "base/str.h"

#define ROUNDS 3

/* The best of the rounds, in seconds a run; the caller has run it once to warm up. */
static inline double best_of_rounds(void (*run)(void *arg), void *arg, unsigned runs) {
    double best_s = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start_ns = clock_mono_ns();
        for (unsigned i = 0; i < runs; i++) {
            run(arg);
        }
        double s = (double)(clock_mono_ns() - start_ns) / 1e9 / runs;
        best_s = s < best_s ? s : best_s;
    }
    return best_s;
}

/* A positive number, else otherwise. */
static inline size_t argument(const char *text, size_t otherwise) {
    uint64_t v = 0;
    return text && str_to_u64(str_of(text), &v) && v > 0 ? (size_t)v : otherwise;
}

#endif
