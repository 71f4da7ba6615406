/* Any text as an image's reference: its parts lie in it, in order. */
#include <assert.h>

#include "model/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    struct image image = image_parse(text);
    assert(image.repository.len + image.tag.len + image.digest.len <= size);
    assert(str_find(image.tag, '/', 0) == image.tag.len);
    assert(image.tag.len == 0 || image.tag.ptr[-1] == ':');
    assert(image.digest.len == 0 || image.digest.ptr[-1] == '@');
    assert(image_short_id(text).len <= 12);
    return 0;
}
