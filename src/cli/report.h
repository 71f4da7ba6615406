/*
 * What `check` prints: one line for each thing it looked at, with a verdict in front.
 */
#ifndef DOCKMETER_CLI_REPORT_H
#define DOCKMETER_CLI_REPORT_H

#include <stdbool.h>

enum verdict { VERDICT_OK, VERDICT_WARNING, VERDICT_FAILURE };

struct report {
    bool failed; /* some verdict was a failure */
};

/* One line to standard output, whatever names and answers hold that stand in it. */
void report_say(struct report *report, enum verdict verdict, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
