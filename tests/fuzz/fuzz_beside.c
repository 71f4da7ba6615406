/* Any command line of a process 1: each flag is a word of it, in order. And any status. */
#include <assert.h>

#include "base/cleanup.h"
#include "cli/beside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct str rest = {.ptr = (const char *)data, .len = size};
    struct beside beside = beside_parse(rest, &arena);
    struct str word = STR("");
    for (size_t i = 0; i < beside.n; i++) {
        bool found = false;
        while (!found && str_split(&rest, '\0', &word)) {
            found = str_eq(word, str_of(beside.flags[i]));
        }
        assert(found);
    }
    const struct stat file = {.st_uid = 1, .st_gid = 2};
    assert(!beside_may_write((struct str){.ptr = (const char *)data, .len = size}, &file) ||
           memmem(data, size, "\nUid:\t", 6));
    return 0;
}
