/* An event stream, whole and cut at a place taken from its first byte: the same comes of it. */
#include <assert.h>

#include "engine/decode.h"
#include "engine/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t take(struct lines *lines, struct str piece, uint64_t sum) {
    struct str line;
    lines_feed(lines, piece);
    for (enum lines_step step = lines_next(lines, &line); step; step = lines_next(lines, &line)) {
        struct arena arena = ARENA_INIT;
        struct container_event event = {.time_ns = 1};
        struct err err = ERR_INIT;
        int rc = step == LINES_LINE ? decode_event(line, &arena, &event, &err) : (int)step;
        sum = sum * 31 + (uint64_t)rc + (uint64_t)event.time_ns + event.action + event.id.len;
        arena_done(&arena);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct lines a = {.max = 200}, b = {.max = 200};
    struct str all = {(const char *)data, size};
    size_t cut = size ? data[0] % size : 0;
    uint64_t half = take(&b, str_sub(all, cut, size - cut), take(&b, str_sub(all, 0, cut), 1));
    assert(take(&a, all, 1) == half);
    return lines_done(&a), lines_done(&b), 0;
}
