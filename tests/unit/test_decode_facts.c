#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/decode.h"
#include "test_data.h"

static void version_and_info(struct arena *arena, const char *folder, struct engine_facts *facts,
                             bool *podman) {
    struct err err = ERR_INIT;
    CLEANUP_BUF struct buf version = test_data(folder, "version.json");
    CLEANUP_BUF struct buf info = test_data(folder, "info.json");
    assert_int_equal(decode_version(buf_view(&version), arena, facts, podman, &err), 0);
    assert_int_equal(decode_info(buf_view(&info), arena, facts, &err), 0);
}

static void an_engine_describes_itself(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    struct engine_facts facts = {.have = 0};
    bool podman = true;
    version_and_info(&arena, "engine-1.41", &facts, &podman);
    assert_false(podman);
    assert_str(facts.version, "20.10.24+dfsg1");
    assert_str(facts.api_version, "1.41");
    assert_str(facts.os, "linux");
    assert_str(facts.arch, "amd64");
    assert_str(facts.kernel, "6.1.0-28-amd64");
    assert_str(facts.cgroup_version, "1");
    assert_str(facts.storage_driver, "overlay2");
    assert_true(facts.number[ENGINE_CPU_CORES] == 2);
    assert_true(facts.number[ENGINE_MEMORY_BYTES] == 25276514304);
    assert_true(engine_facts_has(&facts, ENGINE_SWARM_ACTIVE));
    assert_true(facts.number[ENGINE_SWARM_ACTIVE] == 0);
    assert_false(engine_facts_has(&facts, ENGINE_IMAGES));
    arena_done(&arena);
}

static void podman_is_told_by_its_component(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    struct engine_facts facts = {.have = 0};
    bool podman = false;
    version_and_info(&arena, "podman-4.3", &facts, &podman);
    assert_true(podman);
    assert_str(facts.version, "4.3.1");
    arena_done(&arena);
}

static void unknown_facts_stay_unknown(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct engine_facts facts = {.have = 0};
    assert_int_equal(decode_info(STR("{\"NCPU\":\"2\",\"MemTotal\":0,\"Swarm\":null,\"Driver\":1}"),
                                 &arena, &facts, &err),
                     0);
    assert_int_equal(facts.have, 0);
    assert_int_equal(facts.storage_driver.len, 0);
    assert_int_equal(
        decode_info(STR("{\"Swarm\":{\"LocalNodeState\":\"active\"}}"), &arena, &facts, &err), 0);
    assert_true(facts.number[ENGINE_SWARM_ACTIVE] == 1);
    assert_int_equal(decode_info(STR("[]"), &arena, &facts, &err), -EPROTO);
    arena_done(&arena);
}

static void things_are_counted(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    uint64_t n = 77;
    CLEANUP_BUF struct buf networks = test_data("engine-1.41", "networks.json");
    CLEANUP_BUF struct buf volumes = test_data("engine-1.41", "volumes.json");
    assert_int_equal(decode_count(buf_view(&networks), &n, &err), 0);
    assert_int_equal(n, 3);
    assert_int_equal(decode_volumes(buf_view(&volumes), &n, &err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(decode_volumes(STR("{\"Volumes\":null}"), &n, &err), 0);
    assert_int_equal(n, 0);
    n = 77;
    assert_int_equal(decode_count(STR("[{},{]"), &n, &err), -EPROTO);
    assert_int_equal(decode_count(STR("{}"), &n, &err), -EPROTO);
    assert_int_equal(decode_volumes(STR("{}"), &n, &err), -EPROTO);
    assert_int_equal(n, 77);
}

static void said(struct str body, const char *want) {
    char out[64];
    decode_message(body, out, sizeof(out));
    assert_string_equal(out, want);
}

static void error_answers_are_read(void **state) {
    (void)state;
    said(STR("{\"message\":\"No such container: absent\"}\n"), "No such container: absent");
    said(STR("plain words\n"), "plain words");
    said(STR("a\x1B[31m\nb\xFF"), "a\\x1b[31m b\\xff");
    said(STR("<html><body>x"), "");
    said(STR("{\"message\":5}"), "");
    said(STR("{broken"), "");
    said(STR(""), "");
    char longer[200];
    memset(longer, 'x', sizeof(longer));
    char out[16];
    decode_message((struct str){longer, sizeof(longer)}, out, sizeof(out));
    assert_string_equal(out, "xxxxxxxxxxxx...");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_engine_describes_itself),
        cmocka_unit_test(podman_is_told_by_its_component),
        cmocka_unit_test(unknown_facts_stay_unknown),
        cmocka_unit_test(things_are_counted),
        cmocka_unit_test(error_answers_are_read),
    };
    return RUN(tests);
}
