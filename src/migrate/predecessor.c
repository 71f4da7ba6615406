#include "migrate/predecessor.h"

static const struct predecessor predecessors[] = {
    {.name = "native", .title = "docker-stats-exporter"},
    {.name = "docker-exporter", .title = "the GSC docker_exporter"},
    {.name = "container-metrics", .title = "Container-Metrics"},
    {.name = "docker-stats", .title = "the k6 docker-stats exporter"},
    {.name = "data-exporter", .title = "the Docker Data Exporter"},
    {.name = "cadvisor", .title = "cAdvisor"},
};

#define N_PREDECESSORS (sizeof(predecessors) / sizeof(predecessors[0]))

const struct predecessor *predecessor_at(size_t i) {
    return i < N_PREDECESSORS ? &predecessors[i] : NULL;
}

const struct predecessor *predecessor_find(struct str name) {
    if (str_eq(name, STR("docker-stats-exporter"))) {
        return &predecessors[0];
    }
    for (size_t i = 0; i < N_PREDECESSORS; i++) {
        if (str_eq(name, str_of(predecessors[i].name))) {
            return &predecessors[i];
        }
    }
    return NULL;
}

const char *predecessor_nearest(struct str name) {
    const char *names[N_PREDECESSORS + 1];
    for (size_t i = 0; i < N_PREDECESSORS; i++) {
        names[i] = predecessors[i].name;
    }
    names[N_PREDECESSORS] = "docker-stats-exporter";
    return str_nearest(name, names, N_PREDECESSORS + 1);
}

struct str predecessor_label(const struct predecessor *p, struct str old) {
    (void)p;
    return old;
}
