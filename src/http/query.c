#include "http/query.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes the character at the front and takes it off. */
static char take_decoded(struct str *s) {
    char c = s->ptr[0];
    size_t used = 1;
    if (c == '+') {
        c = ' ';
    } else if (c == '%' && s->len >= 3) {
        int high = hex_digit(s->ptr[1]);
        int low = hex_digit(s->ptr[2]);
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            used = 3;
        }
    }
    *s = str_sub(*s, used, s->len - used);
    return c;
}

static bool is_name(struct str coded, struct str name) {
    size_t at = 0;
    while (coded.len && at < name.len) {
        if (take_decoded(&coded) != name.ptr[at]) {
            return false;
        }
        at++;
    }
    return coded.len == 0 && at == name.len;
}

bool query_value(struct str query, struct str name, size_t i, struct query_room room,
                 struct str *ret) {
    struct str pair;
    while (str_split(&query, '&', &pair)) {
        struct str coded;
        struct str value = pair;
        if (pair.len == 0 || !str_split(&value, '=', &coded) || !is_name(coded, name)) {
            continue;
        }
        if (i > 0) {
            i--;
            continue;
        }
        size_t n = 0;
        while (value.ptr && value.len && n < room.cap) {
            room.buf[n] = take_decoded(&value);
            n++;
        }
        *ret = (struct str){.ptr = room.buf, .len = n};
        return true;
    }
    return false;
}
