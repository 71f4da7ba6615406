/*
 * Variables as docker's --env-file has them: a NAME=value a line, # begins a comment, quotes mean
 * nothing, a NAME alone is taken from the shell. The new form has the preset behind the last line.
 */
#ifndef DOCKMETER_MIGRATE_ENV_FILE_H
#define DOCKMETER_MIGRATE_ENV_FILE_H

#include "migrate/migration.h"

/* Whether the first line that is no comment is NAME=value. */
bool env_file_is(struct str bytes);

/* Pure. -EINVAL with "line: …" for a line of another form; -ENOMEM. */
MUST_USE int env_file_migrate(struct migration *m, struct str bytes, struct buf *out,
                              struct err *err);

#endif
