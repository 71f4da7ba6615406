/*
 * A string view: bytes somebody else owns, with their length, not NUL-terminated. Passed by value.
 * An empty view may have a NULL pointer. All functions are pure.
 */
#ifndef DOCKMETER_BASE_STR_H
#define DOCKMETER_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

/* A view of a string literal. */
#define STR(lit) ((struct str){.ptr = "" lit, .len = sizeof(lit) - 1})

/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, ((s).ptr ? (s).ptr : "")

static inline struct str str_of(const char *c) {
    return (struct str){.ptr = c, .len = c ? strlen(c) : 0};
}

/* An empty string may have no address, and a place 0 in it. */
static inline struct str str_sub(struct str s, size_t from, size_t len) {
    return (struct str){.ptr = from ? s.ptr + from : s.ptr, .len = len};
}

static inline bool str_eq(struct str a, struct str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Byte order, shorter first among equals: <0, 0, >0 as memcmp. */
int str_cmp(struct str a, struct str b);

/* ASCII case folded equality, for header names and keywords. */
bool str_eq_nocase(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Index of the first byte c at or after `from`, or s.len. */
size_t str_find(struct str s, char c, size_t from);

/* Index where `needle` first occurs, or SIZE_MAX. */
size_t str_search(struct str s, struct str needle);

/* Without leading and trailing spaces and tabs. */
struct str str_trim(struct str s);

/*
 * Splits at the first `sep`: returns what is before it and moves *rest behind it; the last part
 * leaves *rest with a NULL pointer, and a NULL *rest yields no more parts (returns false).
 */
bool str_split(struct str *rest, char sep, struct str *ret_part);

/* A whole decimal number without sign; false on anything else or beyond 64 bits. */
bool str_to_u64(struct str s, uint64_t *ret_value);

/* Edit distance (insert, delete, substitute, ASCII case ignored); limited: lengths over 63 give 64.
 */
unsigned str_distance(struct str a, struct str b);

/*
 * The name among `names` (n entries, NULL ones skipped) nearest to `s`, or NULL when none is near
 * enough to be meant: at most a third of its letters differ.
 */
const char *str_nearest(struct str s, const char *const *names, size_t n);

/*
 * Length of the valid UTF-8 character at s[at] (1 to 4), or 0 when the bytes there are not one
 * (overlong forms, surrogates and values over U+10FFFF are not).
 */
size_t str_utf8_len(struct str s, size_t at);

#endif
