#include "unit.h"

#include <errno.h>

#include "base/clock.h"
#include "engine/api_version.h"
#include "engine/engine.h"
#include "fake_server.h"
#include "test_data.h"

#define ID "6b886da900212ff2faa1644ff768948cf229c1f0615edd44a2bfb81c59bec804"
#define STEPS_MAX 16

struct fixture {
    struct loop *loop;
    struct fetcher *fetcher;
    struct fake_server server;
    struct tally tally;
    struct engine *engine;
    struct arena arena;
    struct timer *guard;
    /* the server's part */
    const char *ping; /* header lines of an Engine's answer to the ping */
    const char *version_body;
    const char *refuse;  /* calls with this version … */
    const char *because; /* … get 400 with this body */
    bool no_head, hang, html, forbidden_ping, forbidden, https;
    const char *status; /* of all calls, else "200 OK" */
    struct str body;
    bool cut;
    char last[256]; /* the last request line that is no ping */
    unsigned n_calls;
    int64_t interval_ms; /* between pings */
    /* what arrived */
    unsigned changes;
    bool wanted_up;
    struct engine_status seen;
    struct err err;
    bool done;
    size_t n;
    char name[64];
    struct usage usage;
    bool has_usage;
    struct engine_facts facts;
    uint64_t images;
};

static bool asks(struct str head, const char *words) {
    return str_search(str_sub(head, 0, str_find(head, '\r', 0)), str_of(words)) != SIZE_MAX;
}

static void serve_ping(struct fixture *f, struct fake_conn *conn, struct str head) {
    bool is_head = str_starts(head, STR("HEAD "));
    struct str body = is_head ? STR("") : STR("OK");
    if (f->https) {
        fake_reply(conn, "400 Bad Request", "",
                   is_head ? STR("") : STR("Client sent an HTTP request to an HTTPS server.\n"));
    } else if (f->html) {
        fake_reply(conn, "200 OK", "Server: nginx/1.22\x1B\r\nContent-Type: text/html\r\n",
                   is_head ? STR("") : STR("<html>"));
    } else if (f->forbidden_ping) {
        fake_reply(conn, "403 Forbidden", "", STR(""));
    } else if (f->no_head && is_head) {
        fake_reply(conn, "405 Method Not Allowed", "", STR(""));
    } else {
        fake_reply(conn, "200 OK", f->ping, body);
    }
}

