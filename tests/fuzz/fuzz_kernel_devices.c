/* Any file as io.stat and twice as blkio, into one usage; its devices stay sorted and single. */
#include <assert.h>

#include "kernel/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    struct arena arena = ARENA_INIT;
    struct usage u = {.have = 0};
    size_t dropped = 0;
    int rc = parse_io_stat(text, &arena, &u, &dropped);
    rc |= parse_blkio(text, DISK_READ_BYTES, DISK_WRITE_BYTES, &arena, &u, &dropped);
    rc |= parse_blkio(text, DISK_READS, DISK_WRITES, &arena, &u, &dropped);
    assert(rc == 0 && u.n_disks <= 3 * PARSE_DEVICES_MAX && u.n_disks <= size);
    for (size_t i = 0; i < u.n_disks; i++) {
        const struct usage_disk *d = &u.disks[i];
        assert(d->have && d->have < 1U << DISK_NUMBERS);
        assert(i == 0 || d[-1].major < d->major ||
               (d[-1].major == d->major && d[-1].minor < d->minor));
    }
    arena_done(&arena);
    return 0;
}
