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
    struct selector selector; /* of a selector */
    bool ours;                /* it or what is below has series of the predecessor's, or of any */
    bool foreign_join;        /* an operator between ours and others */
};

/* Reads all selectors of the tree. 0 or -ENOMEM. */
MUST_USE int rewrite_read(struct rewrite *rw, struct node *n, struct err *err);

/* Notes the changes of all selectors. */
void rewrite_selectors(struct rewrite *rw, struct node *n);

/* Notes the changes of all names of labels: by, without, on, ignoring, group_left, group_right,
   label_replace() and its kind, label_values(). */
void rewrite_labels(struct rewrite *rw, struct node *n);

/* Where series of others meet the predecessor's: keeps the labels that the others have, or the
   query is lost. Before all other changes, since it puts something around what they change. */
void rewrite_joins(struct rewrite *rw, struct node *n);

/* What an argument of label_replace() and its kind is. */
enum label_role {
    ROLE_NONE,
    ROLE_READ, /* a label of the series */
    ROLE_MADE, /* a label that the function makes */
};

enum label_role rewrite_role(const struct rewrite *rw, const struct node *call, size_t i);

/* What a string says, or nothing when the argument is none. */
struct str rewrite_string(const struct rewrite *rw, const struct node *arg);

/* Whether the function itself makes the label. */
bool rewrite_makes(const struct rewrite *rw, const struct node *n, struct str label);

/* Whether the label stands in the list. */
bool rewrite_lists(const struct rewrite *rw, struct span list, struct str label);

/*
 * The rule of a label for the series below a node: that of the first family that has it. NULL: none
 * has it, or the query makes one of this name itself, which then stays the user's own.
 */
const struct label_rule *rewrite_label_rule(const struct rewrite *rw, const struct node *n,
                                            struct str old);

/* Whether a family below has a label of its own that becomes this one. */
bool rewrite_has_source(const struct rewrite *rw, const struct node *n, struct str now);

/* Whether series stand below: numbers and scalar() have no labels. */
bool rewrite_has_series(const struct rewrite *rw, const struct node *n);

/* The operand whose labels the result of two keeps, NULL: both are equal. */
const struct node *rewrite_many_side(const struct rewrite *rw, const struct node *n);

/* Whether what a node gives may have a label of the predecessor's. */
bool rewrite_carries(const struct rewrite *rw, const struct node *n, struct str old);

/* The label argument of Grafana's label_values(), or NULL. */
struct node *rewrite_label_argument(const struct rewrite *rw, const struct node *n);

static inline const struct mark *mark_of(const struct node *n) {
    return n->mark;
}

#endif
