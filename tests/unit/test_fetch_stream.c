/* Streamed bodies: pieces as they come, ended by the peer or by a cancel. */
#include "unit.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "fake_server.h"
#include "loop/fetcher.h"

#define OPEN "HTTP/1.1 200 OK\r\nX-Extra: a value\r\nTransfer-Encoding: chunked\r\n\r\n"
#define HUNDRED 100
#define MANY 200 /* more than the connections that are kept alive */

struct fixture {
    struct loop *loop;
    struct fetcher *fetcher;
    struct fake_server server;
    struct fetch_target target;
    struct fake_conn *conn; /* the last that asked for a stream */
    struct timer *step;     /* what the peer does next */
    struct fetch *fetch;
    struct fetch *other;
    struct buf body;
    unsigned pieces;
    unsigned done;
    unsigned wanted; /* pieces after which the loop stops */
    bool cancel;     /* within the first piece that is not empty */
    bool start;      /* another fetch, within a piece */
    enum fetch_outcome outcome;
    long status;
    struct err err;
    char extra[64];
    char text[64]; /* the body of an answer that is no stream */
};

static bool asks(struct str head, const char *path) {
    return str_search(head, str_of(path)) != SIZE_MAX;
}

static void serve(void *arg, struct fake_conn *conn, struct str head) {
    struct fixture *f = arg;
    if (asks(head, "/ok")) {
        fake_reply(conn, "200 OK", "", STR("hello"));
    } else if (asks(head, "/refused")) {
        fake_reply(conn, "403 Forbidden", "", STR("not for you"));
    } else if (asks(head, "/large-error")) {
        fake_send(conn, "HTTP/1.1 500 Oops\r\nContent-Length: 1001\r\n\r\n");
        for (int i = 0; i < 1001; i++) {
            fake_send(conn, "x");
        }
    } else if (asks(head, "/slow-error")) {
        fake_send(conn, "HTTP/1.1 500 Oops\r\nContent-Length: 10\r\n\r\nslow");
    } else if (asks(head, "/none")) {
        fake_send(conn, "HTTP/1.1 204 No Content\r\n\r\n");
    } else if (asks(head, "/length")) {
        fake_reply(conn, "200 OK", "X-Extra: a value\r\n", STR("all of it"));
    } else if (asks(head, "/at-once")) {
        fake_send(conn, OPEN "3\r\none\r\n3\r\ntwo\r\n0\r\nX-Trailer: 1\r\n\r\n");
    } else if (asks(head, "/stream")) {
        fake_send(conn, OPEN);
        f->conn = conn;
    } /* else it hangs */
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
    timer_free(f->step);
    loop_free(f->loop);
    buf_done(&f->body);
    free(f);
    return 0;
}

static void on_done(void *arg, const struct fetch_reply *reply) {
    struct fixture *f = arg;
    f->done++;
    f->outcome = reply->outcome;
    f->status = reply->status;
    f->err = reply->err;
    (void)snprintf(f->text, sizeof(f->text), "%.*s", STR_ARG(reply->body));
    loop_stop(f->loop);
}

static int start(struct fixture *f, const char *path, fetch_piece *piece, struct fetch **ret) {
    char url[128];
    struct err err = ERR_INIT;
    struct fetch_request request = {
        .target = &f->target, .url = url, .timeout_ms = 300, .max_bytes = 1000, .piece = piece};
    (void)snprintf(url, sizeof(url), "http://localhost%s", path);
    return fetch_start(f->fetcher, &request, on_done, f, ret, &err);
}

static void on_piece(void *arg, const struct fetch_reply *reply) {
    struct fixture *f = arg;
    f->pieces++;
    assert_int_equal(reply->outcome, FETCH_OK);
    assert_true(f->pieces == 1 || reply->body.len > 0);
    assert_int_equal(f->done, 0);
    f->status = reply->status;
    struct str extra = fetch_header(reply, "x-extra");
    (void)snprintf(f->extra, sizeof(f->extra), "%.*s", STR_ARG(extra));
    if (f->start) {
        f->start = false;
        assert_int_equal(start(f, "/ok", NULL, &f->other), 0);
    }
    if (f->cancel && reply->body.len) {
        fetch_cancel(f->fetch);
        loop_stop(f->loop);
    }
    buf_str(&f->body, reply->body); /* still there */
    if (f->pieces == f->wanted) {
        loop_stop(f->loop);
    }
}

static void run(struct fixture *f) {
    struct err err = ERR_INIT;
    assert_int_equal(loop_run(f->loop, &err), 0);
}

