/*
 * One selector of a query, read by a predecessor's rules: which family, which of its rules, and
 * what its matchers become. Everything lies in the arena.
 */
#ifndef DOCKMETER_MIGRATE_SELECTOR_H
#define DOCKMETER_MIGRATE_SELECTOR_H

#include "migrate/predecessor.h"
#include "migrate/remarks.h"
#include "migrate/syntax.h"

/* A matcher as it was written. */
struct matcher {
    struct str label;
    struct str name;  /* the label as written, in quotes where it is so */
    struct str op;    /* = != =~ !~; empty: a variable for a whole matcher, or a quoted name */
    struct str text;  /* the value as written, quotes included */
    struct str value; /* without quotes and escapes */
};

/* What a matcher becomes. */
struct translated {
    struct str text;   /* container_name="web" */
    bool of_container; /* only families of containers have the label */
};

struct selector {
    struct str name;                /* empty: none is named */
    const struct family_rule *rule; /* NULL: no family of the predecessor's */
    bool changed;                   /* a matcher did */
    bool any;                       /* no family is named: any may be meant */
    bool cores;                     /* a series of each core is asked for */
    bool lost;
    struct translated *now;
    size_t n_now;
};

/*
 * Reads the selector at node. What it loses, or what its matchers change, goes to the remarks.
 * 0 or -ENOMEM.
 */
MUST_USE int selector_read(const struct predecessor *from, const struct tokens *tokens,
                           const struct node *node, struct remarks *remarks,
                           struct selector *ret_selector, struct err *err);

#endif
