/* One container's statistics; the first byte chooses who answers. */
#include <assert.h>

#include "engine/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    struct arena arena = ARENA_INIT;
    struct decode_stats_of of = {.podman = data[0] & 1, .windows = data[0] & 2};
    struct usage usage = {.have = 0};
    struct err err = ERR_INIT;
    size_t dropped = 0;
    struct str json = {(const char *)data + 1, size - 1};
    if (decode_stats(json, &of, &arena, &usage, &dropped, &err) == 0) {
        assert(usage.n_nets <= DECODE_INTERFACES_MAX && usage.n_disks <= DECODE_DEVICES_MAX);
    }
    arena_done(&arena);
    return 0;
}