/* Streams until the answer ends. */
static void get(struct fixture *f, const char *path) {
    f->pieces = 0;
    f->done = 0;
    f->wanted = 0;
    buf_reset(&f->body);
    assert_int_equal(start(f, path, on_piece, &f->fetch), 0);
    assert_int_equal(f->pieces, 0);
    run(f);
    assert_int_equal(f->done, 1);
}

/* Opens a stream and waits until its head is there. */
static void open_stream(struct fixture *f) {
    f->pieces = 0;
    f->wanted = 1;
    buf_reset(&f->body);
    assert_int_equal(start(f, "/stream", on_piece, &f->fetch), 0);
    run(f);
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->body.len, 0);
}

static void pieces_come_as_they_are_sent(void **state) {
    struct fixture *f = *state;
    open_stream(f);
    assert_int_equal(f->status, 200);
    assert_string_equal(f->extra, "a value");
    f->wanted = 2;
    fake_send(f->conn, "3\r\none\r\n");
    run(f);
    assert_str(buf_view(&f->body), "one");
    f->wanted = 3;
    fake_send(f->conn, "3\r\ntwo\r\n");
    run(f);
    assert_str(buf_view(&f->body), "onetwo");
    assert_int_equal(f->done, 0);
    fake_send(f->conn, "0\r\n\r\n");
    run(f);
    assert_int_equal(f->done, 1);
    assert_int_equal(f->outcome, FETCH_OK);
    assert_int_equal(f->status, 200);
    assert_string_equal(f->text, "");
}

static void any_2xx_answer_is_told_before_its_end(void **state) {
    struct fixture *f = *state;
    get(f, "/at-once");
    assert_int_equal(f->outcome, FETCH_OK);
    assert_str(buf_view(&f->body), "onetwo");
    get(f, "/length");
    assert_str(buf_view(&f->body), "all of it");
    get(f, "/none");
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->status, 204);
    assert_int_equal(f->outcome, FETCH_OK);
}

static void other_answers_are_collected(void **state) {
    struct fixture *f = *state;
    get(f, "/refused");
    assert_int_equal(f->pieces, 0);
    assert_int_equal(f->outcome, FETCH_OK);
    assert_int_equal(f->status, 403);
    assert_string_equal(f->text, "not for you");
    get(f, "/large-error");
    assert_int_equal(f->outcome, FETCH_TOO_LARGE);
    get(f, "/slow-error");
    assert_int_equal(f->outcome, FETCH_TIMEOUT);
    assert_string_equal(f->err.text, "no complete answer within 300 ms");
    assert_int_equal(f->pieces, 0);
}

static void the_time_is_that_until_the_head(void **state) {
    struct fixture *f = *state;
    get(f, "/hang");
    assert_int_equal(f->outcome, FETCH_TIMEOUT);
    assert_string_equal(f->err.text, "no answer within 300 ms");
    fake_hang_up(&f->server, true);
    fake_listen(&f->server, 0);
    (void)evconnlistener_disable(f->server.listener);
    for (int i = 0; i < 3; i++) { /* those behind a full backlog too */
        get(f, "/stream");
        assert_int_equal(f->outcome, FETCH_TIMEOUT);
    }
}

static void accept_again(void *arg) {
    struct fixture *f = arg;
    (void)evconnlistener_enable(f->server.listener);
}

static void a_connect_that_was_late_has_the_rest_of_the_time(void **state) {
    struct fixture *f = *state;
    fake_hang_up(&f->server, true);
    fake_listen(&f->server, 0);
    (void)evconnlistener_disable(f->server.listener);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(start(f, "/hang", on_piece, &f->fetch), 0);
    }
    f->step = timer_new(f->loop, accept_again, f);
    timer_after_ms(f->step, 60);
    while (f->done < 3) {
        run(f);
        assert_int_equal(f->outcome, FETCH_TIMEOUT);
    }
    assert_int_equal(f->server.n_conns, 3);
}

static void send_later(void *arg) {
    struct fixture *f = arg;
    fake_send(f->conn, "4\r\nlate\r\n");
}

static void an_open_stream_has_no_end_of_its_own(void **state) {
    struct fixture *f = *state;
    open_stream(f);
    int64_t opened_ns = clock_mono_ns();
    f->wanted = 2;
    f->step = timer_new(f->loop, send_later, f);
    timer_after_ms(f->step, 700);
    run(f);
    assert_int_equal(f->done, 0);
    assert_str(buf_view(&f->body), "late");
    assert_true(clock_mono_ns() - opened_ns > 600 * NS_PER_MS);
}

