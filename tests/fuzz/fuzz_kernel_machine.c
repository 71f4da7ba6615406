/* Any file as /proc/stat, /proc/<pid>/stat, meminfo and partitions. */
#include <assert.h>

#include "kernel/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    struct arena arena = ARENA_INIT;
    struct machine m = {.cores = 0};
    size_t dropped = 0;
    uint64_t bytes = 0;
    parse_stat(text, &m.booted_unix_ns, &m.cores);
    assert(m.booted_unix_ns >= 0);
    (void)parse_exiting(text);
    assert(!parse_meminfo(text, STR("SwapFree:"), &bytes) || bytes % 1024 == 0);
    assert(parse_partitions(text, &arena, &m.devices, &m.n_devices, &dropped) == 0);
    assert(m.n_devices <= PARSE_DEVICES_MAX);
    for (size_t i = 0; i < m.n_devices; i++) {
        assert(machine_device(&m, m.devices[i].major, m.devices[i].minor).len > 0);
    }
    arena_done(&arena);
    return 0;
}
