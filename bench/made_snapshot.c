#include "made_snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define TAKEN_UNIX_NS INT64_C(1795225582330000000)

/* Numbers of many digits, each another one, which grow. */
static struct usage *make_usage(struct arena *arena, uint64_t seed, unsigned after_s) {
    struct usage *u = arena_array(arena, 1, sizeof(*u));
    struct usage_net *nets = arena_array(arena, 2, sizeof(*nets));
    struct usage_disk *disks = arena_array(arena, 2, sizeof(*disks));
    if (!u || !nets || !disks) {
        abort();
    }
    u->source = SOURCE_ENGINE;
    u->read_unix_ns = TAKEN_UNIX_NS + after_s * NS_PER_S;
    u->nets = nets;
    u->n_nets = 2;
    u->disks = disks;
    u->n_disks = 2;
    for (int i = 0; i < USAGE_NUMBERS; i++) {
        usage_set(u, (enum usage_number)i,
                  (seed + 1) * UINT64_C(2654435761) * (uint64_t)(i + 1) +
                      after_s * UINT64_C(123456789));
    }
    for (unsigned i = 0; i < 2; i++) {
        nets[i] = (struct usage_net){.interface = i ? STR("eth1") : STR("eth0"), .have = 0xFF};
        disks[i] = (struct usage_disk){.major = 259, .minor = i, .have = 0xF};
        for (unsigned j = 0; j < NET_NUMBERS; j++) {
            nets[i].number[j] = (seed + 7) * 131071 * (j + 1);
        }
        for (unsigned j = 0; j < DISK_NUMBERS; j++) {
            disks[i].number[j] = (seed + 3) * 4096 * (j + 1);
        }
    }
    return u;
}

static struct container *make_container(size_t i) {
    char id[65];
    char name[64];
    char service[32];
    (void)snprintf(id, sizeof(id), "%016zx%016zx%016zx%016zx", i * 7919, i * 104729, i, i + 1);
    (void)snprintf(service, sizeof(service), "service-%zu", i % 40);
    (void)snprintf(name, sizeof(name), "project-%zu-%s-%zu", i / 40, service, i % 3 + 1);
    struct container_label labels[] = {
        {STR("com.docker.compose.project"), STR("project")},
        {STR("com.docker.compose.service"), str_of(service)},
        {STR("maintainer"), STR("team@example.org")},
        {STR("org.opencontainers.image.version"), STR("1.2.3")},
    };
    struct container_facts f = {
        .id = str_of(id),
        .name = str_of(name),
        .image = STR("registry.example.org/team/service:1.2.3"),
        .project = STR("project"),
        .service = str_of(service),
        .labels = labels,
        .n_labels = sizeof(labels) / sizeof(labels[0]),
        .state = STATE_RUNNING,
        .health = HEALTH_HEALTHY,
    };
    for (int j = 0; j < CONTAINER_NUMBERS; j++) {
        container_set(&f, (enum container_number)j, INT64_C(1795225522330000000) + (int64_t)i);
    }
    struct container *c = container_new(&f);
    if (!c) {
        abort();
    }
    return c;
}

struct snapshot *made_snapshot(size_t n, unsigned after_s) {
    struct snapshot *s = snapshot_new(n);
    if (!s) {
        abort();
    }
    s->taken_unix_ns = TAKEN_UNIX_NS + after_s * NS_PER_S;
    s->engine_up = true;
    for (size_t i = 0; i < n; i++) {
        struct container *c = make_container(i);
        snapshot_add(s,
                     &(struct reading){.container = c, .usage = make_usage(&s->arena, i, after_s)});
        container_unref(c);
    }
    snapshot_publish(s);
    return s;
}
