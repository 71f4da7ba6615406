/*
 * One picture of the live table as lines of text: the Engine and its sums, what is wrong, the
 * table, the keys. No line is wider and no picture higher than asked. What others have named is
 * shown in printable ASCII only. Pure.
 *
 *   Docker 20.10.24 on alpha   4 of 6 containers run   CPU 12.30 % of 2 cores   memory 81.2MiB of …
 *   unix:///run/docker.sock: permission denied: …                 only while something is wrong
 *   NAME         STATE        CPU %     MEM  MEM %    RX/s …
 *   shop-web-1   healthy       7.51 12.3MiB   0.31  1.20kB …
 *   q quit   c m n d sort …                                      on a terminal
 */
#ifndef DOCKMETER_TOP_FRAME_H
#define DOCKMETER_TOP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "top/rows.h"

/* What stands above the table. */
struct frame_head {
    struct str engine;        /* "Docker 20.10.24"; empty: not known */
    struct str host_name;     /* empty: not known */
    const uint64_t *by_state; /* of all containers; NULL: not known */
    uint64_t cores;           /* 0: not known */
    uint64_t mem_bytes;       /* of the machine; 0: not known */
    struct str trouble;       /* empty: none */
};

/* How it is looked at. */
struct frame_view {
    size_t width;  /* characters; 0: as wide as need be */
    size_t height; /* lines; 0: all rows, and no line about keys */
    size_t first;  /* the row that is shown first */
    enum row_sort sort;
    bool colour;
};

/* Lines with "\n" behind each. Returns how many rows are shown. */
size_t frame_draw(const struct frame_view *view, const struct frame_head *head,
                  const struct rows *rows, struct buf *out);

#endif
