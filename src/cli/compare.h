/*
 * One container's figures from the kernel and from the Engine, side by side, as lines of `check`:
 * what one source does not tell stands there as "-".
 */
#ifndef DOCKMETER_CLI_COMPARE_H
#define DOCKMETER_CLI_COMPARE_H

#include "cli/app.h"
#include "cli/report.h"
#include "model/snapshot.h"

/* `reading` is one of app's; the other source is asked now. */
void compare_sources(struct report *report, const struct app *app, const struct reading *reading);

#endif
