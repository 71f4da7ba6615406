#include "base/units.h"

#include <stdio.h>

struct unit {
    const char *name;
    uint64_t scale;
};

static const struct unit durations[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xC2\xB5s", 1000},
    {"ms", 1000000},
    {"s", UINT64_C(1000000000)},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
    {"d", UINT64_C(86400000000000)},
};

static const struct unit sizes[] = {
    {"B", 1},
    {"K", UINT64_C(1000)},
    {"KB", UINT64_C(1000)},
    {"kB", UINT64_C(1000)},
    {"k", UINT64_C(1000)},
    {"M", UINT64_C(1000000)},
    {"MB", UINT64_C(1000000)},
    {"G", UINT64_C(1000000000)},
    {"GB", UINT64_C(1000000000)},
    {"T", UINT64_C(1000000000000)},
    {"TB", UINT64_C(1000000000000)},
    {"Ki", UINT64_C(1) << 10},
    {"KiB", UINT64_C(1) << 10},
    {"Mi", UINT64_C(1) << 20},
    {"MiB", UINT64_C(1) << 20},
    {"Gi", UINT64_C(1) << 30},
    {"GiB", UINT64_C(1) << 30},
    {"Ti", UINT64_C(1) << 40},
    {"TiB", UINT64_C(1) << 40},
};

static const struct unit *find_unit(const struct unit *units, size_t n, struct str name) {
    for (size_t i = 0; i < n; i++) {
        if (str_eq(str_of(units[i].name), name)) {
            return &units[i];
        }
    }
    return NULL;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* A number in parts: whole.fraction, the fraction over 10^decimals. */
struct decimal {
    uint64_t whole;
    uint64_t fraction;
    uint64_t scale;
};

/* Takes "12" or "1.5" off the front; at most nine decimals. */
static bool take_decimal(struct str *s, struct decimal *ret) {
    size_t n = 0;
    while (n < s->len && is_digit(s->ptr[n])) {
        n++;
    }
    *ret = (struct decimal){.scale = 1};
    if (!str_to_u64(str_sub(*s, 0, n), &ret->whole)) {
        return false;
    }
    *s = str_sub(*s, n, s->len - n);
    if (!s->len || s->ptr[0] != '.') {
        return true;
    }
    for (n = 1; n < s->len && is_digit(s->ptr[n]); n++) {
        if (n > 9) {
            return false;
        }
        ret->fraction = ret->fraction * 10 + (uint64_t)(s->ptr[n] - '0');
        ret->scale *= 10;
    }
    *s = str_sub(*s, n, s->len - n);
    return n > 1;
}

/* The decimal times the unit, rounded down; false on overflow. */
static bool scaled(const struct decimal *d, uint64_t scale, uint64_t *ret) {
    uint64_t whole = 0;
    if (__builtin_mul_overflow(d->whole, scale, &whole)) {
        return false;
    }
    unsigned __int128 part = (unsigned __int128)d->fraction * scale / d->scale;
    return !__builtin_add_overflow(whole, (uint64_t)part, ret);
}

static struct str take_letters(struct str *s) {
    size_t n = 0;
    while (n < s->len && !is_digit(s->ptr[n]) && s->ptr[n] != '.') {
        n++;
    }
    struct str letters = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->len - n);
    return letters;
}

bool units_parse_duration(struct str s, int64_t *ret_ns) {
    uint64_t total = 0;
    if (s.len == 0) {
        return false;
    }
    if (str_to_u64(s, &total)) {
        if (total > (uint64_t)INT64_MAX / UINT64_C(1000000000)) {
            return false;
        }
        *ret_ns = (int64_t)(total * UINT64_C(1000000000));
        return true;
    }
    total = 0;
    while (s.len) {
        struct decimal number;
        uint64_t part = 0;
        if (!take_decimal(&s, &number)) {
            return false;
        }
        struct str name = take_letters(&s);
        const struct unit *unit =
            find_unit(durations, sizeof(durations) / sizeof(durations[0]), name);
        if (!unit || !scaled(&number, unit->scale, &part) ||
            __builtin_add_overflow(total, part, &total) || total > (uint64_t)INT64_MAX) {
            return false;
        }
    }
    *ret_ns = (int64_t)total;
    return true;
}

bool units_parse_size(struct str s, uint64_t *ret_bytes) {
    struct decimal number;
    if (s.len == 0 || !take_decimal(&s, &number)) {
        return false;
    }
    struct str name = str_trim(s);
    if (name.len == 0) {
        if (s.len || number.scale != 1) {
            return false;
        }
        *ret_bytes = number.whole;
        return true;
    }
    const struct unit *unit = find_unit(sizes, sizeof(sizes) / sizeof(sizes[0]), name);
    return unit && scaled(&number, unit->scale, ret_bytes);
}

struct str units_format_duration(int64_t ns, char buf[UNITS_TEXT_MAX]) {
    static const struct unit from_largest[] = {
        {"d", UINT64_C(86400000000000)},
        {"h", UINT64_C(3600000000000)},
        {"m", UINT64_C(60000000000)},
        {"s", UINT64_C(1000000000)},
        {"ms", UINT64_C(1000000)},
        {"us", UINT64_C(1000)},
        {"ns", UINT64_C(1)},
    };
    uint64_t rest = ns > 0 ? (uint64_t)ns : 0;
    size_t len = 0;
    for (size_t i = 0; i < sizeof(from_largest) / sizeof(from_largest[0]); i++) {
        const struct unit *unit = &from_largest[i];
        if (rest >= unit->scale) {
            int n = snprintf(buf + len, UNITS_TEXT_MAX - len, "%llu%s",
                             (unsigned long long)(rest / unit->scale), unit->name);
            len += (size_t)(n > 0 ? n : 0);
            rest %= unit->scale;
        }
    }
    if (len == 0) {
        memcpy(buf, "0s", 3);
        len = 2;
    }
    return (struct str){.ptr = buf, .len = len};
}

struct str units_format_size(uint64_t bytes, char buf[UNITS_TEXT_MAX]) {
    static const char *const names[] = {"", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    while (i + 1 < sizeof(names) / sizeof(names[0]) && bytes && bytes % 1024 == 0) {
        bytes /= 1024;
        i++;
    }
    int n = snprintf(buf, UNITS_TEXT_MAX, "%llu%s", (unsigned long long)bytes, names[i]);
    return (struct str){.ptr = buf, .len = (size_t)(n > 0 ? n : 0)};
}
