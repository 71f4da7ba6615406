/*
 * The manual pages, made from the tables of commands and options with the prose around them.
 * Written into the tree by `dockmeter docs man` and `dockmeter docs man-yaml`.
 */
#ifndef DOCKMETER_CLI_MANUAL_H
#define DOCKMETER_CLI_MANUAL_H

#include "base/buf.h"

/* What is said of an option that a reload leaves as it is. */
#define MANUAL_RESTART " A change takes a restart."

/* dockmeter(1) and dockmeter.yaml(5). */
void manual_write(struct buf *out);
void manual_write_yaml(struct buf *out);

#endif
