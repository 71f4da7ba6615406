/*
 * A command line that started a predecessor, in a text file: `docker run … IMAGE FLAGS`, or the
 * program with its flags, or the flags alone. The new form has Dockmeter's image or program and the
 * preset; all else in the file stays byte for byte.
 */
#ifndef DOCKMETER_MIGRATE_RUN_LINE_H
#define DOCKMETER_MIGRATE_RUN_LINE_H

#include "migrate/migration.h"

/* Whether the text has such a line: "run" behind docker's or podman's name, or, unless only that
   counts, one that begins with a flag or with a program and a flag. */
bool run_line_is(struct str bytes, bool docker_only);

/* Pure. -EINVAL with "line: …" for what is wrong, -E2BIG, -ENOMEM. */
MUST_USE int run_line_migrate(struct migration *m, struct str bytes, struct buf *out,
                              struct err *err);

#endif
