#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/decode.h"
#include "test_data.h"

struct fixture {
    struct arena arena;
    struct buf json;
    struct err err;
    size_t dropped;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof(*f));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    arena_done(&f->arena);
    buf_done(&f->json);
    free(f);
    return 0;
}

static struct decode_list list_file(struct fixture *f, const char *folder) {
    buf_done(&f->json);
    f->json = test_data(folder, "containers.json");
    struct decode_list list = {.n = 0};
    assert_int_equal(decode_list(buf_view(&f->json), &f->arena, &list, &f->err), 0);
    return list;
}

static struct decode_list list_of(struct fixture *f, struct str json) {
    struct decode_list list = {.n = 0};
    int rc = decode_list(json, &f->arena, &list, &f->err);
    if (rc != 0) {
        print_error("%s\n", f->err.text);
    }
    assert_int_equal(rc, 0);
    return list;
}

static const struct container_facts *named(const struct decode_list *list, const char *name) {
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->containers[i].name, str_of(name))) {
            return &list->containers[i];
        }
    }
    fail_msg("no container %s", name);
    return NULL;
}

static struct container_facts inspect_file(struct fixture *f, const char *folder,
                                           const char *file) {
    buf_done(&f->json);
    f->json = test_data(folder, file);
    struct container_facts facts = {.n_labels = 0};
    assert_int_equal(decode_inspect(buf_view(&f->json), &f->arena, &facts, &f->dropped, &f->err),
                     0);
    assert_true(facts.inspected);
    return facts;
}

static struct container_facts inspect_of(struct fixture *f, struct str json) {
    struct container_facts facts = {.n_labels = 0};
    assert_int_equal(decode_inspect(json, &f->arena, &facts, &f->dropped, &f->err), 0);
    return facts;
}

static void has(const struct container_facts *c, enum container_number i, int64_t value) {
    assert_true(container_has(c, i));
    assert_true(c->number[i] == value);
}

static void has_not(const struct container_facts *c, enum container_number i) {
    assert_false(container_has(c, i));
}

static void a_list_tells_the_brief_facts(void **state) {
    struct fixture *f = *state;
    struct decode_list list = list_file(f, "engine-1.41");
    assert_int_equal(list.n, 22);
    assert_int_equal(list.refused + list.dropped, 0);
    const struct container_facts *web = named(&list, "web");
    assert_str(web->id, "6b886da900212ff2faa1644ff768948cf229c1f0615edd44a2bfb81c59bec804");
    assert_str(web->image, "busybox");
    assert_str(web->image_id,
               "sha256:17cc92dcc8237073896b30ecd54fe259cefa36bdbbdf0e0b7358da09602a9f90");
    assert_str(web->project, "shop");
    assert_str(web->service, "web");
    assert_int_equal(web->state, STATE_RUNNING);
    assert_int_equal(web->network, NETWORK_OWN);
    assert_false(web->inspected);
    has(web, CONTAINER_CREATED_NS, 1795225488000000000);
    has_not(web, CONTAINER_EXIT_CODE);
    assert_int_equal(named(&list, "hostnet")->network, NETWORK_HOST);
    assert_int_equal(named(&list, "nonet")->network, NETWORK_NONE);
    assert_int_equal(named(&list, "sidecar")->network, NETWORK_SHARED);
    assert_int_equal(named(&list, "paused")->state, STATE_PAUSED);
    assert_int_equal(named(&list, "never")->state, STATE_CREATED);
    has_not(named(&list, "never"), CONTAINER_EXIT_CODE);
    has(named(&list, "killed"), CONTAINER_EXIT_CODE, 137);
    has(named(&list, "done"), CONTAINER_EXIT_CODE, 0);
    has(named(&list, "looping"), CONTAINER_EXIT_CODE, 1);
}

static void health_is_in_the_text_or_apart(void **state) {
    struct fixture *f = *state;
    static const char *const folders[] = {"engine-1.41", "engine-1.56"};
    for (size_t i = 0; i < 2; i++) {
        struct decode_list list = list_file(f, folders[i]);
        assert_int_equal(named(&list, "healthy")->health, HEALTH_HEALTHY);
        assert_int_equal(named(&list, "unhealthy")->health, HEALTH_UNHEALTHY);
        assert_int_equal(named(&list, "starting")->health, HEALTH_STARTING);
        assert_int_equal(named(&list, "web")->health, HEALTH_NONE);
        assert_int_equal(named(&list, "paused")->health, HEALTH_NONE);
    }
    struct decode_list list = list_of(f, STR("[{\"Id\":\"a\",\"Status\":\"Up 1 second (healthy)\","
                                             "\"Health\":{\"Status\":\"unhealthy\"}}]"));
    assert_int_equal(list.containers[0].health, HEALTH_UNHEALTHY);
}

