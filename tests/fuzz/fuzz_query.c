/* A parameter's name up to the first newline, then any query; values stay inside their room. */
#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str query = {.ptr = (const char *)data, .len = size};
    struct str name;
    if (size == 0 || !str_split(&query, '\n', &name)) {
        return 0;
    }
    char buf[8];
    struct query_room room = {.buf = buf, .cap = sizeof(buf)};
    struct str value;
    for (size_t i = 0; query_value(query, name, i, room, &value); i++) {
        if (value.ptr != buf || value.len > sizeof(buf)) {
            __builtin_trap();
        }
    }
    return 0;
}