static void serve_call(struct fixture *f, struct fake_conn *conn, struct str head) {
    f->n_calls++;
    (void)snprintf(f->last, sizeof(f->last), "%.*s",
                   STR_ARG(str_sub(head, 0, str_find(head, '\r', 0))));
    if (f->refuse && asks(head, f->refuse)) {
        fake_reply(conn, "400 Bad Request", "", str_of(f->because));
    } else if (asks(head, "/version")) {
        fake_reply(conn, f->version_body ? "200 OK" : "403 Forbidden", "", str_of(f->version_body));
    } else if (f->forbidden) {
        fake_reply(conn, "403 Forbidden", "Content-Type: text/html\r\n", STR("<html>no</html>"));
    } else if (f->cut) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[{");
        fake_close(conn);
    } else {
        fake_reply(conn, f->status ? f->status : "200 OK", "", f->body);
    }
}

static void serve(void *arg, struct fake_conn *conn, struct str head) {
    struct fixture *f = arg;
    if (f->hang) {
        return;
    }
    if (asks(head, " /_ping ")) {
        serve_ping(f, conn, head);
    } else {
        serve_call(f, conn, head);
    }
}

static void on_guard(void *arg) {
    (void)arg;
    fail_msg("nothing happened for 10 s");
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = ERR_INIT;
    assert_int_equal(loop_new(&f->loop, &err), 0);
    assert_int_equal(fetcher_new(f->loop, &f->fetcher, &err), 0);
    fake_start(&f->server, f->loop, serve, f);
    f->guard = timer_new(f->loop, on_guard, f);
    f->ping = "Api-Version: 1.41\r\nOstype: linux\r\nServer: Docker/20.10.24 (linux)\r\n";
    f->version_body = "{\"Version\":\"20.10.24+dfsg1\",\"ApiVersion\":\"1.41\"}";
    f->body = STR("[]");
    f->wanted_up = true;
    f->interval_ms = 50;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    engine_free(f->engine);
    fetcher_free(f->fetcher);
    fake_stop(&f->server);
    timer_free(f->guard);
    loop_free(f->loop);
    arena_done(&f->arena);
    free(f);
    return 0;
}

static void on_watch(void *arg, const struct engine_status *status) {
    struct fixture *f = arg;
    f->changes++;
    f->seen = *status;
    if (status->up == f->wanted_up) {
        loop_stop(f->loop);
    }
}

static void run(struct fixture *f) {
    struct err err = ERR_INIT;
    timer_after_ms(f->guard, 10000);
    assert_int_equal(loop_run(f->loop, &err), 0);
    timer_cancel(f->guard);
}

/* Starts an engine and waits until it is up, or down for the first time. */
static void start(struct fixture *f, const char *api_version, bool up) {
    struct err err = ERR_INIT;
    struct engine_tls off = {.enabled = false};
    struct engine_settings settings = {.api_version = str_of(api_version),
                                       .timeout_ms = 500,
                                       .ping_interval_ms = f->interval_ms,
                                       .ping_timeout_ms = 200};
    assert_int_equal(engine_address_parse(str_of(f->server.path), &off, &settings.address, &err),
                     0);
    assert_int_equal(engine_new(f->loop, f->fetcher, &f->tally, &settings, &f->engine, &err), 0);
    assert_false(engine_status(f->engine)->up);
    f->wanted_up = up;
    engine_start(f->engine, on_watch, f);
    run(f);
    assert_int_equal(f->seen.up, up);
}

static uint64_t counted(const struct fixture *f, enum endpoint endpoint, unsigned code) {
    for (size_t i = 0; i < TALLY_CODES; i++) {
        if (f->tally.calls[endpoint][i].code == code) {
            return f->tally.calls[endpoint][i].n;
        }
    }
    return 0;
}

static void finish(struct fixture *f, const struct err *err) {
    assert_false(f->done);
    f->done = true;
    f->err = *err;
    loop_stop(f->loop);
}

static void on_list(void *arg, const struct err *err, const struct container_facts *c, size_t n) {
    struct fixture *f = arg;
    f->n = n;
    if (n) {
        (void)snprintf(f->name, sizeof(f->name), "%.*s", STR_ARG(c[n - 1].name));
    }
    finish(f, err);
}

static void on_inspect(void *arg, const struct err *err, const struct container_facts *c) {
    struct fixture *f = arg;
    f->n = c != NULL;
    if (c) {
        (void)snprintf(f->name, sizeof(f->name), "%.*s", STR_ARG(c->name));
    }
    finish(f, err);
}

static void on_stats(void *arg, const struct err *err, const struct usage *usage) {
    struct fixture *f = arg;
    f->has_usage = usage != NULL;
    if (usage) {
        f->usage = *usage;
    }
    finish(f, err);
}

static void on_facts(void *arg, const struct err *err, const struct engine_facts *facts) {
    struct fixture *f = arg;
    f->facts = engine_facts_copy(&f->arena, facts);
    finish(f, err);
}

static int list(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_list(f->engine, on_list, f), 0);
    assert_false(f->done);
    run(f);
    return f->err.code;
}

static int stats(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_stats(f->engine, STR(ID), &f->arena, on_stats, f), 0);
    run(f);
    return f->err.code;
}

static int inspect(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_inspect(f->engine, STR(ID), on_inspect, f), 0);
    run(f);
    return f->err.code;
}

static int facts(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_facts(f->engine, on_facts, f), 0);
    run(f);
    return f->err.code;
}

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

static void proxies_without_head_get_get(void **state) {
    struct fixture *f = *state;
    f->no_head = true;
    start(f, "", true);
    assert_int_equal(counted(f, ENDPOINT_PING, 405), 1);
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

static void stop(void *arg) {
    loop_stop(arg);
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
    assert_non_null(strstr(f->seen.err.text, "remove the directory"));
    assert_int_equal(rmdir(f->server.path), 0);
    fake_listen(&f->server, 16);
    f->wanted_up = true;
    run(f);
    assert_true(engine_status(f->engine)->up);
}

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

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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
        WITH_BED(an_engine_that_was_replaced_is_asked_anew),
        WITH_BED(sockets_that_are_not_there_have_a_remedy),
        WITH_BED(a_list_is_decoded),
        WITH_BED(bad_answers_are_errors_by_kind),
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
