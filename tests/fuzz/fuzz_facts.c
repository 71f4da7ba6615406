/* What an Engine says about itself, its counts, and its error answers; the first byte chooses. */
#include <assert.h>

#include "engine/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct engine_facts facts = {.have = 0};
    struct err err = ERR_INIT;
    struct str json = size ? (struct str){(const char *)data + 1, size - 1} : STR("");
    bool podman = false;
    uint64_t n = 0;
    char message[40];
    int which = size ? data[0] % 4 : 0;
    int rc = which == 0   ? decode_version(json, &arena, &facts, &podman, &err)
             : which == 1 ? decode_info(json, &arena, &facts, &err)
             : which == 2 ? decode_count(json, &n, &err)
                          : decode_volumes(json, &n, &err);
    assert(rc <= 0);
    decode_message(json, message, sizeof(message));
    assert(strlen(message) < sizeof(message));
    struct image_names *names = NULL;
    rc = decode_images(json, &n, &names, &err);
    assert((rc == 0) == (names != NULL) && rc <= 0);
    image_names_unref(names);
    arena_done(&arena);
    return 0;
}
