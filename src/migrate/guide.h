/*
 * docs/migrate: one page for each predecessor, written from the tables of names and from what the
 * rewriting itself makes of example queries, so that a page says what the program does.
 */
#ifndef DOCKMETER_MIGRATE_GUIDE_H
#define DOCKMETER_MIGRATE_GUIDE_H

#include "base/buf.h"
#include "migrate/predecessor.h"

struct guide_setting {
    const char *old; /* NULL ends a list */
    const char *now; /* NULL: without effect */
    const char *note;
};

struct guide {
    const char *predecessor;
    const char *change; /* Markdown: what to change, with the lines of a compose file */
    const char *values; /* Markdown: what differs in values, a list */
    const struct guide_setting *settings;
    const char *const *queries; /* examples, ended by NULL */
};

extern const struct guide guides[];
extern const size_t n_guides;

/* Appends the page. difference() tells why a family on the profile's page is not as the predecessor
   has it; NULL: it is. */
void guide_write(const struct predecessor *p,
                 const char *(*difference)(const char *profile, const char *family),
                 struct buf *out);

#endif
