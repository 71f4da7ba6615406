/*
 * The Prometheus text format 0.0.4 and OpenMetrics 1.0, written from families. A sink
 * (metrics/family.h) over one buffer; it knows no metric. Sources: the Prometheus documentation
 * "Exposition formats", the OpenMetrics specification 1.0.0.
 *
 *   text_begin -> (family, sample…)* -> text_end
 *
 * In OpenMetrics a counter's family drops _total from its name and the text ends in "# EOF".
 * The buffer fails stickily; ask buf_failed(out) after text_end().
 */
#ifndef DOCKMETER_EXPO_TEXT_H
#define DOCKMETER_EXPO_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "metrics/family.h"

enum expo_format { EXPO_TEXT, EXPO_OPENMETRICS };

struct text_writer {
    struct sink sink; /* first: the writer is a sink */
    enum expo_format format;
    struct buf *out;
    struct arena *arena; /* rendered base label sets */
    struct str name;     /* the present family's sample name */
};

/* Starts a page into out (appended to), with renderings kept in arena; both borrowed until
 * text_end(). */
void text_begin(struct text_writer *w, enum expo_format format, struct buf *out,
                struct arena *arena);
void text_end(struct text_writer *w);

/* The Content-Type of a format. */
const char *text_content_type(enum expo_format format);

#endif
