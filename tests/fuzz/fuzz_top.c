/* Any bytes as keys and as names: keys come to an end, words are as wide as told and harmless. */
#include <assert.h>

#include "base/cleanup.h"
#include "top/figure.h"
#include "top/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    struct str keys = text;
    struct buf out CLEANUP_BUF = BUF_INIT;
    for (size_t before = keys.len; keys.len; before = keys.len) {
        (void)key_next(&keys);
        assert(keys.len < before);
    }
    size_t width = size ? data[0] : 0;
    size_t got = figure_word(&out, text, width);
    assert(got <= width && got == out.len);
    for (size_t i = 0; i < out.len; i++) {
        assert(out.data[i] >= 0x20 && out.data[i] < 0x7F);
    }
    return 0;
}
