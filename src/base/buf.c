#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST_CAP 256

void buf_done(struct buf *b) {
    free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b) {
    b->len = 0;
    b->failed = false;
}

char *buf_reserve(struct buf *b, size_t more) {
    if (b->failed) {
        return NULL;
    }
    size_t need = 0;
    if (__builtin_add_overflow(b->len, more, &need) || (b->max && need > b->max)) {
        b->failed = true;
        return NULL;
    }
    if (need > b->cap || !b->data) {
        size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
        while (cap < need) {
            cap += cap / 2;
        }
        char *grown = realloc(b->data, cap);
        if (!grown) {
            b->failed = true;
            return NULL;
        }
        b->data = grown;
        b->cap = cap;
    }
    return b->data + b->len;
}

void buf_bytes(struct buf *b, const void *data, size_t len) {
    char *to = len ? buf_reserve(b, len) : NULL;
    if (to) {
        memcpy(to, data, len);
        b->len += len;
    }
}

void buf_byte(struct buf *b, char c) {
    buf_bytes(b, &c, 1);
}

void buf_str(struct buf *b, struct str s) {
    buf_bytes(b, s.ptr, s.len);
}

void buf_text(struct buf *b, const char *c) {
    buf_bytes(b, c, strlen(c));
}

void buf_fmt(struct buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int need = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *to = need < 0 ? NULL : buf_reserve(b, (size_t)need + 1);
    if (to) {
        (void)vsnprintf(to, (size_t)need + 1, fmt, again);
        b->len += (size_t)need;
    } else {
        b->failed = true;
    }
    va_end(again);
}

void buf_u64(struct buf *b, uint64_t value) {
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_bytes(b, digits + at, sizeof(digits) - at);
}

/* The two-character escape of c, or NULL. */
static const char *json_escape(char c) {
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

void buf_json(struct buf *b, struct str s) {
    buf_byte(b, '"');
    size_t at = 0;
    while (at < s.len) {
        size_t len = str_utf8_len(s, at);
        const char *escape = json_escape(s.ptr[at]);
        if (escape) {
            buf_bytes(b, escape, 2);
        } else if (len == 1 && ((unsigned char)s.ptr[at] < 0x20 || s.ptr[at] == 0x7F)) {
            buf_fmt(b, "\\u%04x", (unsigned)s.ptr[at]);
        } else if (len) {
            buf_bytes(b, s.ptr + at, len);
        } else {
            buf_str(b, STR("\xEF\xBF\xBD"));
        }
        at += len ? len : 1;
    }
    buf_byte(b, '"');
}

/* Whether the character of len bytes at s[at] is one of the control characters C0, DEL or C1. */
static bool is_control(struct str s, size_t at, size_t len) {
    unsigned char first = (unsigned char)s.ptr[at];
    return len == 1 ? first < 0x20 || first == 0x7F
                    : len == 2 && first == 0xC2 && (unsigned char)s.ptr[at + 1] < 0xA0;
}

void buf_plain(struct buf *b, struct str s) {
    for (size_t at = 0, len; at < s.len; at += len ? len : 1) {
        len = str_utf8_len(s, at);
        if (len == 0) {
            buf_str(b, STR("\xEF\xBF\xBD"));
        } else if (is_control(s, at, len)) {
            buf_fmt(b, "\\u%04x", (unsigned)(unsigned char)s.ptr[at + len - 1]);
        } else {
            buf_bytes(b, s.ptr + at, len);
        }
    }
}

void buf_wrapped(struct buf *b, struct str s, size_t indent, size_t columns) {
    const size_t width = columns - indent;
    while (s.len) {
        size_t end = s.len;
        if (end > width) {
            for (end = width; end && s.ptr[end] != ' '; end--) {
            }
            end = end ? end : width;
        }
        buf_fmt(b, "%*s%.*s\n", (int)indent, "", STR_ARG(str_sub(s, 0, end)));
        s = str_trim(str_sub(s, end, s.len - end));
    }
}

const char *buf_cstr(struct buf *b) {
    char *end = buf_reserve(b, 1);
    if (!end) {
        return "";
    }
    *end = '\0';
    return b->data;
}
