#include "metrics/walk.h"

#include "base/clock.h"

void walk_sample(struct walk *w, struct labelset *base, const struct label *own, size_t n,
                 struct value value) {
    if (!w->told) {
        w->sink->family(w->sink, w->family);
        w->told = true;
    }
    w->sink->sample(w->sink, base, own, n, value);
}

/* How many readings there are series for: none when memory for their labels was out. */
static size_t readings(const struct walk *w) {
    return w->containers ? w->snapshot->n : 0;
}

static const struct container_facts *facts_of(const struct walk *w, size_t i) {
    return &w->snapshot->readings[i].container->facts;
}

static struct label own_label(const struct row *row, size_t i, struct str value) {
    return (struct label){.name = str_of(row->labels[i]), .value = value};
}

void walk_usage(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < readings(w); i++) {
        const struct usage *usage = w->snapshot->readings[i].usage;
        if (usage && usage_has(usage, (enum usage_number)row->number)) {
            struct value v = {.integer = usage->number[row->number], .decimals = row->decimals};
            walk_sample(w, &w->containers[i], NULL, 0, v);
        }
    }
}

/* A fact, of all containers or of those with processes only. */
static void facts_walk(struct walk *w, const struct row *row, bool live_only) {
    enum container_number number = (enum container_number)row->number;
    for (size_t i = 0; i < readings(w); i++) {
        const struct container_facts *facts = facts_of(w, i);
        if (container_has(facts, number) && (!live_only || container_is_live(facts))) {
            struct value v = value_i64(facts->number[number]);
            v.decimals = row->decimals;
            walk_sample(w, &w->containers[i], NULL, 0, v);
        }
    }
}

void walk_fact(struct walk *w, const struct row *row) {
    facts_walk(w, row, false);
}

void walk_live_fact(struct walk *w, const struct row *row) {
    facts_walk(w, row, true);
}

void walk_net(struct walk *w, const struct row *row) {
    struct label own = own_label(row, 0, STR(""));
    for (size_t i = 0; i < readings(w); i++) {
        const struct usage *usage = w->snapshot->readings[i].usage;
        if (!usage || facts_of(w, i)->network != NETWORK_OWN) {
            continue;
        }
        for (size_t j = 0; j < usage->n_nets; j++) {
            const struct usage_net *net = &usage->nets[j];
            bool again = j > 0 && str_eq(net[-1].interface, net->interface);
            if (!again && (net->have >> row->number & 1U)) {
                own.value = net->interface;
                walk_sample(w, &w->containers[i], &own, 1, value_u64(net->number[row->number]));
            }
        }
    }
}

/* Writes v so that it ends before `end`; returns where it begins. */
static char *digits_before(char *end, uint32_t v) {
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    return end;
}

#define DEVICE_TEXT_MAX 24

/* "259:0"; by hand, because it stands in every series of a device. */
static struct str device_text(const struct usage_disk *disk, char buf[DEVICE_TEXT_MAX]) {
    char *end = buf + DEVICE_TEXT_MAX;
    char *at = digits_before(end, disk->minor);
    *--at = ':';
    at = digits_before(at, disk->major);
    return (struct str){.ptr = at, .len = (size_t)(end - at)};
}

void walk_disk(struct walk *w, const struct row *row) {
    struct label own = own_label(row, 0, STR(""));
    for (size_t i = 0; i < readings(w); i++) {
        const struct usage *usage = w->snapshot->readings[i].usage;
        for (size_t j = 0; usage && j < usage->n_disks; j++) {
            const struct usage_disk *disk = &usage->disks[j];
            bool again = j > 0 && disk[-1].major == disk->major && disk[-1].minor == disk->minor;
            if (!again && (disk->have >> row->number & 1U)) {
                char text[DEVICE_TEXT_MAX];
                own.value = device_text(disk, text);
                walk_sample(w, &w->containers[i], &own, 1, value_u64(disk->number[row->number]));
            }
        }
    }
}

