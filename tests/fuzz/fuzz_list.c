/* The list of containers, and the walk over its entries. */
#include <assert.h>

#include "engine/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct decode_list list = {.n = 0};
    struct err err = ERR_INIT;
    if (decode_list((struct str){(const char *)data, size}, &arena, &list, &err) == 0) {
        for (size_t i = 0; i < list.n; i++) {
            assert(list.containers[i].id.len > 0 && list.containers[i].id.len <= DECODE_ID_MAX);
            assert(list.containers[i].name.len > 0);
        }
    } else {
        assert(err.code < 0);
    }
    arena_done(&arena);
    return 0;
}
