#include "base/str.h"

#include <strings.h>

int str_cmp(struct str a, struct str b) {
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool str_eq_nocase(struct str a, struct str b) {
    return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_starts(struct str s, struct str prefix) {
    return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix) {
    return s.len >= suffix.len && str_eq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t str_find(struct str s, char c, size_t from) {
    if (from >= s.len) {
        return s.len;
    }
    const char *hit = memchr(s.ptr + from, c, s.len - from);
    return hit ? (size_t)(hit - s.ptr) : s.len;
}

size_t str_search(struct str s, struct str needle) {
    if (needle.len == 0) {
        return 0;
    }
    const char *hit = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct str str_trim(struct str s) {
    while (s.len && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool str_split(struct str *rest, char sep, struct str *ret_part) {
    if (!rest->ptr) {
        return false;
    }
    size_t at = str_find(*rest, sep, 0);
    *ret_part = str_sub(*rest, 0, at);
    if (at == rest->len) {
        *rest = (struct str){.ptr = NULL, .len = 0};
    } else {
        *rest = str_sub(*rest, at + 1, rest->len - at - 1);
    }
    return true;
}

bool str_to_u64(struct str s, uint64_t *ret_value) {
    uint64_t value = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

#define DISTANCE_MAX_LEN 63

static unsigned char fold(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static unsigned min3(unsigned a, unsigned b, unsigned c) {
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

unsigned str_distance(struct str a, struct str b) {
    if (a.len > DISTANCE_MAX_LEN || b.len > DISTANCE_MAX_LEN) {
        return DISTANCE_MAX_LEN + 1;
    }
    unsigned row[DISTANCE_MAX_LEN + 1];
    for (unsigned j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned above = row[j];
            unsigned cost = fold(a.ptr[i - 1]) != fold(b.ptr[j - 1]);
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + cost);
            diagonal = above;
        }
    }
    return row[b.len];
}

const char *str_nearest(struct str s, const char *const *names, size_t n) {
    const char *best = NULL;
    unsigned best_distance = (unsigned)(s.len / 3) + 1;
    for (size_t i = 0; i < n; i++) {
        if (!names[i]) {
            continue;
        }
        unsigned distance = str_distance(s, str_of(names[i]));
        if (distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best;
}

/* The lead byte's length and the lowest code point that needs it. */
static size_t lead_len(unsigned char lead, uint32_t *ret_bits, uint32_t *ret_lowest) {
    if (lead < 0x80) {
        *ret_bits = lead;
        *ret_lowest = 0;
        return 1;
    }
    if ((lead & 0xE0) == 0xC0) {
        *ret_bits = lead & 0x1FU;
        *ret_lowest = 0x80;
        return 2;
    }
    if ((lead & 0xF0) == 0xE0) {
        *ret_bits = lead & 0x0FU;
        *ret_lowest = 0x800;
        return 3;
    }
    if ((lead & 0xF8) == 0xF0) {
        *ret_bits = lead & 0x07U;
        *ret_lowest = 0x10000;
        return 4;
    }
    return 0;
}

size_t str_utf8_len(struct str s, size_t at) {
    uint32_t code = 0;
    uint32_t lowest = 0;
    size_t len = lead_len((unsigned char)s.ptr[at], &code, &lowest);
    if (len == 0 || at + len > s.len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)s.ptr[at + i];
        if ((next & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (next & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < lowest || code > 0x10FFFF || surrogate ? 0 : len;
}
