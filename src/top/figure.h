/*
 * Figures as short texts for a narrow column, with three significant digits, and foreign words made
 * harmless for a terminal. All functions append to a buffer and are pure.
 */
#ifndef DOCKMETER_TOP_FIGURE_H
#define DOCKMETER_TOP_FIGURE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* "512B", "1.50KiB", "23.4MiB": memory, as docker shows it. */
void figure_memory(struct buf *out, uint64_t bytes);

/* "512B", "1.50kB", "23.4MB": what is moved, in powers of 1000, as docker shows it. */
void figure_traffic(struct buf *out, uint64_t bytes);

/* Hundredths as "12.34"; from 1,000 on with one decimal. */
void figure_hundredths(struct buf *out, uint64_t hundredths);

/* "45s", "12m", "3h12m", "5d3h", "120d". */
void figure_age(struct buf *out, uint64_t seconds);

/*
 * The first `width` characters of a text: what is not printable ASCII, whose width on a terminal is
 * not certain, becomes "?". A text that is longer ends in "..". Returns how wide it is.
 */
size_t figure_word(struct buf *out, struct str text, size_t width);

#endif
