/* Who the Engine is, in which version it is spoken to, and whether it answers. */
#include "engine_bed.h"

static void the_lower_version_is_spoken(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    assert_int_equal(f->changes, 1);
    assert_str(f->seen.version, "20.10.24+dfsg1");
    assert_str(f->seen.api_version, "1.41");
    assert_false(f->seen.direct_oneshot || f->seen.podman || f->seen.windows);
    assert_int_equal(list(f), 0);
    assert_string_equal(f->last, "GET /v1.41/containers/json?all=1 HTTP/1.1");
    assert_int_equal(counted(f, ENDPOINT_LIST, 200), 1);
    assert_true(counted(f, ENDPOINT_PING, 200) >= 1);
}

static void a_newer_engine_is_spoken_to_in_our_version(void **state) {
    struct fixture *f = *state;
    f->ping = "Api-Version: 1.99\r\n";
    f->version_body = "{\"Version\":\"31.0.1\"}";
    start(f, "", true);
    assert_str(f->seen.api_version, "1.52");
    assert_true(f->seen.direct_oneshot);
    assert_int_equal(list(f), 0);
    assert_string_equal(f->last, "GET /v1.52/containers/json?all=1 HTTP/1.1");
}

static void a_bound_in_the_answer_is_obeyed(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->refuse = "/v1.41/";
    f->because = "{\"message\":\"client version 1.41 is too new. Maximum supported API version is "
                 "1.39\"}";
    assert_int_equal(list(f), 0);
    assert_string_equal(f->last, "GET /v1.39/containers/json?all=1 HTTP/1.1");
    assert_str(engine_status(f->engine)->api_version, "1.39");
    assert_int_equal(counted(f, ENDPOINT_LIST, 400), 1);
    assert_int_equal(counted(f, ENDPOINT_LIST, 200), 1);
    f->refuse = "/v1.39/";
    f->because = "client version 1.39 is too old. Minimum supported API version is 1.44, please "
                 "upgrade your client to a newer version\n";
    assert_int_equal(list(f), 0);
    assert_string_equal(f->last, "GET /v1.44/containers/json?all=1 HTTP/1.1");
}

static void a_bound_that_is_refused_too_ends_the_call(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->refuse = "/v";
    f->because = "client version 1.41 is too new. Maximum supported API version is 1.39";
    unsigned before = f->n_calls;
    assert_int_equal(list(f), -EPROTONOSUPPORT);
    assert_int_equal(f->n_calls - before, 2);
}

static void a_fixed_version_is_used_as_it_is(void **state) {
    struct fixture *f = *state;
    start(f, "1.40", true);
    assert_int_equal(list(f), 0);
    assert_string_equal(f->last, "GET /v1.40/containers/json?all=1 HTTP/1.1");
}

static void a_fixed_version_that_is_refused_is_said(void **state) {
    struct fixture *f = *state;
    f->refuse = "/v9.99/";
    f->because = "{\"message\":\"client version 9.99 is too new. Maximum supported API version is "
                 "1.41\"}";
    start(f, "9.99", false);
    assert_string_equal(f->seen.err.text,
                        "docker.api_version 9.99: client version 9.99 is too new. Maximum "
                        "supported API version is 1.41");
    struct err err = ERR_INIT;
    struct engine_settings settings = {.api_version = STR("latest")};
    struct engine *other = NULL;
    assert_int_equal(engine_new(f->loop, f->fetcher, &f->tally, &settings, &other, &err), -EINVAL);
}

/* Runs the loop for so long. */
static void let_pass(struct fixture *f, int64_t ms) {
    struct timer *later = timer_new(f->loop, stop, f->loop);
    timer_after_ms(later, ms);
    run(f);
    timer_free(later);
}

static void proxies_without_head_get_get(void **state) {
    struct fixture *f = *state;
    f->no_head = true;
    start(f, "", true);
    assert_int_equal(counted(f, ENDPOINT_PING, 405), 1);
    let_pass(f, 400);
    assert_int_equal(counted(f, ENDPOINT_PING, 405), 1); /* HEAD is not tried again */
    assert_true(counted(f, ENDPOINT_PING, 200) >= 4);
}

