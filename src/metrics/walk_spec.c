/* The forms that cAdvisor gives to some numbers: limits as written, page faults, the machine. */
#include "metrics/walk.h"

#define PERIOD_US 100000 /* the kernel's own */
#define NANO INT64_C(1000000000)

/* Page faults of the container and all below it; its own alone where cgroup v1 tells them. */
static void give_failures(struct walk *w, const struct row *row, size_t i, bool major, bool own) {
    const struct usage *u = w->readings[i].usage;
    enum usage_number alone = major ? USAGE_MEM_OWN_MAJOR_FAULTS : USAGE_MEM_OWN_FAULTS;
    uint64_t n = u->number[USAGE_MEM_MAJOR_FAULTS];
    if (own && usage_has(u, alone)) {
        n = u->number[alone];
    } else if (!major) {
        n += u->number[USAGE_MEM_MINOR_FAULTS];
    }
    const struct label labels[] = {
        walk_label(row, 0, major ? STR("pgmajfault") : STR("pgfault")),
        walk_label(row, 1, own ? STR("container") : STR("hierarchy")),
    };
    walk_sample(w, &w->containers[i], labels, 2, value_u64(n));
}

void walk_failures(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *u = w->readings[i].usage;
        if (!u || !usage_has(u, USAGE_MEM_MINOR_FAULTS) || !usage_has(u, USAGE_MEM_MAJOR_FAULTS)) {
            continue;
        }
        for (unsigned kind = 0; kind < 4; kind++) {
            give_failures(w, row, i, kind & 2U, !(kind & 1U));
        }
    }
}

void walk_health_state(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (facts->health == HEALTH_NONE && facts->inspected) {
            walk_give(w, i, value_i64(-1));
        } else if (facts->health != HEALTH_NONE) {
            walk_give(w, i, value_u64(facts->health == HEALTH_HEALTHY));
        }
    }
}

/* A setting as configured; what stands for its absence once an inspect has shown that. */
void walk_spec(struct walk *w, const struct row *row) {
    enum container_number number = (enum container_number)row->number;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (container_has(facts, number)) {
            walk_give(w, i, value_i64(facts->number[number]));
        } else if (facts->inspected) {
            walk_give(w, i, value_i64(row->otherwise));
        }
    }
}

/* The CPU limit in microseconds of each period, rounded to the nearest. */
void walk_cpu_quota(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        int64_t period = PERIOD_US;
        int64_t quota = 0;
        if (container_has(facts, CONTAINER_CPU_PERIOD_US)) {
            period = facts->number[CONTAINER_CPU_PERIOD_US];
        }
        if (container_has(facts, CONTAINER_CPU_LIMIT_NANOCORES) &&
            !__builtin_mul_overflow(facts->number[CONTAINER_CPU_LIMIT_NANOCORES], period, &quota)) {
            walk_give(w, i, value_i64(quota / NANO + (quota % NANO >= NANO / 2)));
        }
    }
}

void walk_version_info(struct walk *w, const struct row *row) {
    const struct engine_facts *engine = &w->snapshot->engine;
    const struct str values[] = {w->build->commit, w->build->version, engine->version,
                                 engine->kernel, engine->os_name};
    struct label own[ROW_LABELS_MAX];
    size_t n = sizeof(values) / sizeof(values[0]);
    for (size_t i = 0; i < n; i++) {
        own[i] = walk_label(row, i, values[i]);
    }
    walk_sample(w, &w->globals, own, n, value_u64(1));
}

/* Whose machine it is, is the kernel's to say. */
void walk_machine(struct walk *w, const struct row *row) {
    static const struct machine unknown = {.cores = 0};
    const struct machine *machine = w->in->machine ? w->in->machine : &unknown;
    uint64_t v = walk_machine_number(w, (enum engine_number)row->number);
    const struct label own[] = {
        walk_label(row, 0, machine->boot_id),
        walk_label(row, 1, machine->machine_id),
        walk_label(row, 2, machine->system_uuid),
    };
    if (v) {
        walk_sample(w, &w->globals, own, 3, value_u64(v));
    }
}

void walk_container_trouble(struct walk *w, const struct row *row) {
    (void)row;
    walk_sample(w, &w->globals, NULL, 0, value_u64(!w->snapshot->states_known));
}

void walk_machine_trouble(struct walk *w, const struct row *row) {
    (void)row;
    walk_sample(w, &w->globals, NULL, 0, value_u64(walk_cores(w) == 0));
}
