/*
 * New values for scalars of a YAML text, each in the style and layout of the old one where that can
 * say it, else between double quotes. What was written is read again before it is handed out: every
 * changed scalar must mean its new value, every other node what it meant.
 *
 *   expr: |                          expr: |
 *     sum by (name) (      ─►          sum by (container_name) (
 *       rate(old[5m]))                   rate(new[5m]))
 */
#ifndef DOCKMETER_MIGRATE_YAML_CHANGE_H
#define DOCKMETER_MIGRATE_YAML_CHANGE_H

#include "migrate/splices.h"
#include "migrate/yaml_text.h"

struct yaml_changes {
    const struct yaml_text *text;
    struct splices splices;
    struct str *values; /* by the node's number less 1: what it shall mean; NULL: as it is */
    bool failed;
};

#define CLEANUP_YAML_CHANGES CLEANUP(yaml_changes_done)

/* An empty list for the text, which must outlive it. */
void yaml_changes_init(struct yaml_changes *changes, const struct yaml_text *text);
void yaml_changes_done(struct yaml_changes *changes);

/*
 * A scalar's own bytes in the source (without quotes, without a block's first line), where these
 * and its value differ in nothing but blanks and line ends; else a NULL pointer.
 */
struct str yaml_body(const struct yaml_text *text, int node);

/*
 * The scalar shall mean `value`; `body` is its own bytes with the same changes made, to be used
 * where they do mean that, or a NULL pointer. Both are copied. A scalar that was given a value
 * already (by an alias) keeps that.
 */
void yaml_change(struct yaml_changes *changes, int node, struct str value, struct str body);

/* Appends the changed text. -EINVAL with "line: …" where it would not mean what it shall; -ENOMEM.
 */
MUST_USE int yaml_changes_write(struct yaml_changes *changes, struct buf *out, struct err *err);

#endif
