/*
 * What the tests of pages share: a snapshot in which every number is known, and a page made of it.
 * Included after cmocka.h.
 */
#ifndef DOCKMETER_TESTS_MADE_PAGE_H
#define DOCKMETER_TESTS_MADE_PAGE_H

#include "base/clock.h"
#include "expo/text.h"
#include "metrics/page.h"

#define MAYBE_UNUSED __attribute__((unused))

#define TAKEN INT64_C(1795225522330000001)

static const struct build_info build = {
    .version = {"1", 1}, .commit = {"c", 1}, .build_date = {"d", 1}, .compiler = {"cc", 2}};

/* A running container "web" with labels, on its own network. */
MAYBE_UNUSED static struct container_facts web_facts(struct container_label *labels, size_t n) {
    struct container_facts f = {
        .id = STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        .name = STR("web"),
        .image = STR("busybox"),
        .project = STR("shop"),
        .service = STR("front"),
        .labels = labels,
        .n_labels = n,
        .state = STATE_RUNNING,
        .health = HEALTH_STARTING,
        .network = NETWORK_OWN,
    };
    container_set(&f, CONTAINER_STARTED_NS, TAKEN - 1500000000);
    return f;
}

/* One with every number that a row could print. */
MAYBE_UNUSED static struct container_facts full_facts(void) {
    static struct container_label labels[] = {
        {STR("com.docker.compose.project"), STR("shop")},
        {STR("com.docker.compose.service"), STR("front")},
    };
    struct container_facts f = web_facts(labels, 2);
    f.inspected = true;
    for (int i = 0; i < CONTAINER_NUMBERS; i++) {
        if (i != CONTAINER_STARTED_NS) {
            container_set(&f, (enum container_number)i, 1000 + i);
        }
    }
    return f;
}

MAYBE_UNUSED static struct usage *full_usage(struct arena *arena) {
    struct usage *u = arena_array(arena, 1, sizeof(*u));
    u->source = SOURCE_KERNEL;
    u->read_unix_ns = TAKEN;
    u->cgroup = STR("/docker/0123");
    for (int i = 0; i < USAGE_NUMBERS; i++) {
        usage_set(u, (enum usage_number)i, 2000 + (uint64_t)i);
    }
    u->n_nets = 2;
    u->nets = arena_array(arena, 2, sizeof(*u->nets));
    u->n_disks = 2;
    u->disks = arena_array(arena, 2, sizeof(*u->disks));
    for (unsigned i = 0; i < 2; i++) {
        u->nets[i] = (struct usage_net){.interface = i ? STR("eth1") : STR("eth0"), .have = 0xFF};
        u->disks[i] = (struct usage_disk){.major = 259, .minor = i * 10, .have = 0xF};
    }
    return u;
}

MAYBE_UNUSED static void add(struct snapshot *s, const struct container_facts *facts,
                             const struct usage *usage) {
    struct container *c = container_new(facts);
    assert_non_null(c);
    snapshot_add(s, &(struct reading){.container = c,
                                      .usage = usage,
                                      .counted = facts->inspected,
                                      .counts = {.restarts = 3, .oom_kills = 2}});
    container_unref(c);
}

/* Disk usage of web and of the Engine, on the second of two file systems. */
MAYBE_UNUSED static void add_disks(struct snapshot *s) {
    static struct storage_container web = {
        .id = STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        .have = 3,
        .bytes = {10485760, 12468114}};
    static struct filesystem list[] = {{STR("/dev/sda1"), 1000, 400},
                                       {STR("/dev/sdb1"), 2000, 500}};
    s->measures_disk = true;
    s->storage = storage_new();
    s->filesystems = filesystems_new();
    assert_non_null(s->storage);
    assert_non_null(s->filesystems);
    for (int i = 0; i < STORAGE_KINDS; i++) {
        storage_set(s->storage, (enum storage_kind)i, 5000 + (uint64_t)i);
    }
    s->storage->measured_unix_ns = TAKEN - NS_PER_S;
    s->storage->containers = &web;
    s->storage->n_containers = 1;
    s->filesystems->list = list;
    s->filesystems->n = 2;
    s->filesystems->layers = &list[1];
}

MAYBE_UNUSED static struct snapshot *full_snapshot(void) {
    struct snapshot *s = snapshot_new(4);
    assert_non_null(s);
    s->taken_unix_ns = TAKEN;
    s->engine_up = true;
    s->engine = (struct engine_facts){
        .version = STR("20"), .api_version = STR("1.41"), .commit = STR("abcdef0123")};
    for (int i = 0; i < ENGINE_NUMBERS; i++) {
        engine_facts_set(&s->engine, (enum engine_number)i, 10 + (uint64_t)i);
    }
    s->states_known = true;
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        s->by_state[i] = 100 + i;
    }
    s->duration_ns[COLLECTOR_CONTAINER] = 8400000;
    s->tally.dropped = 7;
    tally_call(&s->tally, ENDPOINT_STATS, 200);
    tally_call(&s->tally, ENDPOINT_STATS, CALL_TIMEOUT);
    struct container_facts facts = full_facts();
    add(s, &facts, full_usage(&s->arena));
    add_disks(s);
    return s;
}

