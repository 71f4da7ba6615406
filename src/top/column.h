/*
 * The columns of the live table, and which of them a width has room for: each has a rank, and the
 * most important ones come first until the next rank does not fit. What no row knows is left out.
 * The name takes what is left.
 */
#ifndef DOCKMETER_TOP_COLUMN_H
#define DOCKMETER_TOP_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "top/rows.h"

enum { COLUMNS_MAX = 16 };

struct layout {
    size_t name_width;
    bool shown[COLUMNS_MAX]; /* by index of the column */
};

/* What fits into `width` characters; 0: everything. longest: the longest name's width; known: see
   rows.h. */
struct layout column_layout(size_t width, size_t longest, uint32_t known);

/* One line, without its end: the titles, or a row's figures. The title of what the table is sorted
   by is marked when it is coloured. */
void column_titles(const struct layout *layout, enum row_sort sort, bool colour, struct buf *out);
void column_row(const struct layout *layout, const struct top_row *row, bool colour,
                struct buf *out);

#endif
