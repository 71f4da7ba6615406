/*
 * Flags of tools that Dockmeter stands in for: cAdvisor's, and -p of the Docker Data Exporter. Some
 * are other names of options. The rest means nothing here and is accepted, so that a command line
 * goes on working; one note names those that were met. What would leave the server open is refused:
 * see legacy.h.
 */
#ifndef DOCKMETER_CONFIG_FOREIGN_H
#define DOCKMETER_CONFIG_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define FOREIGN_MAX 96

struct load;
struct config_origin;

struct foreign {
    const char *flag;   /* without its dashes */
    const char *option; /* what it sets; NULL: nothing */
    const char *yes;    /* what true is to that option; NULL: the value as it stands */
    const char *no;     /* … and false */
    bool boolean;       /* alone it is true */
    bool natural;       /* it sets nothing, and true of it is how Dockmeter is anyway */
};

extern const struct foreign foreigns[];
extern const size_t n_foreigns; /* at most FOREIGN_MAX */

/* By flag without its dashes, or NULL. */
const struct foreign *foreign_find(struct str flag);

/* The flag as people write it: a letter behind one dash, a word behind two. */
void foreign_write(const struct foreign *row, struct buf *out);

/* Takes the flag's value: into its option, or for foreign_settle() to tell of. */
MUST_USE int foreign_take(struct load *load, const struct foreign *row, struct str value,
                          const struct config_origin *origin, struct err *err);

/* Once all sources are read: what one flag means depends on others. */
MUST_USE int foreign_settle(struct load *load, struct err *err);

#endif
