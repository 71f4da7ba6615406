/* Any text as an Accept and an Accept-Encoding header; the choice is always one of the offers. */
#include "http/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct media_offer offers[] = {
        {"text/plain", "version=0.0.4"},
        {"application/openmetrics-text", "version=1.0.0; charset=\"utf-8\""},
        {"text/html", NULL},
    };
    struct str header = {.ptr = (const char *)data, .len = size};
    (void)accept_gzip(header);
    if (accept_choose(header, offers, 3) > 2) {
        __builtin_trap();
    }
    return 0;
}
