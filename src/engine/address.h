/*
 * Where an Engine is: parsed from DOCKER_HOST's forms, or found among the usual sockets. Pure but
 * for engine_address_find(), which looks which sockets exist.
 */
#ifndef DOCKMETER_ENGINE_ADDRESS_H
#define DOCKMETER_ENGINE_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define ENGINE_PATH_MAX 1024

struct engine_tls {
    bool enabled;
    bool verify;
    char ca_file[ENGINE_PATH_MAX]; /* empty: the system's authorities */
    char cert_file[ENGINE_PATH_MAX];
    char key_file[ENGINE_PATH_MAX];
};

struct engine_address {
    char unix_path[ENGINE_PATH_MAX]; /* empty for TCP */
    char base_url[ENGINE_PATH_MAX];  /* "http://localhost", "https://host:2376", with a path prefix
                                        if any */
    char shown[ENGINE_PATH_MAX]; /* for people: "unix:///var/run/docker.sock", never a password */
    struct engine_tls tls;
};

/*
 * "unix:///path", "/path", "tcp://host:port" (2375, with TLS 2376, when absent; IPv6 in brackets),
 * "http://…", "https://…" (which switches TLS on); a path behind the host is kept. ssh:// and
 * npipe:// are refused with the way out; anything else names what would be right. tls is copied;
 * -EINVAL when it is on for unix or http://, or has a certificate without its key.
 */
MUST_USE int engine_address_parse(struct str host, const struct engine_tls *tls,
                                  struct engine_address *ret, struct err *err);

/*
 * The first of the usual sockets that is one: /var/run/docker.sock, $XDG_RUNTIME_DIR/docker.sock,
 * /run/podman/podman.sock, $XDG_RUNTIME_DIR/podman/podman.sock; when none does, the first (it may
 * come later). runtime_dir may be empty.
 */
void engine_address_find(struct str runtime_dir, struct engine_address *ret);

#endif
