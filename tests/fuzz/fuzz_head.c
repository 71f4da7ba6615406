/* Any bytes as a request head: at once and byte by byte must say the same, views stay inside. */
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str all = {.ptr = (const char *)data, .len = size};
    struct head whole;
    struct head slow;
    head_start(&whole);
    head_start(&slow);
    enum head_progress got = head_parse(&whole, all);
    enum head_progress step = HEAD_MORE;
    for (size_t n = 1; n <= size && step == HEAD_MORE; n++) {
        step = head_parse(&slow, str_sub(all, 0, n));
    }
    if (got != step || whole.len != slow.len || whole.status != slow.status ||
        (got == HEAD_BAD) != (whole.reason != NULL) || whole.len > HEAD_MAX_BYTES) {
        __builtin_trap();
    }
    for (size_t i = 0; got == HEAD_READY && i < whole.n_fields; i++) {
        if (whole.fields[i].value.at + whole.fields[i].value.len > (int)whole.len ||
            whole.path.len + whole.query.len > whole.target.len) {
            __builtin_trap();
        }
    }
    return 0;
}
