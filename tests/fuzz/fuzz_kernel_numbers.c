/* Any file as a number, a pressure file, cpu.max and meminfo. */
#include <assert.h>

#include "kernel/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    struct usage u = {.have = 0};
    uint64_t number = 0;
    if (parse_number(text, &number)) {
        assert(size > 0 && data[0] >= '0' && data[0] <= '9');
    }
    uint64_t bytes = 0;
    assert(!parse_mem_total(text, &bytes) || bytes % 1024 == 0);
    (void)parse_cpu_max(text, &number);
    parse_pressure(text, USAGE_PRESSURE_IO_WAITING_NS, USAGE_PRESSURE_IO_STALLED_NS, &u);
    assert(u.number[USAGE_PRESSURE_IO_WAITING_NS] % 1000 == 0);
    assert(__builtin_popcountll(u.have) <= 2);
    return 0;
}