static void a_cut_stream_is_told_after_its_last_piece(void **state) {
    struct fixture *f = *state;
    open_stream(f);
    f->wanted = 0;
    fake_send(f->conn, "10\r\nnot all of");
    fake_close(f->conn);
    run(f);
    assert_int_equal(f->done, 1);
    assert_int_equal(f->outcome, FETCH_CUT);
    assert_int_equal(f->err.code, -ECONNRESET);
    assert_str(buf_view(&f->body), "not all of");
}

static void a_piece_may_cancel_its_stream(void **state) {
    struct fixture *f = *state;
    f->cancel = true;
    for (int i = 0; i < HUNDRED; i++) {
        open_stream(f);
        fake_send(f->conn, "3\r\none\r\n0\r\n\r\n");
        run(f);
        assert_str(buf_view(&f->body), "one");
        assert_int_equal(f->done, 0);
    }
    f->cancel = false;
    assert_int_equal(start(f, "/ok", NULL, &f->other), 0);
    run(f);
    assert_string_equal(f->text, "hello"); /* the next request is a whole one again */
}

static void a_piece_may_start_another(void **state) {
    struct fixture *f = *state;
    open_stream(f);
    f->start = true;
    f->wanted = 0;
    fake_send(f->conn, "3\r\none\r\n");
    run(f);
    assert_int_equal(f->done, 1);
    assert_string_equal(f->text, "hello");
}

/* Streams that cancel each other: whoever is told first ends the other. */
static void cancel_both(void *arg, const struct fetch_reply *reply) {
    struct fixture *f = arg;
    (void)reply;
    f->pieces++;
    fetch_cancel(f->fetch);
    fetch_cancel(f->other);
    loop_stop(f->loop);
}

static void stop(void *arg) {
    loop_stop(arg);
}

static void a_piece_may_cancel_others(void **state) {
    struct fixture *f = *state;
    assert_int_equal(start(f, "/stream", cancel_both, &f->fetch), 0);
    assert_int_equal(start(f, "/stream", cancel_both, &f->other), 0);
    run(f);
    struct timer *later = timer_new(f->loop, stop, f->loop);
    timer_after_ms(later, 50);
    run(f);
    timer_free(later);
    assert_int_equal(f->pieces, 1);
    assert_int_equal(f->done, 0);
}

static void what_waits_goes_with_a_cancel(void **state) {
    struct fixture *f = *state;
    open_stream(f);
    fetcher_ready(f->fetch);
    fetcher_ready(f->fetch);
    assert_ptr_equal(f->fetcher->ready, f->fetch);
    fetch_cancel(f->fetch);
    assert_null(f->fetcher->ready);
    assert_int_equal(f->fetcher->n_streams, 0);
}

static void streams_do_not_cost_others_their_connections(void **state) {
    struct fixture *f = *state;
    struct fetch *streams[MANY];
    for (int i = 0; i < MANY; i++) {
        f->pieces = 0;
        f->wanted = 1;
        assert_int_equal(start(f, "/stream", on_piece, &streams[i]), 0);
        run(f);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(start(f, "/ok", NULL, &f->other), 0);
        run(f);
        assert_string_equal(f->text, "hello");
        f->done = 0;
    }
    assert_int_equal(f->server.n_conns, MANY + 1);
    for (int i = 0; i < MANY; i += 2) {
        fetch_cancel(streams[i]); /* the rest ends with the fetcher */
    }
}

static void only_a_get_can_stream(void **state) {
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct fetch_request request = {.method = FETCH_HEAD,
                                    .target = &f->target,
                                    .url = "http://localhost/ok",
                                    .timeout_ms = 300,
                                    .max_bytes = 1000,
                                    .piece = on_piece};
    assert_int_equal(fetch_start(f->fetcher, &request, on_done, f, &f->fetch, &err), -EINVAL);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BED(pieces_come_as_they_are_sent),
        WITH_BED(any_2xx_answer_is_told_before_its_end),
        WITH_BED(other_answers_are_collected),
        WITH_BED(the_time_is_that_until_the_head),
        WITH_BED(a_connect_that_was_late_has_the_rest_of_the_time),
        WITH_BED(an_open_stream_has_no_end_of_its_own),
        WITH_BED(a_cut_stream_is_told_after_its_last_piece),
        WITH_BED(a_piece_may_cancel_its_stream),
        WITH_BED(a_piece_may_start_another),
        WITH_BED(a_piece_may_cancel_others),
        WITH_BED(what_waits_goes_with_a_cancel),
        WITH_BED(streams_do_not_cost_others_their_connections),
        WITH_BED(only_a_get_can_stream),
    };
    return RUN(tests);
}