static void a_ping_without_headers_is_enough(void **state) {
    struct fixture *f = *state;
    f->ping = "";
    start(f, "", true);
    assert_str(f->seen.api_version, "1.41"); /* from /version */
    assert_int_equal(list(f), 0);
    assert_string_equal(f->last, "GET /v1.41/containers/json?all=1 HTTP/1.1");
}

static void a_refused_version_does_not_keep_it_down(void **state) {
    struct fixture *f = *state;
    f->version_body = NULL;
    f->ping = "Api-Version: 1.44\r\n";
    start(f, "", true);
    assert_str(f->seen.version, "");
    assert_true(f->seen.direct_oneshot);
}

static void podman_and_windows_are_told(void **state) {
    struct fixture *f = *state;
    f->ping = "Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\nOstype: windows\r\n";
    start(f, "", true);
    assert_true(f->seen.podman);
    assert_true(f->seen.windows);
    assert_true(f->seen.direct_oneshot);
}

static void another_server_is_no_engine(void **state) {
    struct fixture *f = *state;
    f->html = true;
    start(f, "", false);
    assert_int_equal(f->seen.err.code, -EPROTO);
    assert_string_equal(f->seen.err.text,
                        "not a Docker Engine: an HTTP server of another kind answered with status "
                        "200 (Server: nginx/1.22\\x1b)");
}

static void refusals_name_the_flag(void **state) {
    struct fixture *f = *state;
    f->forbidden_ping = true;
    start(f, "", false);
    assert_int_equal(f->seen.err.code, -EACCES);
    assert_non_null(strstr(f->seen.err.text, "PING=1"));
    f->forbidden_ping = false;
    f->wanted_up = true;
    run(f);
    f->forbidden = true;
    assert_int_equal(list(f), -EACCES);
    assert_non_null(strstr(f->err.text, "CONTAINERS=1"));
    assert_int_equal(counted(f, ENDPOINT_LIST, 403), 1);
}

static void plain_text_to_a_tls_port_is_explained(void **state) {
    struct fixture *f = *state;
    f->https = true;
    start(f, "", false);
    assert_non_null(strstr(f->seen.err.text, "docker.tls.enabled"));
}

static void an_old_api_is_refused(void **state) {
    struct fixture *f = *state;
    f->ping = "Api-Version: 1.18\r\n";
    start(f, "", false);
    assert_int_equal(f->seen.err.code, -EPROTONOSUPPORT);
}

static void a_hung_engine_is_noticed_and_its_return_too(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->hang = true;
    f->wanted_up = false;
    run(f);
    assert_int_equal(f->seen.err.code, -ETIMEDOUT);
    assert_true(counted(f, ENDPOINT_PING, CALL_TIMEOUT) >= 1);
    f->ping = "Api-Version: 1.40\r\n";
    f->hang = false;
    f->wanted_up = true;
    int64_t from = clock_mono_ns();
    run(f);
    assert_true(clock_mono_ns() - from < NS_PER_S);
    assert_str(f->seen.api_version, "1.40"); /* asked anew */
    assert_int_equal(f->changes, 3);
}

static void nothing_is_said_while_nothing_changes(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    struct timer *later = timer_new(f->loop, stop, f->loop);
    timer_after_ms(later, 400);
    run(f);
    assert_int_equal(f->changes, 1);
    assert_true(counted(f, ENDPOINT_PING, 200) >= 4);
    assert_int_equal(counted(f, ENDPOINT_VERSION, 200), 1);
    fake_hang_up(&f->server, true);
    timer_after_ms(later, 400);
    f->wanted_up = true;
    run(f);
    assert_int_equal(f->changes, 2);
    assert_non_null(strstr(f->seen.err.text, "nobody listens"));
    timer_free(later);
}

