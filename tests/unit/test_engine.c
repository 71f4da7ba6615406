/* The calls: list, inspect, statistics, facts, and their end. */
#include "engine_bed.h"

#include "engine/remedy.h"

static void a_list_is_decoded(void **state) {
    struct fixture *f = *state;
    CLEANUP_BUF struct buf json = test_data("engine-1.41", "containers.json");
    start(f, "", true);
    f->body = buf_view(&json);
    assert_int_equal(list(f), 0);
    assert_int_equal(f->n, 22);
    assert_string_equal(f->name, "web");
    f->body = STR("[{\"Id\":\"a\"},{\"Id\":broken}]");
    assert_int_equal(list(f), 0);
    assert_int_equal(f->n, 1);
    assert_int_equal(counted(f, ENDPOINT_LIST, CALL_MALFORMED), 1);
}

static void bad_answers_are_errors_by_kind(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->body = STR("<html>hello");
    assert_int_equal(list(f), -EPROTO);
    assert_int_equal(f->n, 0);
    assert_int_equal(counted(f, ENDPOINT_LIST, CALL_MALFORMED), 1);
    f->cut = true;
    assert_int_equal(list(f), -ECONNRESET);
    assert_int_equal(counted(f, ENDPOINT_LIST, CALL_CUT), 1);
    f->cut = false;
    char deep[4000];
    memset(deep, '[', sizeof(deep));
    f->body = (struct str){deep, sizeof(deep)};
    assert_int_equal(inspect(f), -EFBIG);
    assert_int_equal(counted(f, ENDPOINT_INSPECT, CALL_TOO_LARGE), 1);
    f->status = "500 Internal Server Error";
    f->body = STR("{\"message\":\"boom\x01\"}");
    assert_int_equal(list(f), -EIO);
    assert_non_null(strstr(f->err.text, "answered with status 500"));
    f->status = "404 Not Found";
    f->body = STR("{\"message\":\"No such container: absent\"}");
    assert_int_equal(inspect(f), -ENOENT);
    assert_string_equal(f->err.text, "not found: No such container: absent");
    f->hang = true;
    assert_int_equal(inspect(f), -ETIMEDOUT);
    assert_int_equal(counted(f, ENDPOINT_INSPECT, CALL_TIMEOUT), 1);
}

/* The same one for all containers, whatever the proxy says beside it. */
static void a_refusal_is_known_by_its_flag(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->status = "403 Forbidden";
    f->body = STR("{\"message\":\"not for you\"}");
    assert_int_equal(inspect(f), -EACCES);
    assert_non_null(strstr(f->err.text, "refused with status 403: not for you ("));
    assert_string_equal(remedy_refused_flags(&f->err).ptr, "CONTAINERS=1)");
    f->hang = true;
    assert_int_equal(inspect(f), -ETIMEDOUT);
    assert_string_equal(remedy_refused_flags(&f->err).ptr, f->err.text);
}

/* An Engine that ends removes its socket first: that says nothing of its containers. */
static void a_missing_socket_is_no_missing_container(void **state) {
    struct fixture *f = *state;
    f->interval_ms = 60000;
    start(f, "", true);
    fake_hang_up(&f->server, true);
    (void)unlink(f->server.path);
    assert_int_equal(inspect(f), -ECONNREFUSED);
    assert_non_null(strstr(f->err.text, "No such file"));
    assert_int_equal(counted(f, ENDPOINT_INSPECT, CALL_REFUSED), 1);
}

static void statistics_are_one_shot_where_that_exists(void **state) {
    struct fixture *f = *state;
    CLEANUP_BUF struct buf json = test_data("engine-1.41", "stats-burner.json");
    start(f, "", true);
    f->body = buf_view(&json);
    assert_int_equal(stats(f), 0);
    assert_string_equal(f->last,
                        "GET /v1.41/containers/" ID "/stats?stream=false&one-shot=true HTTP/1.1");
    assert_true(f->has_usage);
    assert_true(f->usage.number[USAGE_CPU_NS] == 7181043760);
    CLEANUP_BUF struct buf stopped = test_data("engine-1.41", "stats-done.json");
    f->body = buf_view(&stopped);
    assert_int_equal(stats(f), 0);
    assert_false(f->has_usage);
    f->body = STR("{\"memory_stats\":{\"usage\":1}}");
    assert_int_equal(stats(f), 0);
    assert_true(f->usage.read_unix_ns > 0); /* ours, since the answer has none */
    f->status = "409 Conflict";
    assert_int_equal(stats(f), 0);
    assert_false(f->has_usage);
    f->status = "404 Not Found";
    assert_int_equal(stats(f), -ENOENT);
}

static void old_statistics_are_not_one_shot(void **state) {
    struct fixture *f = *state;
    f->ping = "Api-Version: 1.40\r\n";
    start(f, "", true);
    f->body = STR("{}");
    assert_int_equal(stats(f), 0);
    assert_string_equal(f->last, "GET /v1.40/containers/" ID "/stats?stream=false HTTP/1.1");
}

