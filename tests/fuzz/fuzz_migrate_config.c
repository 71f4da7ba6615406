/* Any bytes as an old configuration, of the tool that the first byte chooses. */
#include "migrate/old_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct migration m;
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    const struct predecessor *from = size ? predecessor_at(data[0] % 6U) : NULL;
    if (!from) {
        return 0;
    }
    migration_init(&m, from, "f");
    struct str text = {.ptr = (const char *)data + 1, .len = size - 1};
    if (old_config_migrate(&m, text, NULL, &out, &err) && (out.len || !err.text[0])) {
        __builtin_trap();
    }
    migration_done(&m);
    buf_done(&out);
    return 0;
}
