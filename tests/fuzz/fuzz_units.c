/* Any text as a duration and a size; what is read and written must be read as the same. */
#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {.ptr = (const char *)data, .len = size};
    char buf[UNITS_TEXT_MAX];
    int64_t ns = 0;
    int64_t ns_again = -1;
    if (units_parse_duration(text, &ns) &&
        (!units_parse_duration(units_format_duration(ns, buf), &ns_again) || ns != ns_again)) {
        __builtin_trap();
    }
    uint64_t bytes = 0;
    uint64_t bytes_again = 1;
    if (units_parse_size(text, &bytes) &&
        (!units_parse_size(units_format_size(bytes, buf), &bytes_again) || bytes != bytes_again)) {
        __builtin_trap();
    }
    return 0;
}
