/* A query's tree read and changed, between query.c's beginning and end. Private to query.c. */
#ifndef DOCKMETER_MIGRATE_REWRITE_H
#define DOCKMETER_MIGRATE_REWRITE_H

#include "migrate/edit.h"
#include "migrate/selector.h"

struct rewrite {
    const struct predecessor *from;
    const struct tokens *tokens;
    struct arena *arena;
    struct remarks *remarks;
    struct edits edits;
    bool lost; /* something is: the query stays as it was */
};

/* What is known of a node: in node->mark. */
struct mark {
    struct selector selector;        /* of a selector */
    const struct family_rule *known; /* the first rule among it and all below it, or NULL */
};

/* Reads all selectors of the tree. 0 or -ENOMEM. */
MUST_USE int rewrite_read(struct rewrite *rw, struct node *n, struct err *err);

/* Notes the changes of all selectors. */
void rewrite_selectors(struct rewrite *rw, struct node *n);

/* Notes the changes of all names of labels: by, without, on, ignoring, group_left, group_right,
   label_replace(), label_join(), count_values(), label_values(). */
void rewrite_labels(struct rewrite *rw, struct node *n);

/* The label argument of Grafana's label_values(), or NULL. */
struct node *rewrite_label_argument(const struct rewrite *rw, const struct node *n);

static inline const struct mark *mark_of(const struct node *n) {
    return n->mark;
}

#endif
