/*
 * One buffer into which files are read whole, used again for each: reading allocates nothing in the
 * steady state.
 */
#ifndef DOCKMETER_KERNEL_READER_H
#define DOCKMETER_KERNEL_READER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct reader {
    struct buf buf;
};

#define READER_INIT                                                                                \
    { .buf = BUF_INIT }

void reader_done(struct reader *reader);

/*
 * The file's whole content from its beginning, good until the next call. A negative errno: what
 * reading it gave, -EFBIG beyond KERNEL_FILE_MAX, -ENOMEM.
 */
MUST_USE int reader_read(struct reader *reader, int fd, struct str *ret);

/* Opens, reads and closes a file below the open directory (see root_open_below()). */
struct root;
MUST_USE int reader_read_below(struct reader *reader, const struct root *root, int dir,
                               const char *path, struct str *ret);

#endif
