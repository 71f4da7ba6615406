#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

void report_say(struct report *report, enum verdict verdict, const char *what, const char *fmt,
                ...) {
    static const char *const words[] = {"ok", "warning", "failure"};
    struct buf line CLEANUP_BUF = BUF_INIT;
    char text[2 * ERR_TEXT_MAX];
    report->failed |= verdict == VERDICT_FAILURE;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_plain(&line, str_of(text));
    (void)printf("%-8s %-13s %s\n", words[verdict], what, buf_cstr(&line));
}
