#include "expo/text.h"

#include <assert.h>
#include <string.h>

/* A sign, 20 digits and a point. */
#define VALUE_TEXT_MAX 24
#define REPLACEMENT "\xEF\xBF\xBD"
#define COUNTER_SUFFIX "_total"

static char *put(char *to, struct str s) {
    if (s.len) {
        memcpy(to, s.ptr, s.len);
    }
    return to + s.len;
}

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";

/* Two digits at a time: half the divisions. */
static char *put_u64(char *to, uint64_t v) {
    char digits[20];
    size_t at = sizeof(digits);
    while (v >= 100) {
        at -= 2;
        memcpy(digits + at, digit_pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        at -= 2;
        memcpy(digits + at, digit_pairs + v * 2, 2);
    } else {
        digits[--at] = (char)('0' + v);
    }
    return put(to, (struct str){.ptr = digits + at, .len = sizeof(digits) - at});
}

/* ".5" for 500000000: nine digits without their trailing zeros, nothing for 0. */
static char *put_billionths(char *to, uint32_t v) {
    if (v == 0) {
        return to;
    }
    size_t digits = 9;
    while (v % 10 == 0) {
        v /= 10;
        digits--;
    }
    *to++ = '.';
    for (size_t i = digits; i-- > 0;) {
        to[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return to + digits;
}

static char *put_value(char *to, struct value value) {
    assert(value.decimals == 0 || value.decimals == 9);
    if (value.negative && value.integer) {
        *to++ = '-';
    }
    if (value.decimals == 0) {
        return put_u64(to, value.integer);
    }
    to = put_u64(to, value.integer / 1000000000U);
    return put_billionths(to, (uint32_t)(value.integer % 1000000000U));
}

/* At most three bytes for each of s. NUL is replaced too: Prometheus' lexers take it for the end.
 */
static char *put_escaped(char *to, struct str s, bool quotes) {
    for (size_t at = 0; at < s.len;) {
        char c = s.ptr[at];
        if (c == '\\' || c == '\n' || (c == '"' && quotes)) {
            *to++ = '\\';
            *to++ = (char)(c == '\n' ? 'n' : c);
            at++;
            continue;
        }
        if (c > 0) {
            *to++ = c;
            at++;
            continue;
        }
        size_t len = c == '\0' ? 0 : str_utf8_len(s, at);
        to = put(to, len ? str_sub(s, at, len) : STR(REPLACEMENT));
        at += len ? len : 1;
    }
    return to;
}

/* Room that put_labels() needs at most. */
static size_t labels_bound(const struct label *labels, size_t n) {
    size_t bound = 0;
    for (size_t i = 0; i < n; i++) {
        bound += labels[i].name.len + labels[i].value.len * 3 + sizeof(",=\"\"");
    }
    return bound;
}

/* `a="1",b="2"`, with a comma in front when something stands before. */
static char *put_labels(char *to, const struct label *labels, size_t n, bool comma) {
    for (size_t i = 0; i < n; i++) {
        if (comma || i) {
            *to++ = ',';
        }
        to = put(to, labels[i].name);
        *to++ = '=';
        *to++ = '"';
        to = put_escaped(to, labels[i].value, true);
        *to++ = '"';
    }
    return to;
}

/* Renders a base set once; a page without memory for it fails as a whole. */
static void render_base(struct text_writer *w, struct labelset *base) {
    char *at = buf_reserve(w->out, labels_bound(base->labels, base->n));
    if (!at) {
        return;
    }
    char *end = put_labels(at, base->labels, base->n, false);
    base->rendered = arena_str(w->arena, (struct str){.ptr = at, .len = (size_t)(end - at)});
    if (base->rendered.len == 0) {
        w->out->failed = true;
    }
}

static void text_sample(struct sink *sink, struct labelset *base, const struct label *own, size_t n,
                        struct value value) {
    struct text_writer *w = (struct text_writer *)sink;
    struct str shared = {.ptr = NULL, .len = 0};
    if (base && base->n) {
        if (base->rendered.len == 0) {
            render_base(w, base);
        }
        shared = base->rendered;
    }
    size_t need =
        w->name.len + shared.len + labels_bound(own, n) + VALUE_TEXT_MAX + sizeof("{} \n");
    char *start = buf_reserve(w->out, need);
    if (!start) {
        return;
    }
    char *to = put(start, w->name);
    if (shared.len || n) {
        *to++ = '{';
        to = put(to, shared);
        to = put_labels(to, own, n, shared.len > 0);
        *to++ = '}';
    }
    *to++ = ' ';
    to = put_value(to, value);
    *to++ = '\n';
    w->out->len += (size_t)(to - start);
}

static void put_help(struct text_writer *w, struct str family, struct str help) {
    buf_str(w->out, STR("# HELP "));
    buf_str(w->out, family);
    buf_byte(w->out, ' ');
    char *at = buf_reserve(w->out, help.len * 3);
    if (at) {
        w->out->len += (size_t)(put_escaped(at, help, w->format == EXPO_OPENMETRICS) - at);
    }
    buf_byte(w->out, '\n');
}

/* OpenMetrics names a counter's family without _total and has no counter that lacks it. */
static void text_family(struct sink *sink, const struct family *f) {
    struct text_writer *w = (struct text_writer *)sink;
    struct str name = f->name;
    struct str type = f->type == FAMILY_COUNTER ? STR("counter") : STR("gauge");
    if (w->format == EXPO_OPENMETRICS && f->type == FAMILY_COUNTER) {
        if (str_ends(name, STR(COUNTER_SUFFIX))) {
            name.len -= sizeof(COUNTER_SUFFIX) - 1;
        } else {
            type = STR("unknown");
        }
    }
    w->name = f->name;
    put_help(w, name, f->help);
    buf_str(w->out, STR("# TYPE "));
    buf_str(w->out, name);
    buf_byte(w->out, ' ');
    buf_str(w->out, type);
    buf_byte(w->out, '\n');
}

void text_begin(struct text_writer *w, enum expo_format format, struct buf *out,
                struct arena *arena) {
    *w = (struct text_writer){
        .sink = {.family = text_family, .sample = text_sample},
        .format = format,
        .out = out,
        .arena = arena,
    };
}

void text_end(struct text_writer *w) {
    if (w->format == EXPO_OPENMETRICS) {
        buf_str(w->out, STR("# EOF\n"));
    }
}

const char *text_content_type(enum expo_format format) {
    return format == EXPO_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                      : "text/plain; version=0.0.4; charset=utf-8";
}
