#include "migrate/literal.h"

#include <ctype.h>
#include <stdint.h>

bool literal_is_hex(struct str s) {
    return s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] | 0x20) == 'x';
}

/* Digits with single underscores between them; returns where they end. */
static size_t skip_digits(struct str s, size_t at, bool hex) {
    while (at < s.len) {
        unsigned char c = (unsigned char)s.ptr[at];
        bool between = c == '_' && at > 0 && isxdigit((unsigned char)s.ptr[at - 1]) &&
                       at + 1 < s.len && isxdigit((unsigned char)s.ptr[at + 1]);
        if (!(hex ? isxdigit(c) : isdigit(c)) && !between) {
            break;
        }
        at++;
    }
    return at;
}

bool literal_is_number(struct str s) {
    if (literal_is_hex(s)) {
        return skip_digits(s, 2, true) == s.len;
    }
    size_t at = skip_digits(s, 0, false);
    size_t digits = at;
    if (at < s.len && s.ptr[at] == '.') {
        size_t end = skip_digits(s, at + 1, false);
        digits += end - at - 1;
        at = end;
    }
    if (digits && at < s.len && (s.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-');
        size_t end = skip_digits(s, at, false);
        return end == s.len && end > at;
    }
    return digits && at == s.len;
}

/* The rank of the unit at s[at] and its length; -1: none. */
static int unit_rank(struct str s, size_t at, size_t *ret_len) {
    static const struct str units[] = {{"y", 1},  {"w", 1}, {"d", 1}, {"h", 1},
                                       {"ms", 2}, {"m", 1}, {"s", 1}};
    static const int ranks[] = {0, 1, 2, 3, 6, 4, 5};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (str_starts(str_sub(s, at, s.len - at), units[i])) {
            *ret_len = units[i].len;
            return ranks[i];
        }
    }
    return -1;
}

bool literal_is_duration(struct str s) {
    int last = -1;
    size_t at = 0;
    while (at < s.len) {
        size_t digits = at;
        while (at < s.len && isdigit((unsigned char)s.ptr[at])) {
            at++;
        }
        size_t len = 0;
        int rank = at > digits ? unit_rank(s, at, &len) : -1;
        if (rank <= last) {
            return false;
        }
        last = rank;
        at += len;
    }
    return last >= 0;
}

/* How many digits of which base follow a backslash and this letter; 0: it stands alone. */
static size_t escape_digits(char c) {
    switch (c) {
    case 'x':
        return 2;
    case 'u':
        return 4;
    case 'U':
        return 8;
    default:
        return c >= '0' && c <= '7' ? 3 : 0;
    }
}

/* Reads the escape whose backslash is s[at]: its bytes and its value; 0: it is none. */
static size_t read_escape(struct str s, size_t at, uint32_t *ret_value) {
    static const char letters[] = "abfnrtv\\'\"";
    static const char values[] = "\a\b\f\n\r\t\v\\'\"";
    char c = at + 1 < s.len ? s.ptr[at + 1] : '\0';
    for (size_t i = 0; letters[i] && c; i++) {
        if (c == letters[i]) {
            *ret_value = (unsigned char)values[i];
            return 2;
        }
    }
    size_t n = escape_digits(c);
    bool octal = isdigit((unsigned char)c);
    size_t from = at + (octal ? 1 : 2);
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        char d = from + i < s.len ? s.ptr[from + i] : '\0';
        if (octal ? d < '0' || d > '7' : !isxdigit((unsigned char)d)) {
            return 0;
        }
        uint32_t digit =
            isdigit((unsigned char)d) ? (uint32_t)(d - '0') : (uint32_t)((d | 0x20) - 'a' + 10);
        value = value * (octal ? 8 : 16) + digit;
    }
    *ret_value = value;
    return n ? from - at + n : 0;
}

size_t literal_string(struct str s, const char **ret_wrong) {
    char quote = s.ptr[0];
    *ret_wrong = "this string has no end";
    for (size_t at = 1; at < s.len;) {
        char c = s.ptr[at];
        size_t len = 1;
        uint32_t value = 0;
        if (c == quote) {
            return at + 1;
        }
        if (c == '\\' && quote != '`') {
            len = read_escape(s, at, &value);
        }
        if (!len) {
            *ret_wrong = "this string has an escape that is none";
            return 0;
        }
        if (c == '\n' && quote != '`') {
            return 0;
        }
        at += len;
    }
    return 0;
}

/* UTF-8 of a character; what is none becomes U+FFFD. Never longer than its escape. */
static size_t put_character(uint32_t c, char *to) {
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        c = 0xfffd;
    }
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) {
        to[i] = (char)(0x80 | (c & 0x3f));
    }
    to[0] = (char)((0xf00 >> n) | c);
    return n;
}

size_t literal_unescape(struct str inner, char *to) {
    size_t n = 0;
    for (size_t at = 0; at < inner.len;) {
        uint32_t value = 0;
        size_t len = inner.ptr[at] == '\\' ? read_escape(inner, at, &value) : 0;
        if (len && (inner.ptr[at + 1] | 0x20) == 'u') {
            n += put_character(value, to + n);
        } else if (len) {
            to[n++] = (char)value;
        } else {
            to[n++] = inner.ptr[at];
            len = 1;
        }
        at += len;
    }
    return n;
}