void walk_page_faults(struct walk *w, const struct row *row) {
    static const struct {
        const char *type;
        enum usage_number number;
    } kinds[] = {{"minor", USAGE_MEM_MINOR_FAULTS}, {"major", USAGE_MEM_MAJOR_FAULTS}};
    for (size_t i = 0; i < readings(w); i++) {
        const struct usage *usage = w->snapshot->readings[i].usage;
        for (size_t j = 0; usage && j < sizeof(kinds) / sizeof(kinds[0]); j++) {
            if (usage_has(usage, kinds[j].number)) {
                struct label own = own_label(row, 0, str_of(kinds[j].type));
                walk_sample(w, &w->containers[i], &own, 1,
                            value_u64(usage->number[kinds[j].number]));
            }
        }
    }
}

void walk_last_seen(struct walk *w, const struct row *row) {
    struct value v = value_i64(w->snapshot->taken_unix_ns);
    v.decimals = row->decimals;
    for (size_t i = 0; i < readings(w); i++) {
        walk_sample(w, &w->containers[i], NULL, 0, v);
    }
}

/* A start in the future is another machine's clock: the uptime is then unknown. */
void walk_uptime(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < readings(w); i++) {
        const struct container_facts *facts = facts_of(w, i);
        if (!container_is_live(facts) || !container_has(facts, CONTAINER_STARTED_NS)) {
            continue;
        }
        int64_t up_ns = w->snapshot->taken_unix_ns - facts->number[CONTAINER_STARTED_NS];
        if (up_ns >= 0) {
            struct value v = {.integer = (uint64_t)up_ns, .decimals = row->decimals};
            walk_sample(w, &w->containers[i], NULL, 0, v);
        }
    }
}

#define SHORT_ID 12

void walk_info(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < readings(w); i++) {
        const struct container_facts *facts = facts_of(w, i);
        struct str id = facts->id;
        id.len = id.len < SHORT_ID ? id.len : SHORT_ID;
        char text[CLOCK_TEXT_MAX];
        struct str started = STR("");
        if (container_has(facts, CONTAINER_STARTED_NS)) {
            started = clock_format(facts->number[CONTAINER_STARTED_NS], false, text);
        }
        const struct label own[] = {
            own_label(row, 0, id),
            own_label(row, 1, str_of(container_state_word(facts->state))),
            own_label(row, 2, str_of(container_health_word(facts->health))),
            own_label(row, 3, started),
        };
        walk_sample(w, &w->containers[i], own, sizeof(own) / sizeof(own[0]), value_u64(1));
    }
}

void walk_state(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < readings(w); i++) {
        enum container_state state = facts_of(w, i)->state;
        if (state != STATE_UNKNOWN) {
            struct label own = own_label(row, 0, str_of(container_state_word(state)));
            walk_sample(w, &w->containers[i], &own, 1, value_u64(1));
        }
    }
}

/* The contract's numbers. Not every list tells health, so before the inspect none is unknown. */
void walk_health(struct walk *w, const struct row *row) {
    static const uint8_t numbers[] = {
        [HEALTH_NONE] = 0, [HEALTH_STARTING] = 1, [HEALTH_HEALTHY] = 2, [HEALTH_UNHEALTHY] = 3};
    (void)row;
    for (size_t i = 0; i < readings(w); i++) {
        const struct container_facts *facts = facts_of(w, i);
        if (facts->inspected || facts->health != HEALTH_NONE) {
            walk_sample(w, &w->containers[i], NULL, 0, value_u64(numbers[facts->health]));
        }
    }
}

/* Not before the first inspect: a counter that began at 0 could jump up to what it always was. */
void walk_restarts(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < readings(w); i++) {
        const struct reading *r = &w->snapshot->readings[i];
        if (r->counted) {
            walk_sample(w, &w->containers[i], NULL, 0, value_u64(r->counts.restarts));
        }
    }
}

void walk_oom_kills(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < readings(w); i++) {
        const struct reading *r = &w->snapshot->readings[i];
        if (r->counted) {
            walk_sample(w, &w->containers[i], NULL, 0, value_u64(r->counts.oom_kills));
        }
    }
}
