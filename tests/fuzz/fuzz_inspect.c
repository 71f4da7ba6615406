/* One container's inspect. */
#include <assert.h>

#include "engine/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct container_facts facts = {.n_labels = 0};
    struct err err = ERR_INIT;
    size_t dropped = 0;
    if (decode_inspect((struct str){(const char *)data, size}, &arena, &facts, &dropped, &err) ==
        0) {
        assert(facts.inspected && facts.name.len > 0 && facts.pid >= 0);
    } else {
        assert(err.code < 0);
    }
    arena_done(&arena);
    return 0;
}
