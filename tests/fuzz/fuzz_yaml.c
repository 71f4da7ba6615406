/* Any bytes as a configuration file; what loads must be written as a file that loads again. */
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct config config;
    struct config again;
    struct err err = ERR_INIT;
    if (config_parse((struct str){.ptr = (const char *)data, .len = size}, "f", &config, &err)) {
        return 0;
    }
    struct buf text = BUF_INIT;
    config_write(&config, &text);
    config_done(&config);
    if (config_parse(buf_view(&text), "f", &again, &err)) {
        __builtin_trap();
    }
    config_done(&again);
    buf_done(&text);
    return 0;
}
