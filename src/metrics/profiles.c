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
