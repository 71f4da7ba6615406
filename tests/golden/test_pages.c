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
    assert_int_equal(decode_count(answer(r, "images", none), &n, &err), 0);
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

static void check_page(const struct snapshot *s, const char *folder, enum expo_format format) {
    const struct str listed[] = {STR("a.b/*"), STR("back*"), STR("newline"), STR("quote"),
                                 STR("utf8")};
    const struct page_settings settings = {.profile = STR("native"),
                                           .container_labels = listed,
                                           .n_container_labels = 5,
                                           .compat_names = true};
    const struct build_info build = {.version = STR("0.1.0"),
                                     .commit = STR("unknown"),
                                     .build_date = STR("unknown"),
                                     .compiler = STR("cc")};
    struct page_plan *plan = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(page_plan_new(&settings, &build, &plan, &err), 0);
    CLEANUP_BUF struct buf text = BUF_INIT;
    struct arena arena = ARENA_INIT;
    struct text_writer w;
    text_begin(&w, format, &text, &arena);
    page_walk(plan, PAGE_ALL_GROUPS, s, NULL, &arena, &w.sink);
    text_end(&w);
    char name[64];
    (void)snprintf(name, sizeof(name), "%s.%s", folder, format == EXPO_TEXT ? "prom" : "om");
    check_golden("TEST_GOLDEN", name, &text);
    arena_done(&arena);
    page_plan_free(plan);
}

static void check_recording(const char *folder, bool podman) {
    struct recording r = {.folder = folder, .podman = podman, .arena = ARENA_INIT};
    struct snapshot *s = read_snapshot(&r);
    check_page(s, folder, EXPO_TEXT);
    check_page(s, folder, EXPO_OPENMETRICS);
    snapshot_unref(s);
    inventory_free(r.inventory);
    arena_done(&r.arena);
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
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_1_41),
        cmocka_unit_test(engine_1_56),
        cmocka_unit_test(podman_4_3),
        cmocka_unit_test(docs_are_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