static void inspect_is_decoded(void **state) {
    struct fixture *f = *state;
    CLEANUP_BUF struct buf json = test_data("engine-1.41", "inspect-burner.json");
    start(f, "", true);
    f->body = buf_view(&json);
    assert_int_equal(inspect(f), 0);
    assert_string_equal(f->name, "burner");
    assert_string_equal(f->last, "GET /v1.41/containers/" ID "/json HTTP/1.1");
}

static void the_engines_facts_are_walked(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->body =
        STR("{\"NCPU\":2,\"Driver\":\"overlay2\",\"Volumes\":[]}"); /* no array for the counts */
    assert_int_equal(facts(f), -EPROTO);
    assert_non_null(strstr(f->err.text, "/images/json: "));
    assert_str(f->facts.version, "20.10.24+dfsg1");
    assert_str(f->facts.storage_driver, "overlay2");
    assert_true(engine_facts_has(&f->facts, ENGINE_VOLUMES));
    assert_false(engine_facts_has(&f->facts, ENGINE_IMAGES));
    assert_false(engine_facts_has(&f->facts, ENGINE_NETWORKS));
    assert_int_equal(counted(f, ENDPOINT_NETWORKS, CALL_MALFORMED), 1);
    f->forbidden = true;
    assert_int_equal(facts(f), -EACCES);
    assert_non_null(strstr(f->err.text, "INFO=1"));
    assert_str(f->facts.version, "20.10.24+dfsg1");
    f->hang = true;
    unsigned before = f->server.n_requests;
    assert_int_equal(facts(f), -ETIMEDOUT);
    assert_true(f->server.n_requests - before < 10); /* the other steps are not tried */
    assert_int_equal(counted(f, ENDPOINT_INFO, CALL_TIMEOUT), 0);
}

static void the_end_is_silent(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->hang = true;
    f->done = false;
    assert_int_equal(engine_list(f->engine, on_list, f), 0);
    assert_int_equal(engine_facts(f->engine, on_facts, f), 0);
    assert_int_equal(engine_stats(f->engine, STR(ID), &f->arena, on_stats, f), 0);
    engine_free(f->engine);
    f->engine = NULL;
    engine_free(NULL);
    struct timer *later = timer_new(f->loop, stop, f->loop);
    timer_after_ms(later, 50);
    run(f);
    assert_false(f->done);
    timer_free(later);
}

static void free_within_list(void *arg, const struct err *err, const struct container_facts *c,
                             size_t n) {
    struct fixture *f = arg;
    (void)c;
    (void)n;
    engine_free(f->engine);
    f->engine = NULL;
    finish(f, err);
}

static void an_engine_may_be_freed_from_a_callback(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->done = false;
    assert_int_equal(engine_list(f->engine, free_within_list, f), 0);
    run(f);
    assert_true(f->done);
}

static void versions_are_compared(void **state) {
    (void)state;
    struct api_version v;
    assert_true(api_version_parse(STR("1.41"), &v));
    assert_int_equal(v.minor, 41);
    static const char *const bad[] = {"",      "1",   "1.",  ".41",    "1.41.2",
                                      "v1.41", "1.x", "0.1", "1.99999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(api_version_parse(str_of(bad[i]), &v));
    }
    assert_false(api_version_bound(STR("page not found"), &v));
    assert_true(
        api_version_bound(STR("client version 1.9 is too old. Minimum supported API version "
                              "is 1.12."),
                          &v));
    assert_int_equal(v.minor, 12);
}

static void direct_one_shot_follows_the_version(void **state) {
    (void)state;
    static const struct {
        const char *version;
        uint16_t minor;
        bool direct;
    } cases[] = {
        {"20.10.24+dfsg1", 41, false},
        {"23.0.7", 42, false},
        {"23.0.8", 42, true},
        {"23.0.15", 42, true},
        {"24.0.6", 43, false},
        {"24.0.7", 43, true},
        {"24.1.0", 43, true},
        {"25.0.0-beta.1", 44, true},
        {"28.5.1", 51, true},
        {"library-import", 56, true},
        {"", 43, false},
        {"", 44, true},
        {"dev", 41, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_version api = {1, cases[i].minor};
        assert_int_equal(api_version_is_direct(str_of(cases[i].version), api), cases[i].direct);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BED(a_list_is_decoded),
        WITH_BED(bad_answers_are_errors_by_kind),
        WITH_BED(a_refusal_is_known_by_its_flag),
        WITH_BED(a_missing_socket_is_no_missing_container),
        WITH_BED(statistics_are_one_shot_where_that_exists),
        WITH_BED(old_statistics_are_not_one_shot),
        WITH_BED(inspect_is_decoded),
        WITH_BED(the_engines_facts_are_walked),
        WITH_BED(the_end_is_silent),
        WITH_BED(an_engine_may_be_freed_from_a_callback),
        cmocka_unit_test(versions_are_compared),
        cmocka_unit_test(direct_one_shot_follows_the_version),
    };
    return RUN(tests);
}
