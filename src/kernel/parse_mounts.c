#include "kernel/flat.h"
#include "kernel/parse.h"

/*
 * 36 35 98:0 /below /mnt rw,noatime master:1 - ext4 /dev/sda1 rw
 * id parent device root point options [more…] - type source options
 */
bool parse_mount_line(struct str line, struct mount_line *ret) {
    struct mount_line m = {.id = 0};
    struct str word;
    if (str_find(line, '\0', 0) < line.len) {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        if (!flat_word(&line, &word) || (i == 0 && !str_to_u64(word, &m.id))) {
            return false;
        }
        if (i == 4) {
            m.point = word;
        }
    }
    do {
        if (!flat_word(&line, &word)) {
            return false;
        }
    } while (!str_eq(word, STR("-")));
    if (!flat_word(&line, &m.type) || !flat_word(&line, &m.source)) {
        return false;
    }
    *ret = m;
    return true;
}

/* The byte of an escape "\040" at `at`, or -1. */
static int escaped_at(struct str s, size_t at) {
    unsigned value = 0;
    if (s.ptr[at] != '\\' || s.len - at < 4) {
        return -1;
    }
    for (size_t i = 1; i < 4; i++) {
        char c = s.ptr[at + i];
        if (c < '0' || c > '7') {
            return -1;
        }
        value = value * 8 + (unsigned)(c - '0');
    }
    return value && value <= UINT8_MAX ? (int)value : -1;
}

struct str parse_mount_text(struct str text, struct arena *arena) {
    char *out = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    if (!out) {
        return STR("");
    }
    for (size_t at = 0; at < text.len;) {
        int byte = escaped_at(text, at);
        out[n++] = byte < 0 ? text.ptr[at] : (char)byte;
        at += byte < 0 ? 1 : 4;
    }
    out[n] = '\0';
    return (struct str){.ptr = out, .len = n};
}
