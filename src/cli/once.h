/*
 * One whole snapshot for commands that do not serve: runs the loop until the Engine's status is
 * known, its facts are there and one collection has ended.
 */
#ifndef DOCKMETER_CLI_ONCE_H
#define DOCKMETER_CLI_ONCE_H

#include "cli/app.h"

/* A snapshot with a reference; with the Engine away it is an empty one. Starts the app. */
MUST_USE int once_snapshot(struct app *app, struct snapshot **ret, struct err *err);

#endif
