/*
 * The tokens of a page, read one after another: names, blanks, words, label sets, texts with
 * escapes. The text format takes any number of blanks and tabs between tokens, OpenMetrics one
 * blank. Every function leaves the place behind what it read, or sets the fault and leaves the
 * place where it was.
 *
 *      page.ptr          at              end
 *      |== read =========|...............| NUL
 */
#ifndef DOCKMETER_EXPO_SCAN_H
#define DOCKMETER_EXPO_SCAN_H

#include "base/arena.h"
#include "expo/fault.h"
#include "expo/text.h"
#include "metrics/family.h"

#define SCAN_LABELS_MAX 128               /* of a sample or an exemplar */
#define SCAN_NAME_MAX 512                 /* bytes of the name of a metric or a label */
#define SCAN_TEXT_MAX ((size_t)64 * 1024) /* bytes of a label's value or a HELP, with escapes */
#define SCAN_NUMBER_MAX 512               /* bytes of a number */

struct scan {
    const char *at;
    const char *end; /* a NUL stands here */
    enum expo_format format;
    struct arena *arena; /* texts that had escapes */
    struct fault fault;
};

struct scan_labels {
    struct label items[SCAN_LABELS_MAX];
    size_t n;
};

/* What stands between tokens, at least one blank; `before` says what is expected behind it. */
MUST_USE int scan_gap(struct scan *s, const char *before);

/* Blanks, none too; in OpenMetrics nothing. */
void scan_blanks(struct scan *s);

/* Whether the next byte is c; passed over if so. */
bool scan_is(struct scan *s, char c);

/* The name of a metric, or of a label. `what` names it for the fault. */
MUST_USE int scan_metric_name(struct scan *s, const char *what, struct str *ret);
MUST_USE int scan_label_name(struct scan *s, struct str *ret);

/* Up to the next blank or the line's end; may be empty. */
struct str scan_word(struct scan *s);

/* Up to the line's end, which is passed over too; it may be the page's. */
struct str scan_rest(struct scan *s);

/* The newline; `behind` names what stands in front of it, for the fault. */
MUST_USE int scan_newline(struct scan *s, const char *behind);

/* The rest of the line as a HELP's text. */
MUST_USE int scan_help(struct scan *s, struct str *ret);

/* `a="1",b="2"}` behind an opening brace; no name comes twice, none is __name__. */
MUST_USE int scan_label_set(struct scan *s, struct scan_labels *ret);

#endif
