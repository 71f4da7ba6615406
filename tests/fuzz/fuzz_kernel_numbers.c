/* Any file as a number, a pressure file, meminfo, and those that tell which controllers are there.
 */
#include <assert.h>

#include "kernel/controllers.h"
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
    assert((controllers_parse(text) & ~CONTROLLERS_ALL) == 0);
    assert(!controllers_memory_is_off(text) || size >= sizeof("cgroup_disable=memory") - 1);
    assert(controllers_memory(text) == ACCOUNTING_UNKNOWN || size >= sizeof("memory\t") - 1);
    parse_pressure(text, USAGE_PRESSURE_IO_WAITING_NS, USAGE_PRESSURE_IO_STALLED_NS, &u);
    assert(u.number[USAGE_PRESSURE_IO_WAITING_NS] % 1000 == 0);
    assert(__builtin_popcountll(u.have) <= 2);
    return 0;
}
