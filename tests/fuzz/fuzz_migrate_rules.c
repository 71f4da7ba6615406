/* Any bytes as a rule file; what comes out can be migrated again. */
#include "migrate/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int migrate(struct str bytes, struct buf *out) {
    struct migration m;
    struct err err = ERR_INIT;
    migration_init(&m, predecessor_find(STR("docker-exporter")), "f");
    int r = rules_migrate(&m, bytes, out, &err);
    migration_done(&m);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf once = BUF_INIT;
    struct buf twice = BUF_INIT;
    if (migrate((struct str){.ptr = (const char *)data, .len = size}, &once) == 0 &&
        migrate(buf_view(&once), &twice) != 0) {
        __builtin_trap();
    }
    buf_done(&once);
    buf_done(&twice);
    return 0;
}
