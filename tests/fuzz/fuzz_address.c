/* An Engine's address as a person writes it; the first byte says whether TLS is on. */
#include <assert.h>

#include "engine/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct engine_tls tls = {.enabled = size && (data[0] & 1)};
    struct engine_address address;
    struct err err = ERR_INIT;
    struct str host = size ? (struct str){(const char *)data + 1, size - 1} : STR("");
    if (engine_address_parse(host, &tls, &address, &err) == 0) {
        assert(address.base_url[0] && address.shown[0]);
        assert((address.unix_path[0] == '/') == (strncmp(address.shown, "unix://", 7) == 0));
    }
    return 0;
}
