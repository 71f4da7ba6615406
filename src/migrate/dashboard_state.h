/*
 * A dashboard while it is being rewritten, shared by the two that walk it.
 */
#ifndef DOCKMETER_MIGRATE_DASHBOARD_STATE_H
#define DOCKMETER_MIGRATE_DASHBOARD_STATE_H

#include "migrate/migration.h"
#include "migrate/outline.h"
#include "migrate/splices.h"

/* What is known of a node besides the outline. */
struct dashboard_node {
    const struct outline_node *part; /* the panel, variable, annotation that it is in; the root */
    struct str source;               /* the kind of data source it asks, where somebody says it */
    bool asks;                       /* of a part, of a query's object: it asks for new labels */
    bool written;                    /* its text has its new form already */
};

struct dashboard {
    struct migration *m;
    struct outline outline;
    struct splices splices;
    struct arena arena; /* texts out of the outline */
    struct dashboard_node *nodes;
};

const struct dashboard_node *dashboard_node(const struct dashboard *d,
                                            const struct outline_node *node);

/* Whether a query of the node's part is the predecessor's, in its new form or as it is. */
bool dashboard_part_asks(const struct dashboard *d, const struct outline_node *node);

/* Whether the member's key is this one, whether the node is such a variable. */
bool dashboard_key_is(const struct outline_node *node, const char *key);
bool dashboard_is_variable(const struct outline_node *node);

/* Where the node stands, in words: `panel "CPU", query A`. The words lie in the arena. */
struct spot dashboard_spot(struct dashboard *d, const struct outline_node *node);

/* Puts another text in place of a string, unless that was done, and in place of a key. */
void dashboard_put(struct dashboard *d, const struct outline_node *node, struct str text);
void dashboard_put_key(struct dashboard *d, const struct outline_node *node, struct str text);

#endif
