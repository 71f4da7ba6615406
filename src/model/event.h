/*
 * Something that happened to a container, as the Engine's event stream tells it. Plain data;
 * strings belong to whoever made it.
 */
#ifndef DOCKMETER_MODEL_EVENT_H
#define DOCKMETER_MODEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum event_action {
    EVENT_OTHER, /* nothing that changes a container */
    EVENT_CREATE,
    EVENT_START,
    EVENT_RESTART,
    EVENT_DIE, /* Podman: "died" */
    EVENT_OOM,
    EVENT_PAUSE,
    EVENT_UNPAUSE,
    EVENT_RENAME,
    EVENT_UPDATE,
    EVENT_DESTROY, /* Podman: "remove" */
    EVENT_HEALTH,  /* "health_status: healthy", Podman "health_status" */
    EVENT_CLEANUP, /* Podman: after the container ended */
};

struct container_event {
    enum event_action action;
    struct str id;   /* of the container */
    int64_t time_ns; /* Unix time; 0: unknown */
    bool has_exit;   /* a die that tells how it ended */
    int64_t exit_code;
};

/* "start" …; "health_status: …" by its beginning. */
enum event_action event_action_parse(struct str word);

#endif
