#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "kernel/flat.h"
#include "kernel/parse.h"

#define BYTES_OF_KB UINT64_C(1024)

/* /proc/<pid>/stat: fields, counted from the one behind the name's ")", and the kernel's
   PF_EXITING, which is the first thread's alone. */
enum { STAT_FLAGS = 6, STAT_THREADS = 17, FLAG_EXITING = 0x4 };

bool parse_meminfo(struct str text, struct str name, uint64_t *ret_bytes) {
    struct flat file = {.rest = text};
    struct str line;
    while (flat_line(&file, &line)) {
        struct str word;
        struct str value;
        struct str unit;
        uint64_t bytes = 0;
        if (!flat_word(&line, &word) || !str_eq(word, name)) {
            continue;
        }
        if (!flat_word(&line, &value) || !flat_word(&line, &unit) || !str_eq(unit, STR("kB")) ||
            !str_to_u64(value, &bytes) || __builtin_mul_overflow(bytes, BYTES_OF_KB, &bytes)) {
            return false;
        }
        *ret_bytes = bytes;
        return true;
    }
    return false;
}

bool parse_mem_total(struct str text, uint64_t *ret_bytes) {
    return parse_meminfo(text, STR("MemTotal:"), ret_bytes);
}

/* Whether this is "cpu12", not the sum "cpu". */
static bool is_core(struct str word) {
    uint64_t number = 0;
    return str_starts(word, STR("cpu")) && word.len > 3 &&
           str_to_u64(str_sub(word, 3, word.len - 3), &number);
}

void parse_stat(struct str text, int64_t *ret_booted_unix_ns, uint64_t *ret_cores) {
    struct flat file = {.rest = text};
    struct str line;
    uint64_t cores = 0;
    while (flat_line(&file, &line)) {
        struct str word;
        struct str value;
        uint64_t seconds = 0;
        if (!flat_word(&line, &word)) {
            continue;
        }
        cores += is_core(word);
        if (str_eq(word, STR("btime")) && flat_word(&line, &value) && str_to_u64(value, &seconds) &&
            seconds <= INT64_MAX / NS_PER_S) {
            *ret_booted_unix_ns = (int64_t)seconds * NS_PER_S;
        }
    }
    if (cores) {
        *ret_cores = cores;
    }
}

bool parse_exiting(struct str text) {
    const char *bracket = text.len ? memrchr(text.ptr, ')', text.len) : NULL; /* behind its name */
    size_t from = bracket ? (size_t)(bracket - text.ptr) + 1 : text.len;
    struct str rest = str_sub(text, from, text.len - from);
    struct str word[STAT_THREADS + 1];
    for (size_t i = 0; i <= STAT_THREADS; i++) {
        if (!flat_word(&rest, &word[i])) {
            return false;
        }
    }
    uint64_t flags = 0;
    uint64_t threads = 0;
    return str_to_u64(word[STAT_FLAGS], &flags) && (flags & FLAG_EXITING) != 0 &&
           str_to_u64(word[STAT_THREADS], &threads) && threads <= 1;
}

/* A line "   8        0   125034840 sda"; false: a heading. */
static bool take_device(struct str line, struct machine_device *ret) {
    struct str word[4];
    uint64_t number[3];
    for (size_t i = 0; i < 4; i++) {
        if (!flat_word(&line, &word[i]) || (i < 3 && !str_to_u64(word[i], &number[i]))) {
            return false;
        }
    }
    *ret = (struct machine_device){
        .major = (uint32_t)number[0], .minor = (uint32_t)number[1], .name = word[3]};
    return number[0] <= UINT32_MAX && number[1] <= UINT32_MAX;
}

/* How many lines there are at most. */
static size_t count_lines(struct str text) {
    size_t n = 1;
    for (size_t at = str_find(text, '\n', 0); at < text.len; at = str_find(text, '\n', at + 1)) {
        n++;
    }
    return n;
}

int parse_partitions(struct str text, struct arena *arena, struct machine_device **ret,
                     size_t *ret_n, size_t *dropped) {
    size_t cap = count_lines(text);
    cap = cap > PARSE_DEVICES_MAX ? PARSE_DEVICES_MAX : cap;
    struct machine_device *at = arena_array(arena, cap, sizeof(*at));
    struct flat file = {.rest = text};
    struct str line;
    size_t n = 0;
    while (at && flat_line(&file, &line)) {
        struct machine_device device;
        if (!take_device(line, &device)) {
            continue;
        }
        if (n == cap) {
            *dropped += 1;
            continue;
        }
        device.name = arena_str(arena, device.name);
        at[n++] = device;
    }
    if (arena_failed(arena)) {
        return -ENOMEM;
    }
    *ret = at;
    *ret_n = n;
    return 0;
}
