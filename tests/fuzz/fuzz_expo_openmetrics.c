/* Any page of OpenMetrics: one that is valid is valid once more when written, and the same. */
#include <assert.h>

#include "expo/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct buf written[2] = {BUF_INIT, BUF_INIT};
    struct str page = {(const char *)data, size};
    for (int i = 0; i < 2; i++) {
        struct exposition read;
        struct err err = ERR_INIT;
        if (expo_parse(page, EXPO_OPENMETRICS, &arena, &read, &err) < 0) {
            assert(i == 0 && err.text[0]);
            break;
        }
        exposition_write(&read, &written[i]);
        page = buf_view(&written[i]);
        assert(i == 0 || str_eq(page, buf_view(&written[0])));
    }
    buf_done(&written[0]);
    buf_done(&written[1]);
    arena_done(&arena);
    return 0;
}
