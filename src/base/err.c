#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends text with "..." when a formatter had more to say than fits, never inside a character. */
static void mark_cut(char *text, int wanted) {
    if (wanted < ERR_TEXT_MAX) {
        return;
    }
    size_t end = ERR_TEXT_MAX - 4;
    while (end > 0 && ((unsigned char)text[end] & 0xC0U) == 0x80U) {
        end--;
    }
    memcpy(text + end, "...", 4);
}

int err_set(struct err *err, int code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int wanted = vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    mark_cut(err->text, wanted);
    err->code = code;
    return code;
}

int err_sys(struct err *err, int code, const char *fmt, ...) {
    char what[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int wanted = vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    mark_cut(what, wanted);
    char reason[128];
    /* The XSI and GNU forms differ; this is the GNU one, which may return a static string. */
    return err_set(err, code, "%s: %s", what, strerror_r(-code, reason, sizeof(reason)));
}

int err_wrap(struct err *err, const char *fmt, ...) {
    char inner[ERR_TEXT_MAX];
    memcpy(inner, err->text, sizeof(inner));
    char context[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int wanted = vsnprintf(context, sizeof(context), fmt, ap);
    va_end(ap);
    mark_cut(context, wanted);
    return err_set(err, err->code, "%s: %s", context, inner);
}

void err_copy(struct err *to, const struct err *from) {
    memcpy(to, from, sizeof(*to));
}

void err_clear(struct err *err) {
    err->code = 0;
    err->text[0] = '\0';
}
