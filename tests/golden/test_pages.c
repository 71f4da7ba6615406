/*
 * Golden pages: what is written is compared with what was reviewed and kept; UPDATE_GOLDEN=1 in the
 * environment writes it anew instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/decode.h"
#include "expo/text.h"
#include "metrics/page.h"
#include "model/inventory.h"

#define FILE_MAX_BYTES ((size_t)4 << 20)

/* DIR/NAME, where DIR is an environment variable's value. */
static void path_of(char *path, size_t size, const char *dir_variable, const char *name) {
    const char *dir = getenv(dir_variable);
    assert_non_null(dir);
    int len = snprintf(path, size, "%s/%s", dir, name);
    assert_true(len > 0 && (size_t)len < size);
}

/* A whole file; empty when there is none. */
static void read_whole(const char *path, struct buf *out) {
    FILE *file = fopen(path, "rb");
    char *to = buf_reserve(out, FILE_MAX_BYTES);
    assert_non_null(to);
    if (file) {
        out->len += fread(to, 1, FILE_MAX_BYTES, file);
        assert_true(out->len < FILE_MAX_BYTES);
        assert_int_equal(fclose(file), 0);
    }
}

static void write_whole(const char *path, struct str text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

/* Fails with the first line that differs. */
static void compare_lines(const char *path, struct str want, struct str got) {
    struct str want_line = STR("");
    struct str got_line = STR("");
    for (size_t line = 1; want.ptr || got.ptr; line++) {
        bool more_want = str_split(&want, '\n', &want_line);
        bool more_got = str_split(&got, '\n', &got_line);
        if (more_want != more_got || !str_eq(want_line, got_line)) {
            fail_msg("%s:%zu\n  expected %.*s\n  written  %.*s\n(UPDATE_GOLDEN=1 rewrites it)",
                     path, line, STR_ARG(more_want ? want_line : STR("nothing")),
                     STR_ARG(more_got ? got_line : STR("nothing")));
        }
    }
}

static void check_golden(const char *dir_variable, const char *name, const struct buf *got) {
    char path[1024];
    path_of(path, sizeof(path), dir_variable, name);
    assert_false(buf_failed(got));
    if (getenv("UPDATE_GOLDEN")) {
        write_whole(path, buf_view(got));
        return;
    }
    CLEANUP_BUF struct buf want = BUF_INIT;
    read_whole(path, &want);
    compare_lines(path, buf_view(&want), buf_view(got));
}

/* When the recorded containers are said to have been seen: 2026-11-21T01:50:00.25Z. */
#define TAKEN_NS INT64_C(1795225800250000000)

/* One recorded Engine, and the arena of all that is decoded from it. */
struct recording {
    const char *folder;
    bool podman;
    bool by_kernel; /* its readings are passed off as the kernel's */
    struct arena arena;
    struct inventory *inventory;
};

/* An answer's bytes, in the recording's arena. */
static struct str answer(struct recording *r, const char *kind, struct str name) {
    char relative[256];
    char path[1024];
    (void)snprintf(relative, sizeof(relative), "%s/%s%.*s.json", r->folder, kind, STR_ARG(name));
    path_of(path, sizeof(path), "TEST_DATA", relative);
    CLEANUP_BUF struct buf bytes = BUF_INIT;
    read_whole(path, &bytes);
    if (bytes.len == 0) {
        fail_msg("%s is missing", path);
    }
    return arena_str(&r->arena, buf_view(&bytes));
}

static void read_containers(struct recording *r) {
    struct err err = ERR_INIT;
    struct decode_list list;
    uint64_t cut = 0;
    assert_int_equal(decode_list(answer(r, "containers", STR("")), &r->arena, &list, &err), 0);
    assert_int_equal(list.n, 22);
    assert_int_equal(list.refused, 0);
    r->inventory = inventory_new(NULL);
    assert_non_null(r->inventory);
    assert_int_equal(inventory_list(r->inventory, list.containers, list.n, true, &cut), 0);
    for (size_t i = 0; i < list.n; i++) {
        struct container_facts facts;
        size_t dropped = 0;
        struct str json = answer(r, "inspect-", list.containers[i].name);
        assert_int_equal(decode_inspect(json, &r->arena, &facts, &dropped, &err), 0);
        assert_int_equal(inventory_inspected(r->inventory, &facts), 0);
    }
}

/* The statistics of a live container, as collect/ asks for them; NULL when it does not run. */
static const struct usage *read_usage(struct recording *r, const struct container_facts *facts,
                                      struct arena *arena) {
    struct err err = ERR_INIT;
    struct decode_stats_of of = {.podman = r->podman};
    struct usage *usage = arena_array(arena, 1, sizeof(*usage));
    size_t dropped = 0;
    assert_non_null(usage);
    if (!container_is_live(facts)) {
        return NULL;
    }
    struct str json = answer(r, "stats-", facts->name);
    assert_int_equal(decode_stats(json, &of, arena, usage, &dropped, &err), 0);
    if (r->by_kernel) {
        CLEANUP_BUF struct buf path = BUF_INIT;
        buf_fmt(&path, "/docker/%.*s", STR_ARG(facts->id));
        usage->cgroup = arena_str(arena, buf_view(&path));
        usage->source = SOURCE_KERNEL;
    }
    return usage->source == SOURCE_NONE ? NULL : usage;
}

static void read_engine(struct recording *r, struct engine_facts *facts, struct arena *arena) {
    struct err err = ERR_INIT;
    bool podman = !r->podman;
    uint64_t n = 0;
    struct str none = STR("");
    assert_int_equal(decode_version(answer(r, "version", none), arena, facts, &podman, &err), 0);
    assert_int_equal(podman, r->podman);
    assert_int_equal(decode_info(answer(r, "info", none), arena, facts, &err), 0);
    assert_int_equal(decode_images(answer(r, "images", none), &n, &facts->images, &err), 0);
    engine_facts_set(facts, ENGINE_IMAGES, n);
    assert_int_equal(decode_count(answer(r, "networks", none), &n, &err), 0);
    engine_facts_set(facts, ENGINE_NETWORKS, n);
    assert_int_equal(decode_volumes(answer(r, "volumes", none), &n, &err), 0);
    engine_facts_set(facts, ENGINE_VOLUMES, n);
}

static struct snapshot *read_snapshot(struct recording *r) {
    read_containers(r);
    struct snapshot *s = snapshot_new(inventory_size(r->inventory));
    assert_non_null(s);
    s->taken_unix_ns = TAKEN_NS;
    s->engine_up = true;
    read_engine(r, &s->engine, &s->arena);
    size_t at = 0;
    struct container *c = inventory_next(r->inventory, &at);
    while (c) {
        struct reading reading = {.container = c, .usage = read_usage(r, &c->facts, &s->arena)};
        reading.counted = ledger_read(inventory_ledger(r->inventory), c->facts.id, &reading.counts);
        snapshot_add(s, &reading);
        c = inventory_next(r->inventory, &at);
    }
    const uint64_t *states = inventory_states(r->inventory);
    assert_non_null(states);
    s->states_known = true;
    memcpy(s->by_state, states, sizeof(s->by_state));
    s->duration_ns[COLLECTOR_CONTAINER] = 1500000000;
    s->duration_ns[COLLECTOR_SYSTEM] = 2500000;
    s->tally.calls[ENDPOINT_LIST][0] = (struct tally_code){.code = 200, .n = 1};
    s->tally.calls[ENDPOINT_STATS][0] = (struct tally_code){.code = 200, .n = 15};
    s->tally.calls[ENDPOINT_STATS][1] = (struct tally_code){.code = CALL_TIMEOUT, .n = 1};
    snapshot_publish(s);
    return s;
}

/* The machine of the recorded Engine, as a kernel could have told it. */
static struct machine made_machine(void) {
    static struct machine_device devices[] = {{254, 0, STR("vda")}, {254, 16, STR("vdb")}};
    struct machine m = {
        .machine_id = STR("0123456789abcdef0123456789abcdef"),
        .boot_id = STR("5ca1ab1e-0000-4000-8000-000000000001"),
        .booted_unix_ns = INT64_C(1795224091000000000),
        .cores = 2,
        .mem_bytes = 25276514304,
        .devices = devices,
        .n_devices = 2,
    };
    m.usage.source = SOURCE_KERNEL;
    m.usage.read_unix_ns = TAKEN_NS;
    m.usage.cgroup = STR("/");
    usage_set(&m.usage, USAGE_CPU_NS, 506891634000);
    usage_set(&m.usage, USAGE_MEM_USAGE_BYTES, 1254334464);
    usage_set(&m.usage, USAGE_MEM_WORKING_SET_BYTES, 619884544);
    return m;
}

/* Rates of which the second reading is the snapshot's, and the first was 2 s before, when the
   containers had used 9 / 10 of their CPU time. */
static struct rates *made_rates(const struct snapshot *s) {
    struct rates *rates = rates_new();
    struct snapshot *before = snapshot_new(s->n);
    assert_non_null(rates);
    assert_non_null(before);
    for (size_t i = 0; i < s->n; i++) {
        struct reading r = s->readings[i];
        if (r.usage) {
            struct usage *usage = usage_copy(&before->arena, r.usage);
            assert_non_null(usage);
            usage->read_unix_ns -= 2 * NS_PER_S;
            usage->number[USAGE_CPU_NS] -= usage->number[USAGE_CPU_NS] / 10;
            r.usage = usage;
        }
        snapshot_add(before, &r);
    }
    assert_int_equal(rates_take(rates, before), 0);
    assert_int_equal(rates_take(rates, s), 0);
    snapshot_unref(before);
    return rates;
}

static const struct last_load loaded = {.successful = true, .success_unix_ns = TAKEN_NS};

static struct page_plan *make_plan(const char *profile) {
    const struct str listed[] = {STR("a.b/*"), STR("back*"), STR("newline"), STR("quote"),
                                 STR("utf8")};
    const struct page_settings settings = {.profile = str_of(profile),
                                           .container_labels = listed,
                                           .n_container_labels =
                                               strcmp(profile, "native") == 0 ? 5 : 0,
                                           .compat_names = true};
    const struct build_info build = {.version = STR("0.1.0"),
                                     .commit = STR("unknown"),
                                     .build_date = STR("unknown"),
                                     .compiler = STR("cc")};
    struct page_plan *plan = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(page_plan_new(&settings, &build, &plan, &err), 0);
    return plan;
}

/* Compares a profile's page with GOLDEN/NAME.prom or .om. */
static void check_page(const char *profile, const struct page_inputs *in, const char *name,
                       enum expo_format format) {
    struct page_plan *plan = make_plan(profile);
    CLEANUP_BUF struct buf text = BUF_INIT;
    struct arena arena = ARENA_INIT;
    struct text_writer w;
    text_begin(&w, format, &text, &arena);
    page_walk(plan, PAGE_ALL_GROUPS, in, &arena, &w.sink);
    text_end(&w);
    char file[64];
    (void)snprintf(file, sizeof(file), "%s.%s", name, format == EXPO_TEXT ? "prom" : "om");
    check_golden("TEST_GOLDEN", file, &text);
    arena_done(&arena);
    page_plan_unref(plan);
}

static void recording_done(struct recording *r) {
    inventory_free(r->inventory);
    arena_done(&r->arena);
}

static void check_recording(const char *folder, bool podman) {
    struct recording r = {.folder = folder, .podman = podman, .arena = ARENA_INIT};
    struct snapshot *s = read_snapshot(&r);
    const struct page_inputs in = {.snapshot = s, .load = &loaded};
    check_page("native", &in, folder, EXPO_TEXT);
    check_page("native", &in, folder, EXPO_OPENMETRICS);
    snapshot_unref(s);
    recording_done(&r);
}

/* Each profile but the default one, of one Engine. */
static void profiles_of_other_tools(void **state) {
    (void)state;
    struct recording r = {.folder = "engine-1.41", .by_kernel = true, .arena = ARENA_INIT};
    struct snapshot *s = read_snapshot(&r);
    struct rates *rates = made_rates(s);
    const struct machine machine = made_machine();
    const struct page_inputs in = {.snapshot = s,
                                   .machine = &machine,
                                   .rates = rates,
                                   .load = &loaded,
                                   .host_name = s->engine.host_name};
    const char *name = NULL;
    for (size_t i = 1; (name = page_profile(i)) != NULL; i++) {
        check_page(name, &in, name, EXPO_TEXT);
        check_page(name, &in, name, EXPO_OPENMETRICS);
    }
    rates_free(rates);
    snapshot_unref(s);
    recording_done(&r);
}

static void engine_1_41(void **state) {
    (void)state;
    check_recording("engine-1.41", false);
}

static void engine_1_56(void **state) {
    (void)state;
    check_recording("engine-1.56", false);
}

static void podman_4_3(void **state) {
    (void)state;
    check_recording("podman-4.3", true);
}

static void docs_are_up_to_date(void **state) {
    (void)state;
    CLEANUP_BUF struct buf docs = BUF_INIT;
    page_write_docs(&docs);
    check_golden("TEST_DOCS", "metrics.md", &docs);
    buf_reset(&docs);
    page_write_profile_docs(&docs);
    check_golden("TEST_DOCS", "profiles.md", &docs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_1_41),         cmocka_unit_test(engine_1_56),
        cmocka_unit_test(podman_4_3),          cmocka_unit_test(profiles_of_other_tools),
        cmocka_unit_test(docs_are_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
