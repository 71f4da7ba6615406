#include "metrics/page.h"
#include "metrics/row.h"

const struct profile *const profiles[] = {
    &profile_native,          &profile_cadvisor,
    &profile_docker_exporter, &profile_container_metrics,
    &profile_docker_stats,    &profile_data_exporter,
};
const size_t n_profiles = sizeof(profiles) / sizeof(profiles[0]);

const struct profile *profile_find(struct str name) {
    for (size_t i = 0; i < n_profiles; i++) {
        if (str_eq(name, str_of(profiles[i]->name))) {
            return profiles[i];
        }
    }
    return NULL;
}

const char *page_profile(size_t i) {
    return i < n_profiles ? profiles[i]->name : NULL;
}

const char *group_word(enum group group) {
    static const char *const words[GROUP_COUNT] = {
        "memory", "cpu", "network", "fs", "pids", "pressure", "state", "disk", "system", "exporter",
    };
    return words[group];
}

const char *group_kind(enum group group) {
    static const char *const words[GROUP_COUNT] = {
        [GROUP_MEMORY] = "memory", [GROUP_CPU] = "cpu",      [GROUP_NETWORK] = "network",
        [GROUP_FS] = "diskIO",     [GROUP_PIDS] = "process", [GROUP_PRESSURE] = "pressure",
        [GROUP_DISK] = "disk",
    };
    return words[group];
}

const char *row_kind(const struct row *row) {
    return row->kind ? row->kind : group_kind(row->group);
}

bool page_has_kind(struct str kind) {
    bool has = false;
    for (size_t i = 0; i < profile_cadvisor.n_rows; i++) {
        const char *own = row_kind(&profile_cadvisor.rows[i]);
        has = has || (own && str_eq(kind, str_of(own)));
    }
    return has;
}
