#include "migrate/predecessor.h"

static const struct predecessor *const predecessors[] = {
    &predecessor_native,       &predecessor_docker_exporter, &predecessor_container_metrics,
    &predecessor_docker_stats, &predecessor_data_exporter,   &predecessor_cadvisor,
};

#define N_PREDECESSORS (sizeof(predecessors) / sizeof(predecessors[0]))
#define NATIVE_ALSO "docker-stats-exporter"

const struct predecessor *predecessor_at(size_t i) {
    return i < N_PREDECESSORS ? predecessors[i] : NULL;
}

const struct predecessor *predecessor_find(struct str name) {
    if (str_eq(name, STR(NATIVE_ALSO))) {
        return &predecessor_native;
    }
    for (size_t i = 0; i < N_PREDECESSORS; i++) {
        if (str_eq(name, str_of(predecessors[i]->name))) {
            return predecessors[i];
        }
    }
    return NULL;
}

const char *predecessor_nearest(struct str name) {
    const char *names[N_PREDECESSORS + 1] = {NATIVE_ALSO};
    for (size_t i = 0; i < N_PREDECESSORS; i++) {
        names[i + 1] = predecessors[i]->name;
    }
    return str_nearest(name, names, N_PREDECESSORS + 1);
}

static const struct label_rule *find_label(const struct label_rule *rules, struct str old) {
    for (; rules && rules->old; rules++) {
        if (str_eq(old, str_of(rules->old))) {
            return rules;
        }
    }
    return NULL;
}

const struct label_rule *predecessor_label_rule(const struct predecessor *p,
                                                const struct family_rule *family, struct str old) {
    const struct label_rule *rule = family ? find_label(family->labels, old) : NULL;
    for (size_t i = 0; !family && !rule && i < p->n_families; i++) {
        rule = find_label(p->families[i].labels, old);
    }
    return rule ? rule : find_label(p->labels, old);
}

struct str predecessor_label(const struct predecessor *p, struct str old) {
    const struct label_rule *rule = predecessor_label_rule(p, NULL, old);
    return rule ? str_of(rule->now) : old;
}

const struct family_rule *predecessor_family(const struct predecessor *p, struct str old) {
    for (size_t i = 0; i < p->n_families; i++) {
        if (str_eq(old, str_of(p->families[i].old))) {
            return &p->families[i];
        }
    }
    return NULL;
}

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':';
}

bool predecessor_within(const struct predecessor *p, struct str text) {
    for (size_t at = 0; at < text.len; at++) {
        size_t end = at;
        while (end < text.len && is_name_char(text.ptr[end])) {
            end++;
        }
        if (end > at && predecessor_family(p, str_sub(text, at, end - at))) {
            return true;
        }
        at = end;
    }
    return false;
}
