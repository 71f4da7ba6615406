/*
 * Reads recorded answers below $TEST_DATA for the tests of decoders.
 */
#ifndef DOCKMETER_TESTS_TEST_DATA_H
#define DOCKMETER_TESTS_TEST_DATA_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* The whole file; aborts when it cannot be read. The caller frees it with buf_done(). */
static inline struct buf test_data(const char *folder, const char *file) {
    const char *root = getenv("TEST_DATA");
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s/%s", root ? root : "tests/data", folder, file);
    FILE *in = fopen(path, "rb");
    if (!in) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        abort();
    }
    struct buf content = BUF_INIT;
    char chunk[4096];
    size_t n = fread(chunk, 1, sizeof(chunk), in);
    while (n) {
        buf_bytes(&content, chunk, n);
        n = fread(chunk, 1, sizeof(chunk), in);
    }
    (void)fclose(in);
    return content;
}

#endif
