#include "loop/authorities.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const usual_places[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch, Alpine */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, RHEL */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* the older of them */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* BSD's place */
    "/var/lib/ca-certificates/ca-bundle.pem",
};

/* A variable that is set to something. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

struct authorities authorities_find(void) {
    struct authorities found = {variable("SSL_CERT_FILE"), variable("SSL_CERT_DIR")};
    for (size_t i = 0; !found.file && i < sizeof(usual_places) / sizeof(usual_places[0]); i++) {
        if (access(usual_places[i], R_OK) == 0) {
            found.file = usual_places[i];
        }
    }
    return found;
}
