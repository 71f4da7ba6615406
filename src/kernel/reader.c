#include "kernel/reader.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/kernel.h"
#include "kernel/root.h"

#define CHUNK ((size_t)16 * 1024)
/* The kernel hands out a file of many records in pieces of nearly a page (4 kB), never less than
   half of one: what is shorter is the end, and the read that would say so is saved. */
#define SURELY_THE_END 2048

void reader_done(struct reader *reader) {
    buf_done(&reader->buf);
}

int reader_read(struct reader *reader, int fd, struct str *ret) {
    struct buf *b = &reader->buf;
    buf_reset(b);
    for (;;) {
        char *to = buf_reserve(b, CHUNK);
        if (!to) {
            return -ENOMEM;
        }
        ssize_t n = pread(fd, to, CHUNK, (off_t)b->len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        b->len += (size_t)n;
        if (b->len > KERNEL_FILE_MAX) {
            return -EFBIG;
        }
        if (n < SURELY_THE_END) {
            *ret = buf_view(b);
            return 0;
        }
    }
}

int reader_read_below(struct reader *reader, const struct root *root, int dir, const char *path,
                      struct str *ret) {
    CLEANUP_FD int fd = root_open_below(root, dir, path, ROOT_FILE);
    return fd < 0 ? fd : reader_read(reader, fd, ret);
}