static void podman_lists_without_network_mode(void **state) {
    struct fixture *f = *state;
    struct decode_list list = list_file(f, "podman-4.3");
    assert_int_equal(list.n, 22);
    assert_int_equal(named(&list, "hostnet")->network, NETWORK_OWN);
    assert_str(named(&list, "web")->image, "docker.io/library/busybox:latest");
    has(named(&list, "failed"), CONTAINER_EXIT_CODE, 3);
}

static void labels_are_sorted_and_whole(void **state) {
    struct fixture *f = *state;
    struct decode_list list = list_file(f, "engine-1.41");
    const struct container_facts *c = named(&list, "renamed");
    static const char *const want[][2] = {{"a.b/c-d", "1"},
                                          {"back\\slash", "a\\b"},
                                          {"newline", "a\nb"},
                                          {"quote", "\"x\""},
                                          {"utf8", "größe-測試"}};
    assert_int_equal(c->n_labels, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_str(c->labels[i].key, want[i][0]);
        assert_str(c->labels[i].value, want[i][1]);
    }
    assert_str(c->project, "");
    list = list_of(f, STR("[{\"Id\":\"a\",\"Labels\":{\"b\":\"2\",\"aa\":\"3\",\"a\":\"1\"}}]"));
    assert_str(list.containers[0].labels[0].key, "a");
    assert_str(list.containers[0].labels[1].key, "aa");
    assert_str(list.containers[0].labels[2].value, "2");
}

static void swarm_stands_in_for_compose(void **state) {
    struct fixture *f = *state;
    struct decode_list list = list_of(
        f, STR("[{\"Id\":\"a\",\"Labels\":{\"com.docker.swarm.service.name\":\"s_web\","
               "\"com.docker.stack.namespace\":\"s\"}},"
               "{\"Id\":\"b\",\"Labels\":{\"com.docker.compose.project\":\"p\","
               "\"com.docker.stack.namespace\":\"s\",\"com.docker.compose.service\":\"\"}}]"));
    assert_str(list.containers[0].project, "s");
    assert_str(list.containers[0].service, "s_web");
    assert_str(list.containers[1].project, "p");
    assert_str(list.containers[1].service, "");
}

static void names_lose_their_slash_and_links(void **state) {
    struct fixture *f = *state;
    struct decode_list list = list_of(f, STR("[{\"Id\":\"a\",\"Names\":[\"/web/db\",\"/db\"]},"
                                             "{\"Id\":\"0123456789abcdef\",\"Names\":null},"
                                             "{\"Id\":\"c\",\"Names\":[7,\"/x/y\"]},"
                                             "{\"Id\":\"d\",\"Names\":[\"/n\\u0000\xFF\"]}]"));
    assert_str(list.containers[0].name, "db");
    assert_str(list.containers[1].name, "0123456789ab");
    assert_str(list.containers[2].name, "x/y");
    assert_true(str_eq(list.containers[3].name, STR("n\0\xEF\xBF\xBD")));
}

static void wrong_types_are_unknown(void **state) {
    struct fixture *f = *state;
    struct decode_list list = list_of(
        f, STR("[{\"Id\":\"a\",\"Names\":true,\"Image\":5,\"ImageID\":null,\"Created\":\"1\","
               "\"Labels\":[],\"State\":7,\"Status\":{},\"HostConfig\":\"x\",\"Health\":[]},"
               "{\"Id\":\"b\",\"Created\":9223372036854775807,\"Labels\":{\"k\":1,\"l\":\"v\"},"
               "\"Status\":\"Exited (99999999999) ago\"},"
               "{\"Id\":\"c\",\"Created\":-5,\"Status\":\"Exited (-1) ago\"}]"));
    assert_int_equal(list.n, 3);
    assert_int_equal(list.containers[0].state, STATE_UNKNOWN);
    assert_str(list.containers[0].image, "");
    assert_int_equal(list.containers[0].have, 0);
    assert_int_equal(list.containers[1].have, 0);
    assert_int_equal(list.containers[1].n_labels, 1);
    assert_int_equal(list.dropped, 1);
    has_not(&list.containers[2], CONTAINER_CREATED_NS);
    has(&list.containers[2], CONTAINER_EXIT_CODE, -1);
}

static void a_broken_entry_harms_no_other(void **state) {
    struct fixture *f = *state;
    struct decode_list list =
        list_of(f, STR("[{\"Id\":\"a\"},{\"Id\":nonsense},{\"Id\":\"../x\"},{\"Id\":\"\"},7,"
                       "{\"Id\":\"b\"}]"));
    assert_int_equal(list.n, 2);
    assert_int_equal(list.refused, 4);
    assert_int_equal(list.why_refused.code, -EPROTO);
    assert_str(list.containers[1].id, "b");
}

