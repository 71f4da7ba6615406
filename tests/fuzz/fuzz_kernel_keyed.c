/* Any flat file against every length of key; what is not in the table stays as it was. */
#include <assert.h>

#include "kernel/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct parse_key keys[] = {
        {"anon", USAGE_MEM_RSS_BYTES, 1},
        {"file", USAGE_MEM_CACHE_BYTES, 1},
        {"inactive_file", USAGE_MEM_INACTIVE_FILE_BYTES, 1},
        {"total_rss", USAGE_MEM_SWAP_BYTES, 1},
        {"usage_usec", USAGE_CPU_NS, 1000},
        {"user", USAGE_CPU_USER_NS, 10000000},
        {"oom_kill", USAGE_OOM_KILLS, UINT32_MAX},
    };
    struct usage usage = {.have = 0};
    usage_set(&usage, USAGE_PIDS, 7);
    parse_keyed((struct str){(const char *)data, size}, keys, 7, &usage);
    assert(usage_has(&usage, USAGE_PIDS) && usage.number[USAGE_PIDS] == 7);
    assert(__builtin_popcountll(usage.have) <= 8);
    assert(usage.number[USAGE_CPU_NS] % 1000 == 0);
    return 0;
}