/* A page and what it was made with. */
struct made {
    struct buf text;
    struct arena arena;
    struct page_plan *plan;
};

static const struct last_load loaded = {.successful = true, .success_unix_ns = 1000000000};

MAYBE_UNUSED static struct page_settings defaults(void) {
    return (struct page_settings){.profile = STR("native"), .compat_names = true};
}

MAYBE_UNUSED static void make_of(struct made *m, const struct page_settings *settings,
                                 page_groups groups, const struct page_inputs *inputs,
                                 enum expo_format format) {
    *m = (struct made){.text = BUF_INIT, .arena = ARENA_INIT};
    struct err err = ERR_INIT;
    assert_int_equal(page_plan_new(settings, &build, &m->plan, &err), 0);
    struct text_writer w;
    text_begin(&w, format, &m->text, &m->arena);
    struct process_figures process;
    process_read(&process);
    struct page_inputs in = *inputs;
    in.process = &process;
    in.load = in.load ? in.load : &loaded;
    page_walk(m->plan, groups, &in, &m->arena, &w.sink);
    text_end(&w);
    assert_false(buf_failed(&m->text));
    (void)buf_cstr(&m->text);
}

MAYBE_UNUSED static void make(struct made *m, const struct page_settings *settings,
                              page_groups groups, const struct snapshot *s,
                              enum expo_format format) {
    make_of(m, settings, groups, &(struct page_inputs){.snapshot = s}, format);
}

MAYBE_UNUSED static void done(struct made *m) {
    page_plan_unref(m->plan);
    buf_done(&m->text);
    arena_done(&m->arena);
}

MAYBE_UNUSED static bool has(const struct made *m, const char *text) {
    return str_search(buf_view(&m->text), str_of(text)) != SIZE_MAX;
}

/* A machine of which all is known, with the devices of full_usage(). */
MAYBE_UNUSED static struct machine full_machine(struct arena *arena) {
    static struct machine_device devices[] = {{259, 0, STR("nvme0n1")},
                                              {259, 10, STR("nvme0n1p1")}};
    struct usage *usage = full_usage(arena);
    usage->cgroup = STR("/");
    return (struct machine){.machine_id = STR("m1"),
                            .boot_id = STR("b1"),
                            .system_uuid = STR("u1"),
                            .booted_unix_ns = TAKEN - NS_PER_S * 100,
                            .cores = 4,
                            .mem_bytes = 8000,
                            .usage = *usage,
                            .devices = devices,
                            .n_devices = 2};
}

/* A profile's page of which nothing is absent, with what it was made of. */
struct full {
    struct snapshot *snapshot;
    struct rates *rates;
    struct machine machine;
    struct made made;
};

/* The rates of full_snapshot(): 500 ns of CPU in 1 µs, half a core. */
MAYBE_UNUSED static struct rates *full_rates(const struct snapshot *s) {
    struct rates *rates = rates_new();
    struct snapshot *before = full_snapshot();
    struct usage *usage = usage_copy(&before->arena, before->readings[0].usage);
    usage->read_unix_ns -= 1000;
    usage->number[USAGE_CPU_NS] -= 500;
    before->readings[0].usage = usage;
    assert_int_equal(rates_take(rates, before), 0);
    assert_int_equal(rates_take(rates, s), 0);
    snapshot_unref(before);
    return rates;
}

MAYBE_UNUSED static struct full full_page(const char *profile) {
    struct page_settings settings = defaults();
    struct full f = {.snapshot = full_snapshot()};
    settings.profile = str_of(profile);
    f.rates = full_rates(f.snapshot);
    f.machine = full_machine(&f.snapshot->arena);
    const struct page_inputs in = {.snapshot = f.snapshot,
                                   .rates = f.rates,
                                   .machine = &f.machine,
                                   .host_name = STR("db-host")};
    make_of(&f.made, &settings, PAGE_ALL_GROUPS, &in, EXPO_TEXT);
    return f;
}

MAYBE_UNUSED static void full_done(struct full *f) {
    done(&f->made);
    rates_free(f->rates);
    snapshot_unref(f->snapshot);
}

#define WEB                                                                                        \
    "{container_name=\"web\",compose_service=\"front\",compose_project=\"shop\",image=\"busybox\""

#endif