static int list_refusal(struct fixture *f, struct str json) {
    struct decode_list list = {.n = 77};
    int rc = decode_list(json, &f->arena, &list, &f->err);
    assert_int_equal(list.n, 77);
    assert_int_equal(f->err.code, rc);
    return rc;
}

static void a_wrong_shape_is_refused(void **state) {
    struct fixture *f = *state;
    assert_int_equal(list_refusal(f, STR("{}")), -EPROTO);
    assert_int_equal(list_refusal(f, STR("<html>")), -EPROTO);
    assert_int_equal(list_refusal(f, STR("[{\"Id\":\"a\"}")), -EPROTO);
    assert_int_equal(list_refusal(f, STR("[{\"Id\":\"a\"},")), -EPROTO);
    assert_int_equal(list_refusal(f, STR("[1,2]")), -EPROTO);
    assert_int_equal(list_refusal(f, STR("")), -EPROTO);
    assert_int_equal(list_of(f, STR("[]")).n, 0);
    struct container_facts facts;
    assert_int_equal(decode_inspect(STR("[]"), &f->arena, &facts, &f->dropped, &f->err), -EPROTO);
    assert_int_equal(decode_inspect(STR("{}"), &f->arena, &facts, &f->dropped, &f->err), -EPROTO);
}

static void limits_are_kept_and_counted(void **state) {
    struct fixture *f = *state;
    struct buf b = BUF_INIT;
    buf_text(&b, "[{\"Id\":\"a\",\"Labels\":{");
    for (int i = 0; i < DECODE_LABELS_MAX + 5; i++) {
        buf_fmt(&b, "%s\"k%d\":\"v\"", i ? "," : "", i);
    }
    buf_text(&b, "}},{\"Id\":\"b\",\"Image\":\"");
    for (int i = 0; i <= DECODE_TEXT_MAX; i++) {
        buf_byte(&b, 'x');
    }
    buf_text(&b, "\"}]");
    struct decode_list list = list_of(f, buf_view(&b));
    assert_int_equal(list.containers[0].n_labels, DECODE_LABELS_MAX);
    assert_int_equal(list.dropped, 5);
    assert_str(list.containers[1].image, "");
    buf_reset(&b);
    for (int i = 0; i <= DECODE_CONTAINERS_MAX; i++) {
        buf_text(&b, i ? ",{\"Id\":\"a\"}" : "[{\"Id\":\"a\"}");
    }
    buf_byte(&b, ']');
    assert_int_equal(list_refusal(f, buf_view(&b)), -EFBIG);
    buf_reset(&b);
    for (int i = 0; i < 20000; i++) {
        buf_byte(&b, i < 10000 ? '[' : ']');
    }
    assert_int_equal(list_refusal(f, buf_view(&b)), -EFBIG);
    buf_done(&b);
}

static void inspect_tells_limits(void **state) {
    struct fixture *f = *state;
    struct container_facts c = inspect_file(f, "engine-1.41", "inspect-burner.json");
    assert_str(c.name, "burner");
    assert_str(c.image, "busybox");
    assert_str(c.service, "burner");
    assert_str(c.log_driver, "json-file");
    assert_int_equal(c.pid, 8646);
    assert_false(c.tty || c.oom_killed);
    has(&c, CONTAINER_CPU_LIMIT_NANOCORES, 250000000);
    has(&c, CONTAINER_MEM_LIMIT_BYTES, 67108864);
    has(&c, CONTAINER_SWAP_LIMIT_BYTES, 134217728);
    has(&c, CONTAINER_PIDS_LIMIT, 50);
    has(&c, CONTAINER_RESTART_COUNT, 0);
    has(&c, CONTAINER_CREATED_NS, 1795225488518914006);
    has(&c, CONTAINER_STARTED_NS, 1795225488632400709);
    has_not(&c, CONTAINER_CPU_SHARES);
    has_not(&c, CONTAINER_EXIT_CODE);
    has_not(&c, CONTAINER_FINISHED_NS);
    c = inspect_file(f, "engine-1.41-cgroup1/api", "inspect-rec-direct.json");
    has(&c, CONTAINER_CPU_SHARES, 512);
    has_not(&c, CONTAINER_CPU_LIMIT_NANOCORES);
    has_not(&c, CONTAINER_MEM_LIMIT_BYTES);
    c = inspect_file(f, "engine-1.41-cgroup2-undelegated/api", "inspect-writer.json");
    has_not(&c, CONTAINER_SWAP_LIMIT_BYTES);
    has_not(&c, CONTAINER_PIDS_LIMIT);
    c = inspect_file(f, "podman-4.3", "inspect-burner.json");
    has(&c, CONTAINER_CPU_LIMIT_NANOCORES, 250000000);
    has(&c, CONTAINER_PIDS_LIMIT, 50);
}

