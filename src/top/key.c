#include "top/key.h"

static const struct {
    struct str bytes;
    int key;
} sequences[] = {
    {{"\033[A", 3}, KEY_UP},         {{"\033OA", 3}, KEY_UP},    {{"\033[B", 3}, KEY_DOWN},
    {{"\033OB", 3}, KEY_DOWN},       {{"\033[C", 3}, KEY_RIGHT}, {{"\033OC", 3}, KEY_RIGHT},
    {{"\033[D", 3}, KEY_LEFT},       {{"\033OD", 3}, KEY_LEFT},  {{"\033[5~", 4}, KEY_PAGE_UP},
    {{"\033[6~", 4}, KEY_PAGE_DOWN}, {{"\033[H", 3}, KEY_HOME},  {{"\033[1~", 4}, KEY_HOME},
    {{"\033[F", 3}, KEY_END},        {{"\033[4~", 4}, KEY_END},
};

static struct str rest_of(struct str bytes, size_t from) {
    return str_sub(bytes, from, bytes.len - from);
}

/* How long the escape sequence at the beginning is: "ESC [ … final", "ESC O x", "ESC x". */
static size_t sequence_len(struct str bytes) {
    if (bytes.len < 2) {
        return bytes.len;
    }
    if (bytes.ptr[1] == 'O') {
        return bytes.len < 3 ? bytes.len : 3;
    }
    size_t at = 2;
    if (bytes.ptr[1] == '[') {
        while (at < bytes.len && (bytes.ptr[at] < '@' || bytes.ptr[at] > '~')) {
            at++;
        }
        at += at < bytes.len;
    }
    return at;
}

int key_next(struct str *bytes) {
    if (bytes->len == 0) {
        return KEY_NONE;
    }
    if (bytes->ptr[0] != '\033') {
        int key = (unsigned char)bytes->ptr[0];
        *bytes = rest_of(*bytes, 1);
        return key;
    }
    size_t len = sequence_len(*bytes);
    struct str sequence = str_sub(*bytes, 0, len);
    *bytes = rest_of(*bytes, len);
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        if (str_eq(sequence, sequences[i].bytes)) {
            return sequences[i].key;
        }
    }
    return KEY_NONE;
}
