/*
 * What a predecessor's container was given besides its settings: ports and mounts. Said is which of
 * them Dockmeter uses, and what it would like to have.
 */
#ifndef DOCKMETER_MIGRATE_OUTFIT_H
#define DOCKMETER_MIGRATE_OUTFIT_H

#include "migrate/migration.h"

#define OUTFIT_PORTS_MAX 32
#define OUTFIT_IMAGE "dockmeter" /* as README's Dockerfile is built */

struct outfit {
    struct migration *m;
    struct {
        struct spot spot;
        uint64_t port; /* in the container */
    } ports[OUTFIT_PORTS_MAX];
    size_t n_ports;
    bool socket, proc, cgroup; /* mounted where Dockmeter looks for them */
    bool remote;               /* the Engine is asked over the network */
};

/* "8080", "8080:80", "127.0.0.1:8080:80/tcp"; other forms are left alone. */
void outfit_port(struct outfit *o, size_t line, struct str text);

/* A folder or file of the host under a path of the container; "source:target:ro" in one text. */
void outfit_mount(struct outfit *o, size_t line, struct str source, struct str target);
void outfit_volume(struct outfit *o, size_t line, struct str text);

/* Says what the whole comes to; `port` is what Dockmeter listens on, 0 when that is not known. */
void outfit_judge(struct outfit *o, uint64_t port);

/* Whether this is an image of Dockmeter: its name, with a registry and a tag or without. */
bool outfit_is_ours(struct str image);

#endif
