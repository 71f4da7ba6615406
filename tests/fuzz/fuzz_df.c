/* Any bytes as /system/df; what comes out is in order and within its limits. */
#include <assert.h>

#include "engine/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct storage *storage = storage_new();
    struct err err = ERR_INIT;
    assert(storage);
    int rc = decode_df((struct str){(const char *)data, size}, storage, &err);
    assert(rc <= 0 && storage->have < 1U << STORAGE_KINDS);
    for (size_t i = 0; rc == 0 && i < storage->n_containers; i++) {
        const struct storage_container *c = &storage->containers[i];
        assert(c->id.len > 0 && c->id.len <= DECODE_ID_MAX);
        assert(c->have && c->have < 1U << STORAGE_NUMBERS);
        assert(i == 0 || str_cmp(c[-1].id, c->id) <= 0);
        assert(storage_find(storage, c->id));
    }
    storage_unref(storage);
    return 0;
}
