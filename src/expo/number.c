#include "expo/number.h"

#include <assert.h>

#define EXPONENT_MAX INT64_C(1000000000)

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* "inf", "infinity", "nan". */
static bool parse_word(struct str word, bool has_sign, struct number *n) {
    if (str_eq_nocase(word, STR("inf")) || str_eq_nocase(word, STR("infinity"))) {
        n->kind = NUMBER_INFINITE;
        return true;
    }
    n->kind = NUMBER_NAN;
    return !has_sign && str_eq_nocase(word, STR("nan"));
}

/* "e+05" behind the digits. */
static bool parse_exponent(struct str s, int64_t *ret) {
    size_t at = 1;
    int64_t value = 0;
    bool negative = false;
    if (s.len > at && (s.ptr[at] == '+' || s.ptr[at] == '-')) {
        negative = s.ptr[at++] == '-';
    }
    if (at == s.len || (s.ptr[0] | 0x20) != 'e') {
        return false;
    }
    for (; at < s.len; at++) {
        if (!is_digit(s.ptr[at])) {
            return false;
        }
        value = value > EXPONENT_MAX ? value : value * 10 + (s.ptr[at] - '0');
    }
    *ret = negative ? -value : value;
    return true;
}

static bool parse_digits(struct str s, struct number *n) {
    size_t point = SIZE_MAX;
    size_t first = SIZE_MAX;
    size_t last = 0;
    size_t at = 0;
    for (; at < s.len; at++) {
        if (s.ptr[at] == '.' && point == SIZE_MAX) {
            point = at;
        } else if (!is_digit(s.ptr[at])) {
            break;
        } else if (s.ptr[at] != '0') {
            first = first == SIZE_MAX ? at : first;
            last = at;
        }
    }
    if (at == (point != SIZE_MAX)) {
        return false; /* no digit */
    }
    int64_t exponent = 0;
    if (at < s.len && !parse_exponent(str_sub(s, at, s.len - at), &exponent)) {
        return false;
    }
    if (first != SIZE_MAX) {
        int64_t place = (int64_t)(point == SIZE_MAX ? at : point) - (int64_t)first;
        n->digits = str_sub(s, first, last - first + 1);
        n->exponent = exponent + (place > 0 ? place - 1 : place);
    }
    return true;
}

bool number_parse(struct str text, struct number *ret) {
    struct number n = {.kind = NUMBER_FINITE};
    bool has_sign = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    struct str rest = str_sub(text, has_sign, text.len - has_sign);
    n.negative = has_sign && text.ptr[0] == '-';
    if (rest.len == 0) {
        return false;
    }
    bool digits = is_digit(rest.ptr[0]) || rest.ptr[0] == '.';
    if (!(digits ? parse_digits(rest, &n) : parse_word(rest, has_sign, &n))) {
        return false;
    }
    *ret = n;
    return true;
}

/* The digit at *at, which moves on, over the point; behind the last: 0. */
static char next_digit(struct str digits, size_t *at) {
    if (*at < digits.len && digits.ptr[*at] == '.') {
        ++*at;
    }
    return *at < digits.len ? digits.ptr[(*at)++] : '0';
}

/* Without the signs. */
static int cmp_size(const struct number *a, const struct number *b) {
    if (a->kind != b->kind) {
        return a->kind == NUMBER_INFINITE ? 1 : -1;
    }
    if (a->digits.len == 0 || b->digits.len == 0) {
        return (a->digits.len > 0) - (b->digits.len > 0);
    }
    if (a->exponent != b->exponent) {
        return a->exponent > b->exponent ? 1 : -1;
    }
    size_t at_a = 0;
    size_t at_b = 0;
    while (at_a < a->digits.len || at_b < b->digits.len) {
        int order = next_digit(a->digits, &at_a) - next_digit(b->digits, &at_b);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

bool number_is_negative(const struct number *n) {
    return n->negative && (n->kind == NUMBER_INFINITE || n->digits.len);
}

int number_cmp(const struct number *a, const struct number *b) {
    assert(a->kind != NUMBER_NAN && b->kind != NUMBER_NAN);
    bool below_a = number_is_negative(a);
    bool below_b = number_is_negative(b);
    if (below_a != below_b) {
        return below_a ? -1 : 1;
    }
    return below_a ? cmp_size(b, a) : cmp_size(a, b);
}

bool number_fits(const struct number *n) {
    /* The middle between the largest float and 2^1024, from which on rounding goes up. */
    static const struct number end = {.digits = STR("1.797693134862315807937289714053034150799"),
                                      .exponent = 308};
    return n->kind != NUMBER_FINITE || n->exponent < end.exponent || cmp_size(n, &end) < 0;
}

bool number_is_whole(const struct number *n) {
    if (n->kind != NUMBER_FINITE) {
        return false;
    }
    bool point = str_find(n->digits, '.', 0) < n->digits.len;
    return n->digits.len == 0 || n->exponent >= (int64_t)n->digits.len - point - 1;
}

bool number_is_i64(struct str text) {
    uint64_t value = 0;
    bool has_sign = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    bool negative = has_sign && text.ptr[0] == '-';
    return str_to_u64(str_sub(text, has_sign, text.len - has_sign), &value) &&
           value <= (uint64_t)INT64_MAX + negative;
}
