#include "expo/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Formats here, since err_set() takes no list of arguments. */
__attribute__((format(printf, 4, 0))) static int set(struct fault *fault, int code, const char *at,
                                                     const char *fmt, va_list ap) {
    char text[ERR_TEXT_MAX];
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    fault->at = at;
    return err_set(fault->err, code, "%s", text);
}

int fault_set(struct fault *fault, const char *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int r = set(fault, -EINVAL, at, fmt, ap);
    va_end(ap);
    return r;
}

int fault_limit(struct fault *fault, const char *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int r = set(fault, -EFBIG, at, fmt, ap);
    va_end(ap);
    return r;
}

int fault_memory(struct fault *fault) {
    fault->at = NULL;
    return err_set(fault->err, -ENOMEM, "out of memory");
}

size_t fault_line(const struct fault *fault, const char *at) {
    struct str before = str_sub(fault->page, 0, (size_t)(at - fault->page.ptr));
    size_t line = 1;
    for (size_t i = str_find(before, '\n', 0); i < before.len; i = str_find(before, '\n', i + 1)) {
        line++;
    }
    return line;
}

int fault_place(struct fault *fault) {
    if (!fault->at) {
        return fault->err->code;
    }
    size_t column = 1;
    const char *c = fault->at;
    while (c > fault->page.ptr && c[-1] != '\n') {
        c--;
        column += ((unsigned char)*c & 0xC0U) != 0x80U;
    }
    return err_wrap(fault->err, "%zu:%zu", fault_line(fault, fault->at), column);
}
