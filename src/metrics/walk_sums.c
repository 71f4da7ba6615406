/* Numbers that are made of several: sums over interfaces and devices, rates and percentages. */
#include "metrics/walk.h"

#define NANO UINT64_C(1000000000)
#define HUNDRED 100

/* Adds as far as 64 bits go. */
static void add(uint64_t *sum, uint64_t v) {
    if (__builtin_add_overflow(*sum, v, sum)) {
        *sum = UINT64_MAX;
    }
}

/* Nothing of a container that has no interface of its own. */
void walk_net_sum(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        bool told = false;
        uint64_t sum = 0;
        if (!usage || walk_facts(w, i)->network != NETWORK_OWN) {
            continue;
        }
        for (size_t j = 0; j < usage->n_nets; j++) {
            if (usage->nets[j].have >> row->number & 1U) {
                add(&sum, usage->nets[j].number[row->number]);
                told = true;
            }
        }
        if (told) {
            walk_give(w, i, value_u64(sum));
        }
    }
}

/* Nothing of a container that did no I/O yet: its devices are not known. */
void walk_disk_sum(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        bool told = false;
        uint64_t sum = 0;
        for (size_t j = 0; usage && j < usage->n_disks; j++) {
            if (usage->disks[j].have >> row->number & 1U) {
                add(&sum, usage->disks[j].number[row->number]);
                told = true;
            }
        }
        if (told) {
            walk_give(w, i, value_u64(sum));
        }
    }
}

/* As the statistics of the containers say. */
static uint64_t online_cores(const struct snapshot *s) {
    uint64_t cores = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct usage *usage = s->readings[i].usage;
        cores = usage && usage->online_cores > cores ? usage->online_cores : cores;
    }
    return cores;
}

uint64_t walk_machine_number(const struct walk *w, enum engine_number number) {
    const struct engine_facts *engine = &w->snapshot->engine;
    const struct machine *machine = w->in->machine;
    if (engine_facts_has(engine, number)) {
        return engine->number[number];
    }
    if (number == ENGINE_MEMORY_BYTES) {
        return machine ? machine->mem_bytes : 0;
    }
    return machine && machine->cores ? machine->cores : online_cores(w->snapshot);
}

uint64_t walk_cores(const struct walk *w) {
    return walk_machine_number(w, ENGINE_CPU_CORES);
}

/* a / b * scale, at most UINT64_MAX. */
static uint64_t share(uint64_t a, uint64_t b, uint64_t scale) {
    unsigned __int128 v = (unsigned __int128)a * scale / b;
    return v > UINT64_MAX ? UINT64_MAX : (uint64_t)v;
}

/* The container's cores * 10^9 from its two readings; false: there are not two yet. */
static bool rate_of(const struct walk *w, size_t i, uint64_t *ret_nanocores) {
    const struct usage *usage = w->readings[i].usage;
    return usage && w->in->rates && usage_has(usage, USAGE_CPU_NS) &&
           rates_cpu(w->in->rates, walk_facts(w, i), ret_nanocores);
}

void walk_cpu_ratio(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        uint64_t nanocores = 0;
        if (rate_of(w, i, &nanocores)) {
            walk_give(w, i, value_nano(nanocores));
        }
    }
}

/* Two clocks differ a little, so a busy machine could come out above all of its cores. */
void walk_cpu_percent(struct walk *w, const struct row *row) {
    uint64_t cores = walk_cores(w);
    (void)row;
    for (size_t i = 0; cores && i < walk_readings(w); i++) {
        uint64_t nanocores = 0;
        if (rate_of(w, i, &nanocores)) {
            uint64_t percent = share(nanocores, cores, HUNDRED);
            walk_give(w, i, value_nano(percent < HUNDRED * NANO ? percent : HUNDRED * NANO));
        }
    }
}

void walk_memory_percent(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        if (usage && usage_has(usage, USAGE_MEM_USAGE_BYTES) &&
            usage_has(usage, USAGE_MEM_LIMIT_BYTES) && usage->number[USAGE_MEM_LIMIT_BYTES]) {
            walk_give(w, i,
                      value_nano(share(usage->number[USAGE_MEM_USAGE_BYTES],
                                       usage->number[USAGE_MEM_LIMIT_BYTES], HUNDRED * NANO)));
        }
    }
}

/* Its limit, else all that the machine has. */
void walk_cpus_available(struct walk *w, const struct row *row) {
    uint64_t cores = walk_cores(w);
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (!container_is_live(facts) || !facts->inspected) {
            continue;
        }
        if (container_has(facts, CONTAINER_CPU_LIMIT_NANOCORES)) {
            walk_give(w, i, value_nano((uint64_t)facts->number[CONTAINER_CPU_LIMIT_NANOCORES]));
        } else if (cores) {
            walk_give(w, i, value_u64(cores));
        }
    }
}
