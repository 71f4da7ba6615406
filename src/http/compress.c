#include "http/compress.h"

#include <errno.h>
#include <libdeflate.h>
#include <limits.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/cleanup.h"

#define LEVEL 1
#define STREAM_STEP_BYTES (256U << 10)
#define GZIP_WINDOW_BITS (15 + 16) /* zlib's way to ask for a gzip wrapper */
#define STREAM_MEMORY_LEVEL 8

struct compressor {
    struct libdeflate_compressor *whole;
};

int compressor_new(struct compressor **ret, struct err *err) {
    struct compressor *c CLEANUP_FREE = calloc(1, sizeof(*c));
    if (!c) {
        return err_sys(err, -ENOMEM, "compressor");
    }
    c->whole = libdeflate_alloc_compressor(LEVEL);
    if (!c->whole) {
        return err_sys(err, -ENOMEM, "compressor");
    }
    *ret = take_ptr(c);
    return 0;
}

void compressor_free(struct compressor *c) {
    if (c) {
        libdeflate_free_compressor(c->whole);
        free(c);
    }
}

static int gzip_whole(struct compressor *c, struct str in, struct buf *out) {
    size_t bound = libdeflate_gzip_compress_bound(c->whole, in.len);
    char *to = buf_reserve(out, bound);
    if (!to) {
        return -ENOMEM;
    }
    size_t n = libdeflate_gzip_compress(c->whole, in.ptr, in.len, to, bound);
    out->len += n;
    return n ? 0 : -ENOMEM;
}

/* Gives the stream its next piece of input; true when that was the last. */
static bool feed(z_stream *z, struct str *in) {
    uInt step = in->len > UINT_MAX ? UINT_MAX : (uInt)in->len;
    if (z->avail_in == 0) {
        z->next_in = (const Bytef *)in->ptr;
        z->avail_in = step;
        *in = str_sub(*in, step, in->len - step);
    }
    return in->len == 0;
}

static int gzip_stream(struct str in, struct buf *out) {
    z_stream z = {0};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, STREAM_MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return -ENOMEM;
    }
    int rc = Z_OK;
    while (rc == Z_OK) {
        char *to = buf_reserve(out, STREAM_STEP_BYTES);
        if (!to) {
            break;
        }
        z.next_out = (Bytef *)to;
        z.avail_out = STREAM_STEP_BYTES;
        rc = deflate(&z, feed(&z, &in) ? Z_FINISH : Z_NO_FLUSH);
        out->len += STREAM_STEP_BYTES - z.avail_out;
    }
    (void)deflateEnd(&z);
    return rc == Z_STREAM_END ? 0 : -ENOMEM;
}

int compressor_gzip(struct compressor *c, struct str in, struct buf *out) {
    return in.len > COMPRESS_WHOLE_MAX_BYTES ? gzip_stream(in, out) : gzip_whole(c, in, out);
}