static void quota_over_period_is_the_limit(void **state) {
    struct fixture *f = *state;
    struct container_facts c =
        inspect_of(f, STR("{\"Id\":\"a\",\"HostConfig\":{\"CpuQuota\":150000}}"));
    has(&c, CONTAINER_CPU_LIMIT_NANOCORES, 1500000000);
    c = inspect_of(f, STR("{\"Id\":\"a\",\"HostConfig\":{\"CpuQuota\":5000,\"CpuPeriod\":10000}}"));
    has(&c, CONTAINER_CPU_LIMIT_NANOCORES, 500000000);
    c = inspect_of(f, STR("{\"Id\":\"a\",\"HostConfig\":{\"CpuQuota\":-1,\"NanoCpus\":0}}"));
    has_not(&c, CONTAINER_CPU_LIMIT_NANOCORES);
    c = inspect_of(f, STR("{\"Id\":\"a\",\"HostConfig\":{\"CpuQuota\":9223372036854775807}}"));
    has_not(&c, CONTAINER_CPU_LIMIT_NANOCORES);
}

static void inspect_tells_how_a_run_ended(void **state) {
    struct fixture *f = *state;
    struct container_facts c = inspect_file(f, "engine-1.41", "inspect-failed.json");
    assert_int_equal(c.state, STATE_EXITED);
    assert_int_equal(c.pid, 0);
    has(&c, CONTAINER_EXIT_CODE, 3);
    assert_true(container_has(&c, CONTAINER_FINISHED_NS));
    c = inspect_file(f, "engine-1.41", "inspect-oom.json");
    assert_true(c.oom_killed);
    has(&c, CONTAINER_EXIT_CODE, 137);
    has(&c, CONTAINER_FINISHED_NS, 1795225490693176637);
    c = inspect_file(f, "engine-1.41", "inspect-looping.json");
    assert_int_equal(c.state, STATE_RESTARTING);
    has(&c, CONTAINER_EXIT_CODE, 1);
    has(&c, CONTAINER_RESTART_COUNT, 8);
    c = inspect_file(f, "engine-1.41", "inspect-never.json");
    has_not(&c, CONTAINER_EXIT_CODE);
    has_not(&c, CONTAINER_STARTED_NS);
    has_not(&c, CONTAINER_FINISHED_NS);
    c = inspect_file(f, "engine-1.41", "inspect-healthy.json"); /* was restarted: has an old end */
    assert_int_equal(c.health, HEALTH_HEALTHY);
    has_not(&c, CONTAINER_FINISHED_NS);
    has_not(&c, CONTAINER_EXIT_CODE);
}

static void inspect_tells_network_tty_and_log_driver(void **state) {
    struct fixture *f = *state;
    assert_int_equal(inspect_file(f, "engine-1.41", "inspect-hostnet.json").network, NETWORK_HOST);
    assert_int_equal(inspect_file(f, "podman-4.3", "inspect-sidecar.json").network, NETWORK_SHARED);
    assert_true(inspect_file(f, "engine-1.41", "inspect-tty.json").tty);
    assert_str(inspect_file(f, "engine-1.41", "inspect-nolog.json").log_driver, "none");
    assert_int_equal(inspect_file(f, "engine-1.41", "inspect-paused.json").state, STATE_PAUSED);
    assert_true(inspect_file(f, "engine-1.41", "inspect-paused.json").pid > 0);
}

static void podman_speaks_its_own_words(void **state) {
    struct fixture *f = *state;
    struct container_facts c = inspect_file(f, "podman-4.3", "inspect-looping.json");
    assert_int_equal(c.state, STATE_EXITED);
    assert_int_equal(c.health, HEALTH_NONE);
    has(&c, CONTAINER_EXIT_CODE, 1);
    has(&c, CONTAINER_RESTART_COUNT, 44);
    has_not(&c, CONTAINER_PIDS_LIMIT);
    assert_int_equal(inspect_file(f, "podman-4.3", "inspect-healthy.json").health, HEALTH_STARTING);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_tells_the_brief_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(health_is_in_the_text_or_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(podman_lists_without_network_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(labels_are_sorted_and_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(swarm_stands_in_for_compose, setup, teardown),
        cmocka_unit_test_setup_teardown(names_lose_their_slash_and_links, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_types_are_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_entry_harms_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_shape_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_are_kept_and_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(inspect_tells_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(quota_over_period_is_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(inspect_tells_how_a_run_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(inspect_tells_network_tty_and_log_driver, setup, teardown),
        cmocka_unit_test_setup_teardown(podman_speaks_its_own_words, setup, teardown),
    };
    return RUN(tests);
}