static void a_call_that_finds_nobody_brings_the_ping_forward(void **state) {
    struct fixture *f = *state;
    f->interval_ms = 60000;
    start(f, "", true);
    fake_hang_up(&f->server, true);
    assert_int_equal(list(f), -ECONNREFUSED);
    f->wanted_up = false;
    run(f);
    assert_int_equal(f->changes, 2);
}

static void many_failed_calls_bring_one_ping_forward(void **state) {
    struct fixture *f = *state;
    f->interval_ms = 60000;
    start(f, "", true);
    let_pass(f, 50);
    uint64_t before = counted(f, ENDPOINT_PING, 200);
    int64_t from = clock_mono_ns();
    f->cut = true;
    for (int i = 0; i < 20; i++) {
        assert_true(list(f) < 0);
        let_pass(f, 10); /* the ping's answer arrives before the next failure */
    }
    let_pass(f, 50);
    assert_int_equal(counted(f, ENDPOINT_LIST, CALL_CUT), 20);
    uint64_t pings = counted(f, ENDPOINT_PING, 200) - before;
    assert_true(pings >= 1 && pings <= 1 + (uint64_t)((clock_mono_ns() - from) / NS_PER_S));
    assert_true(engine_status(f->engine)->up);
}

static void an_engine_that_was_replaced_is_asked_anew(void **state) {
    struct fixture *f = *state;
    start(f, "", true);
    f->ping = "Api-Version: 1.52\r\nServer: Docker/29.0.0 (linux)\r\n";
    f->version_body = "{\"Version\":\"29.0.0\"}";
    run(f);
    assert_str(f->seen.version, "29.0.0");
    assert_str(f->seen.api_version, "1.52");
    assert_true(f->seen.direct_oneshot);
}

static void sockets_that_are_not_there_have_a_remedy(void **state) {
    struct fixture *f = *state;
    fake_hang_up(&f->server, true);
    (void)unlink(f->server.path);
    start(f, "", false);
    assert_int_equal(f->seen.err.code, -ENOENT);
    assert_non_null(strstr(f->seen.err.text, "docker.host"));
    assert_int_equal(counted(f, ENDPOINT_PING, CALL_REFUSED), 1);
    assert_int_equal(mkdir(f->server.path, 0700), 0);
    f->wanted_up = false;
    run(f);
    assert_non_null(strstr(f->seen.err.text, "start the Engine there and mount the real socket"));
    assert_int_equal(rmdir(f->server.path), 0);
    fake_listen(&f->server, 16);
    f->wanted_up = true;
    run(f);
    assert_true(engine_status(f->engine)->up);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BED(the_lower_version_is_spoken),
        WITH_BED(a_newer_engine_is_spoken_to_in_our_version),
        WITH_BED(a_bound_in_the_answer_is_obeyed),
        WITH_BED(a_bound_that_is_refused_too_ends_the_call),
        WITH_BED(a_fixed_version_is_used_as_it_is),
        WITH_BED(a_fixed_version_that_is_refused_is_said),
        WITH_BED(proxies_without_head_get_get),
        WITH_BED(a_ping_without_headers_is_enough),
        WITH_BED(a_refused_version_does_not_keep_it_down),
        WITH_BED(podman_and_windows_are_told),
        WITH_BED(another_server_is_no_engine),
        WITH_BED(refusals_name_the_flag),
        WITH_BED(plain_text_to_a_tls_port_is_explained),
        WITH_BED(an_old_api_is_refused),
        WITH_BED(a_hung_engine_is_noticed_and_its_return_too),
        WITH_BED(nothing_is_said_while_nothing_changes),
        WITH_BED(a_call_that_finds_nobody_brings_the_ping_forward),
        WITH_BED(many_failed_calls_bring_one_ping_forward),
        WITH_BED(an_engine_that_was_replaced_is_asked_anew),
        WITH_BED(sockets_that_are_not_there_have_a_remedy),
    };
    return RUN(tests);
}
