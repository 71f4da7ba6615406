/*
 * A container as the Engine describes it: what it is, not what it uses. A plain fact, immutable
 * once made, counted by reference and shared by the inventory and every snapshot that shows it; a
 * change makes a new one. Reference counts are plain: the loop's thread only.
 *
 * Made from a struct container_facts, which its maker fills with views of its own; container_new()
 * copies all of it into one allocation.
 */
#ifndef DOCKMETER_MODEL_CONTAINER_H
#define DOCKMETER_MODEL_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum container_state {
    STATE_UNKNOWN,
    STATE_CREATED,
    STATE_RUNNING,
    STATE_PAUSED,
    STATE_RESTARTING,
    STATE_REMOVING,
    STATE_EXITED,
    STATE_DEAD,
    STATE_COUNT,
};

enum container_health { HEALTH_NONE, HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

/* How the container's network interfaces relate to it: only OWN ones may be counted for it. */
enum container_network { NETWORK_OWN, NETWORK_HOST, NETWORK_NONE, NETWORK_SHARED };

/* Numbers that may be unknown; each is in its unit's name. Indexes into container_facts.number. */
enum container_number {
    CONTAINER_CREATED_NS,    /* Unix time */
    CONTAINER_STARTED_NS,    /* Unix time of the present or last run */
    CONTAINER_FINISHED_NS,   /* Unix time; unknown while it runs */
    CONTAINER_EXIT_CODE,     /* of the last run; while it runs: the last exit that was seen */
    CONTAINER_RESTART_COUNT, /* the Engine's own */
    CONTAINER_CPU_LIMIT_NANOCORES,
    CONTAINER_CPU_SHARES,
    CONTAINER_MEM_LIMIT_BYTES,  /* as configured, not the host's memory */
    CONTAINER_SWAP_LIMIT_BYTES, /* memory and swap together, as configured */
    CONTAINER_PIDS_LIMIT,
    CONTAINER_CPU_PERIOD_US,         /* of the CPU limit, where it is not the kernel's own */
    CONTAINER_MEM_RESERVATION_BYTES, /* as configured */
    CONTAINER_NUMBERS,
};

struct container_label {
    struct str key;
    struct str value;
};

struct container_facts {
    struct str id;    /* 64 hexadecimal digits */
    struct str name;  /* without its slash */
    struct str image; /* as the list names it */
    struct str image_id;
    struct str project; /* compose project, else Swarm stack, else empty */
    struct str service; /* compose service, else Swarm service, else empty */
    struct str log_driver;
    struct container_label *labels; /* in byte order of their keys */
    size_t n_labels;
    enum container_state state;
    enum container_health health;
    enum container_network network;
    bool tty;
    bool oom_killed;
    bool inspected; /* what only inspect tells is in here */
    int64_t pid;    /* 0 unless running */
    uint32_t have;  /* bit i: number[i] is known */
    int64_t number[CONTAINER_NUMBERS];
};

/* An immutable container: read its facts, hold it with a reference. */
struct container {
    unsigned refs;
    struct container_facts facts;
};

/* A container with one reference, or NULL when memory is out. */
struct container *container_new(const struct container_facts *facts);
struct container *container_ref(struct container *c);
void container_unref(struct container *c); /* NULL is fine */

static inline void container_set(struct container_facts *f, enum container_number i, int64_t v) {
    f->number[i] = v;
    f->have |= UINT32_C(1) << i;
}

static inline bool container_has(const struct container_facts *f, enum container_number i) {
    return f->have >> i & 1U;
}

static inline void container_forget(struct container_facts *f, enum container_number i) {
    f->have &= ~(UINT32_C(1) << i);
}

/* True in the states in which processes exist: running, paused. (A restarting one waits.) */
bool container_is_live(const struct container_facts *f);

/* The value of a label, or an empty view with a NULL pointer. */
struct str container_label(const struct container_facts *f, struct str key);

/* "running" <-> STATE_RUNNING; Podman's "stopped" and "configured" are exited and created. */
enum container_state container_state_parse(struct str word);
const char *container_state_word(enum container_state state);
/* "healthy" …; anything else is HEALTH_NONE. Its word for HEALTH_NONE is "". */
enum container_health container_health_parse(struct str word);
const char *container_health_word(enum container_health health);
/* A HostConfig.NetworkMode: "host", "none", "container:ID", anything else is its own. */
enum container_network container_network_parse(struct str mode);

#endif
