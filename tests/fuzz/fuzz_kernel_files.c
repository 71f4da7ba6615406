/* Any text as each file of the table: it sets the numbers of its row, and no other. */
#include <assert.h>
#include <errno.h>

#include "kernel/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < n_kernel_files; i++) {
        const struct kernel_file *file = &kernel_files[i];
        struct arena arena = ARENA_INIT;
        struct usage u = {.have = 0};
        size_t dropped = 0;
        uint64_t told = UINT64_C(1) << file->number | UINT64_C(1) << file->second;
        for (size_t k = 0; k < file->n_keys; k++) {
            told |= UINT64_C(1) << file->keys[k].number;
        }
        int rc = kernel_file_take(file, (struct str){(const char *)data, size}, UINT64_C(1) << 30,
                                  &arena, &u, &dropped);
        assert(rc == 0 || (rc == -EBADMSG && !u.have && !u.n_disks));
        assert((u.have & ~told) == 0 && u.n_disks <= PARSE_DEVICES_MAX);
        assert(!u.n_disks || file->format == FORMAT_IO_STAT || file->format == FORMAT_BLKIO);
        arena_done(&arena);
    }
    return 0;
}
