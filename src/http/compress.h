/*
 * gzip of whole bodies. libdeflate takes a page at once; bodies above 8 MB go through zlib's
 * stream, whose memory does not grow with them. One compressor for a server, its working memory
 * kept.
 *
 * Level 1 of libdeflate, measured on a page of 0.99 MB whose figures all differ: 16.4 times smaller
 * in 1.0 ms with 0.2 MB of working memory; level 6 19.1 times in 1.9 ms with 0.7 MB; zlib's level 1
 * 14.5 times in 1.6 ms. The loop stands still meanwhile, so time is worth more than the bytes.
 */
#ifndef DOCKMETER_HTTP_COMPRESS_H
#define DOCKMETER_HTTP_COMPRESS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define COMPRESS_MIN_BYTES 1024
#define COMPRESS_WHOLE_MAX_BYTES (8U << 20)

struct compressor;

MUST_USE int compressor_new(struct compressor **ret, struct err *err);
void compressor_free(struct compressor *c);

/* Appends `in` as one gzip member to out; on -ENOMEM out is what it was or has failed. */
MUST_USE int compressor_gzip(struct compressor *c, struct str in, struct buf *out);

#endif
