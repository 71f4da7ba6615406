/* Grafana's variables: $name, ${name}, ${name:format}, ${name.field}, [[name]], [[name:format]]. */
#include "migrate/token.h"

#include <ctype.h>

static bool is_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* The name and what may follow it before the closing bracket. */
static bool is_inner(char c) {
    return is_name(c) || c == ':' || c == '.' || c == '-' || c == ' ' || c == '/';
}

/* The end of a variable whose inner part begins at `at` and that `close` ends; 0: it is none. */
static size_t closed_at(struct str s, size_t at, struct str close) {
    size_t end = at;
    while (end < s.len && is_inner(s.ptr[end])) {
        end++;
    }
    bool closed = end > at && is_name(s.ptr[at]) && end + close.len <= s.len &&
                  str_eq(str_sub(s, end, close.len), close);
    return closed ? end + close.len : 0;
}

size_t variable_len(struct str s, size_t at) {
    struct str rest = str_sub(s, at, s.len - at);
    size_t end = 0;
    if (str_starts(rest, STR("${"))) {
        end = closed_at(rest, 2, STR("}"));
    } else if (str_starts(rest, STR("[["))) {
        end = closed_at(rest, 2, STR("]]"));
    } else if (rest.len > 1 && rest.ptr[0] == '$' && is_name(rest.ptr[1]) &&
               !isdigit((unsigned char)rest.ptr[1])) {
        for (end = 2; end < rest.len && is_name(rest.ptr[end]);) {
            end++;
        }
    }
    return end;
}

bool variable_within(struct str s) {
    for (size_t at = 0; at < s.len; at++) {
        if (variable_len(s, at)) {
            return true;
        }
    }
    return false;
}

bool variable_alone(struct str s) {
    if (s.len && s.ptr[0] == '^') {
        s = str_sub(s, 1, s.len - 1);
    }
    size_t len = s.len ? variable_len(s, 0) : 0;
    struct str behind = str_sub(s, len, s.len - len);
    return len && (behind.len == 0 || str_eq(behind, STR("$")));
}
