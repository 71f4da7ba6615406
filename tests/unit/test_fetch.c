#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_server.h"
#include "loop/fetch.h"

#define MANY 512

struct fixture {
    struct loop *loop;
    struct fetcher *fetcher;
    struct fake_server server;
    struct fetch_target target;
    enum fetch_outcome outcome;
    struct err err;
    long status;
    char body[256];
    size_t body_len;
    char type[64];
    char extra[64];
    bool saw_secret; /* the last request carried credentials or a header of the caller's */
    unsigned left;
    unsigned good;
    unsigned called;
};

/* What the server does is in the path: "/ok", "/cut" … */
static bool asks(struct str head, const char *path) {
    struct str line = str_sub(head, 0, str_find(head, '\n', 0));
    return str_search(line, str_of(path)) != SIZE_MAX;
}

static void serve_broken(struct fake_conn *conn, struct str head) {
    if (asks(head, "/cut-body")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    } else if (asks(head, "/cut-chunk")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    } else if (asks(head, "/cut-continue")) {
        fake_send(conn, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConte");
    } else if (asks(head, "/cut-head")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-");
    } else if (asks(head, "/garbage")) {
        fake_send(conn, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
    }
    fake_close(conn);
}

static void serve_large(struct fake_conn *conn, struct str head) {
    if (asks(head, "/large-length")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
        return;
    }
    fake_send(conn, "HTTP/1.1 200 OK\r\n");
    char filler[1025];
    memset(filler, 'x', sizeof(filler) - 1);
    filler[sizeof(filler) - 1] = '\0';
    bool in_head = asks(head, "/large-head");
    fake_send(conn, in_head ? "" : "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; i++) {
        fake_send(conn, in_head ? "X-Filler: " : "400\r\n");
        fake_send(conn, filler);
        fake_send(conn, "\r\n");
    }
    fake_send(conn, in_head ? "Content-Length: 0\r\n\r\n" : "0\r\n\r\n");
}

static void serve(void *arg, struct fake_conn *conn, struct str head) {
    struct fixture *f = arg;
    f->saw_secret = str_search(head, STR("Authorization: Basic dTpw")) != SIZE_MAX ||
                    str_search(head, STR("X-Own: 1")) != SIZE_MAX;
    if (asks(head, "/ok")) {
        fake_reply(conn, "200 OK", "Content-Type: text/x-test\r\nX-Extra: a value\r\n",
                   STR("hello"));
    } else if (asks(head, "HEAD /head")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nX-Extra: of head\r\nContent-Length: 99999999\r\n\r\n");
    } else if (asks(head, "/continue")) {
        fake_send(conn, "HTTP/1.1 100 Continue\r\n\r\n");
        fake_reply(conn, "404 Not Found", "", STR("no"));
    } else if (asks(head, "/once-only") && conn->requests > 1) {
        fake_close(conn); /* a kept connection that dies at its second request */
    } else if (asks(head, "/once-only")) {
        fake_reply(conn, "200 OK", "", STR("first"));
    } else if (asks(head, "/large")) {
        serve_large(conn, head);
    } else if (asks(head, "/hang-body")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    } else if (!asks(head, "/hang")) {
        serve_broken(conn, head);
    }
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = ERR_INIT;
    assert_int_equal(loop_new(&f->loop, &err), 0);
    assert_int_equal(fetcher_new(f->loop, &f->fetcher, &err), 0);
    fake_start(&f->server, f->loop, serve, f);
    f->target = (struct fetch_target){.unix_path = f->server.path};
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    fetcher_free(f->fetcher);
    fake_stop(&f->server);
    loop_free(f->loop);
    free(f);
    return 0;
}

static void keep(char *to, size_t cap, struct str s) {
    (void)snprintf(to, cap, "%.*s", STR_ARG(s));
}

static void on_done(void *arg, const struct fetch_reply *reply) {
    struct fixture *f = arg;
    f->called++;
    f->outcome = reply->outcome;
    f->err = reply->err;
    f->status = reply->status;
    f->body_len = reply->body.len;
    keep(f->body, sizeof(f->body), reply->body);
    keep(f->type, sizeof(f->type), reply->content_type);
    keep(f->extra, sizeof(f->extra), fetch_header(reply, "x-EXTRA"));
    loop_stop(f->loop);
}

static struct fetch *start(struct fixture *f, enum fetch_method method, const char *url) {
    struct fetch_request request = {
        .method = method, .target = &f->target, .url = url, .timeout_ms = 300, .max_bytes = 1000};
    struct fetch *fetch = NULL;
    struct err err = ERR_INIT;
    f->called = 0;
    assert_int_equal(fetch_start(f->fetcher, &request, on_done, f, &fetch, &err), 0);
    assert_int_equal(f->called, 0);
    return fetch;
}

static void run(struct fixture *f) {
    struct err err = ERR_INIT;
    assert_int_equal(loop_run(f->loop, &err), 0);
}

static enum fetch_outcome get(struct fixture *f, const char *url) {
    (void)start(f, FETCH_GET, url);
    run(f);
    assert_int_equal(f->called, 1);
    return f->outcome;
}

static void an_answer_arrives_whole(void **state) {
    struct fixture *f = *state;
    assert_int_equal(get(f, "http://localhost/ok"), FETCH_OK);
    assert_int_equal(f->status, 200);
    assert_string_equal(f->body, "hello");
    assert_string_equal(f->type, "text/x-test");
    assert_string_equal(f->extra, "a value");
    assert_int_equal(get(f, "http://localhost/continue"), FETCH_OK);
    assert_int_equal(f->status, 404);
    assert_string_equal(f->extra, "");
}

static void head_has_headers_and_no_body(void **state) {
    struct fixture *f = *state;
    (void)start(f, FETCH_HEAD, "http://localhost/head");
    run(f);
    assert_int_equal(f->outcome, FETCH_OK);
    assert_string_equal(f->extra, "of head");
    assert_int_equal(f->body_len, 0);
}

static void connections_are_kept(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(get(f, "http://localhost/ok"), FETCH_OK);
    }
    assert_int_equal(f->server.n_conns, 1);
}

static void a_dead_connection_is_replaced_silently(void **state) {
    struct fixture *f = *state;
    assert_int_equal(get(f, "http://localhost/ok"), FETCH_OK);
    fake_hang_up(&f->server, false);
    assert_int_equal(get(f, "http://localhost/ok"), FETCH_OK);
    assert_int_equal(f->server.n_conns, 2);
    assert_int_equal(get(f, "http://localhost/once-only"), FETCH_OK);
    assert_int_equal(get(f, "http://localhost/once-only"), FETCH_OK);
    assert_string_equal(f->body, "first");
}

static void nothing_of_a_request_stays_for_the_next(void **state) {
    struct fixture *f = *state;
    const char *const headers[] = {"X-Own: 1", NULL};
    struct fetch_request request = {.target = &f->target,
                                    .url = "http://localhost/ok",
                                    .headers = headers,
                                    .user_password = "u:p",
                                    .timeout_ms = 300,
                                    .max_bytes = 1000};
    struct fetch *fetch = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(fetch_start(f->fetcher, &request, on_done, f, &fetch, &err), 0);
    run(f);
    assert_int_equal(f->outcome, FETCH_OK);
    assert_true(f->saw_secret);
    assert_int_equal(get(f, "http://localhost/ok"), FETCH_OK);
    assert_false(f->saw_secret);
}

static void broken_answers_are_cut(void **state) {
    struct fixture *f = *state;
    assert_int_equal(get(f, "http://localhost/cut-body"), FETCH_CUT);
    assert_int_equal(f->err.code, -ECONNRESET);
    assert_int_equal(f->body_len, 0);
    assert_int_equal(get(f, "http://localhost/cut-chunk"), FETCH_CUT);
    assert_int_equal(get(f, "http://localhost/cut-head"), FETCH_CUT);
    assert_int_equal(get(f, "http://localhost/cut-continue"), FETCH_CUT);
    assert_int_equal(get(f, "http://localhost/nothing"), FETCH_CUT);
    assert_string_equal(f->err.text, "the connection ended without an answer");
}

static void another_protocol_fails(void **state) {
    struct fixture *f = *state;
    assert_int_equal(get(f, "http://localhost/garbage"), FETCH_FAILED);
    assert_int_equal(f->err.code, -EPROTO);
}

static void limits_hold_while_streaming(void **state) {
    struct fixture *f = *state;
    assert_int_equal(get(f, "http://localhost/large-length"), FETCH_TOO_LARGE);
    assert_int_equal(f->err.code, -EFBIG);
    assert_int_equal(get(f, "http://localhost/large-chunks"), FETCH_TOO_LARGE);
    assert_string_equal(f->err.text, "the answer is larger than 1000 bytes");
    assert_int_equal(get(f, "http://localhost/large-head"), FETCH_TOO_LARGE);
    assert_string_equal(f->err.text, "the answer's headers are larger than 65536 bytes");
}

static void silence_times_out(void **state) {
    struct fixture *f = *state;
    assert_int_equal(get(f, "http://localhost/hang"), FETCH_TIMEOUT);
    assert_string_equal(f->err.text, "no answer within 300 ms");
    assert_int_equal(get(f, "http://localhost/hang-body"), FETCH_TIMEOUT);
    assert_string_equal(f->err.text, "no complete answer within 300 ms");
}

static void refusals_keep_their_reason(void **state) {
    struct fixture *f = *state;
    f->target.unix_path = "/nonexistent/socket";
    assert_int_equal(get(f, "http://localhost/ok"), FETCH_REFUSED);
    assert_int_equal(f->err.code, -ENOENT);
    f->target.unix_path = f->server.folder;
    assert_int_equal(get(f, "http://localhost/ok"), FETCH_REFUSED);
    assert_int_equal(f->err.code, -ECONNREFUSED);
    f->target.unix_path = NULL;
    assert_int_equal(get(f, "http://127.0.0.1:1/ok"), FETCH_REFUSED);
    assert_int_equal(f->err.code, -ECONNREFUSED);
    assert_string_equal(f->err.text, "connect: Connection refused");
}

static void a_cancelled_fetch_is_silent(void **state) {
    struct fixture *f = *state;
    struct fetch *fetch = start(f, FETCH_GET, "http://localhost/ok");
    fetch_cancel(fetch);
    fetch_cancel(NULL);
    (void)start(f, FETCH_GET, "http://localhost/hang");
    run(f);
    assert_int_equal(f->called, 1);
    assert_int_equal(f->outcome, FETCH_TIMEOUT);
}

static void the_end_cancels_what_runs(void **state) {
    struct fixture *f = *state;
    (void)start(f, FETCH_GET, "http://localhost/hang");
    fetcher_free(f->fetcher);
    f->fetcher = NULL;
    assert_int_equal(f->called, 0);
}

static void count_done(void *arg, const struct fetch_reply *reply) {
    struct fixture *f = arg;
    f->good += reply->outcome == FETCH_OK && reply->body.len == 5;
    f->left--;
    if (f->left == 0) {
        loop_stop(f->loop);
    }
}

static void several_hundred_pass_a_short_backlog(void **state) {
    struct fixture *f = *state;
    fake_hang_up(&f->server, true);
    fake_listen(&f->server, 4);
    struct fetch_request request = {
        .target = &f->target, .url = "http://localhost/ok", .timeout_ms = 10000, .max_bytes = 1000};
    for (int round = 0; round < 2; round++) {
        f->left = MANY;
        f->good = 0;
        for (int i = 0; i < MANY; i++) {
            struct fetch *fetch = NULL;
            struct err err = ERR_INIT;
            assert_int_equal(fetch_start(f->fetcher, &request, count_done, f, &fetch, &err), 0);
        }
        run(f);
        assert_int_equal(f->good, MANY);
    }
}

static void a_backlog_that_stays_full_times_out(void **state) {
    struct fixture *f = *state;
    fake_hang_up(&f->server, true);
    fake_listen(&f->server, 0);
    (void)evconnlistener_disable(f->server.listener);
    struct fetch_request request = {
        .target = &f->target, .url = "http://localhost/ok", .timeout_ms = 200, .max_bytes = 1000};
    f->left = 20;
    for (int i = 0; i < 20; i++) {
        struct fetch *fetch = NULL;
        struct err err = ERR_INIT;
        assert_int_equal(fetch_start(f->fetcher, &request, count_done, f, &fetch, &err), 0);
    }
    run(f);
    assert_int_equal(f->good, 0);
}

static void a_request_without_limits_is_refused(void **state) {
    struct fixture *f = *state;
    struct fetch_request request = {
        .target = &f->target, .url = "http://localhost/ok", .timeout_ms = 0, .max_bytes = 1000};
    struct fetch *fetch = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(fetch_start(f->fetcher, &request, on_done, f, &fetch, &err), -EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_arrives_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(head_has_headers_and_no_body, setup, teardown),
        cmocka_unit_test_setup_teardown(connections_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dead_connection_is_replaced_silently, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_of_a_request_stays_for_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_answers_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(another_protocol_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_hold_while_streaming, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_times_out, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_keep_their_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_fetch_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_cancels_what_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(several_hundred_pass_a_short_backlog, setup, teardown),
        cmocka_unit_test_setup_teardown(a_backlog_that_stays_full_times_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_without_limits_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
