/*
 * Files of a TLS client that were read ahead, for a process that gives up root: from then on it may
 * not be allowed to read them, and libcurl reads them for each connection. Only what may not be
 * read any more is taken from here; a file that may is read anew, so that a renewed one is used.
 */
#ifndef DOCKMETER_LOOP_CREDENTIALS_H
#define DOCKMETER_LOOP_CREDENTIALS_H

#include "base/buf.h"

#define CREDENTIALS_FILE_MAX ((size_t)1024 * 1024)

struct fetch_target;

/* The bytes of each file; empty: there is none, or it could not be read. Zeroed by its owner. */
struct credentials {
    struct buf ca;
    struct buf cert;
    struct buf key;
};

/* Reads the files that the target names. What is wrong with one is told when it is used. */
void credentials_read(struct credentials *held, const struct fetch_target *target);
void credentials_done(struct credentials *held);

#endif
