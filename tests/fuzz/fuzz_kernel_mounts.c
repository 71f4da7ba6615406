/* Any file as mountinfo; a line's words are words, and unescaped they are no longer. */
#include <assert.h>

#include "kernel/flat.h"
#include "kernel/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct flat file = {.rest = {(const char *)data, size}};
    struct str line;
    while (flat_line(&file, &line)) {
        struct mount_line mount;
        if (!parse_mount_line(line, &mount)) {
            continue;
        }
        assert(mount.point.len && mount.type.len && mount.source.len);
        struct str point = parse_mount_text(mount.point, &arena);
        assert(point.len > 0 && point.len <= mount.point.len && !memchr(point.ptr, 0, 1));
    }
    arena_done(&arena);
    return 0;
}
