/* The event stream of a fake Engine: what arrives, what is lost, and how it ends. */
#include "engine_bed.h"

#include "engine/events.h"

#define OPEN "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define START "{\"Type\":\"container\",\"Action\":\"start\",\"id\":\"" ID "\",\"timeNano\":7}\n"
#define FILTERS                                                                                    \
    "filters=%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22create%22%2C"             \
    "%22destroy%22%2C%22remove%22%2C%22rename%22%2C%22update%22%2C%22start%22%2C%22restart%22%2C"  \
    "%22die%22%2C%22died%22%2C%22cleanup%22%2C%22oom%22%2C%22pause%22%2C%22unpause%22%2C"          \
    "%22health_status%22%5D%7D"

enum moment { NEVER, AT_OPEN, AT_EVENT, AT_LOST, AT_END };

/* What a test sees of one stream. */
struct watch {
    struct fixture *f;
    struct fake_conn *conn; /* the last that asked for events */
    struct events *events;
    unsigned requests;
    char line[1024]; /* of the last request */
    enum moment close_at;
    enum moment free_at; /* the engine */
    unsigned opens, events_seen, lost, ends;
    enum event_action action;
    char id[sizeof(ID)];
    int64_t time_ns;
    struct err err;
    bool settled;
    bool passed; /* the moment at which the test closes or frees */
};

/* Ends the stream or the engine, if that is what the test is about; stops the loop. */
static void pass(struct watch *w, enum moment moment) {
    w->passed |= moment == w->close_at || moment == w->free_at;
    if (w->close_at == moment) {
        events_close(w->events);
    }
    if (w->free_at == moment) {
        engine_free(w->f->engine);
        w->f->engine = NULL;
    }
    loop_stop(w->f->loop);
}

static void on_open(void *arg) {
    struct watch *w = arg;
    w->opens++;
    pass(w, AT_OPEN);
}

static void on_event(void *arg, const struct container_event *event) {
    struct watch *w = arg;
    w->events_seen++;
    w->action = event->action;
    w->time_ns = event->time_ns;
    pass(w, AT_EVENT);
    (void)snprintf(w->id, sizeof(w->id), "%.*s", STR_ARG(event->id));
}

static void on_lost(void *arg, const struct err *err) {
    struct watch *w = arg;
    w->lost++;
    w->err = *err;
    pass(w, AT_LOST);
}

static void on_end(void *arg, const struct err *err) {
    struct watch *w = arg;
    w->ends++;
    w->err = *err;
    pass(w, AT_END);
}

static void serve_events(void *arg, struct fake_conn *conn, struct str head) {
    struct watch *w = arg;
    struct fixture *f = w->f;
    if (!asks(head, "/events?")) {
        serve(f, conn, head);
        return;
    }
    w->requests++;
    (void)snprintf(w->line, sizeof(w->line), "%.*s",
                   STR_ARG(str_sub(head, 0, str_find(head, '\r', 0))));
    w->conn = conn;
    if (f->refuse || f->forbidden || f->status) {
        serve_call(f, conn, head);
    } else if (!f->hang) {
        fake_send(conn, OPEN);
    }
}

/* An engine that is up, with a server that knows of events. */
static void begin(struct watch *w, struct fixture *f) {
    *w = (struct watch){.f = f};
    f->server.handler = serve_events;
    f->server.arg = w;
    start(f, "", true);
}

static void open_events(struct watch *w, int64_t since_ns) {
    struct events_setup setup = {.since_ns = since_ns,
                                 .on_open = on_open,
                                 .on_event = on_event,
                                 .on_lost = on_lost,
                                 .on_end = on_end,
                                 .arg = w};
    assert_int_equal(events_open(w->f->engine, &setup, &w->events), 0);
    assert_int_equal(w->opens + w->ends, 0);
    run(w->f);
}

static void send_chunk(struct watch *w, struct str body) {
    struct evbuffer *out = bufferevent_get_output(w->conn->bev);
    (void)evbuffer_add_printf(out, "%zx\r\n", body.len);
    (void)evbuffer_add(out, body.ptr, body.len);
    (void)evbuffer_add(out, "\r\n", 2);
}

static void on_settled(void *arg) {
    struct watch *w = arg;
    w->settled = true;
    loop_stop(w->f->loop);
}

/* Lets the loop run for a while, whatever arrives. */
static void settle(struct watch *w, int64_t ms) {
    struct timer *later = timer_new(w->f->loop, on_settled, w);
    w->settled = false;
    timer_after_ms(later, ms);
    while (!w->settled) {
        run(w->f);
    }
    timer_free(later);
}

static void await_events(struct watch *w, unsigned n) {
    while (w->events_seen < n) {
        run(w->f);
    }
    assert_int_equal(w->events_seen, n);
}

static void events_arrive_once_it_is_open(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, 0);
    assert_int_equal(w.opens, 1);
    assert_string_equal(w.line, "GET /v1.41/events?" FILTERS " HTTP/1.1");
    send_chunk(&w, STR(START));
    run(w.f);
    assert_int_equal(w.events_seen, 1);
    assert_int_equal(w.action, EVENT_START);
    assert_string_equal(w.id, ID);
    assert_true(w.time_ns == 7);
    send_chunk(&w, STR("{\"Type\":\"container\",\"Action\":\"kill\",\"id\":\"x\"}\n\r\n" START));
    settle(&w, 700); /* past the engine's timeout */
    await_events(&w, 2);
    assert_int_equal(w.events_seen, 2);
    assert_int_equal(w.ends + w.lost, 0);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, 200), 0);
    send_chunk(&w, STR(""));
    run(w.f);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.err.code, 0);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, 200), 1);
    assert_int_equal(w.opens, 1);
}

static void past_events_are_asked_for_a_little_earlier(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, INT64_C(1795225488379394035));
    assert_string_equal(w.line,
                        "GET /v1.41/events?since=1795225488.379393035&" FILTERS " HTTP/1.1");
    events_close(w.events);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, 200), 1);
    events_close(NULL);
}

static void a_proxys_refusal_names_its_flag(void **state) {
    struct watch w;
    begin(&w, *state);
    w.f->forbidden = true;
    open_events(&w, 0);
    assert_int_equal(w.opens, 0);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.err.code, -EACCES);
    assert_non_null(strstr(w.err.text, "EVENTS=1"));
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, 403), 1);
}

static void errors_and_silence_are_told(void **state) {
    struct watch w;
    begin(&w, *state);
    w.f->status = "500 Internal Server Error";
    w.f->body = STR("{\"message\":\"boom\"}");
    open_events(&w, 0);
    assert_int_equal(w.err.code, -EIO);
    assert_string_equal(w.err.text, "answered with status 500: boom");
    w.ends = 0;
    w.f->status = "204 No Content";
    w.f->body = STR("");
    open_events(&w, 0);
    assert_int_equal(w.err.code, -EIO);
    assert_int_equal(w.opens, 0);
    w.ends = 0;
    w.f->status = NULL;
    w.f->hang = true;
    open_events(&w, 0);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.err.code, -ETIMEDOUT);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, CALL_TIMEOUT), 1);
}

static void a_refused_version_is_negotiated(void **state) {
    struct watch w;
    begin(&w, *state);
    w.f->refuse = "/v1.41/";
    w.f->because =
        "{\"message\":\"client version 1.41 is too new. Maximum supported API version is "
        "1.40\"}";
    w.f->forbidden = true; /* what the second one gets */
    open_events(&w, 0);
    assert_int_equal(w.requests, 2);
    assert_non_null(strstr(w.line, "GET /v1.40/events?"));
    assert_int_equal(w.ends, 1);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, 400), 1);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, 403), 1);
}

static void recorded_streams_pass_however_they_are_cut(void **state) {
    struct watch w;
    begin(&w, *state);
    CLEANUP_BUF struct buf recorded = test_data("engine-1.41", "events.ndjson");
    open_events(&w, 0);
    for (size_t at = 0; at < recorded.len; at += 97) {
        size_t left = recorded.len - at;
        send_chunk(&w, str_sub(buf_view(&recorded), at, left < 97 ? left : 97));
    }
    await_events(&w, 16);
    assert_int_equal(w.lost, 0);
}

static void a_cut_inside_a_character_loses_no_more_than_the_line(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, 0);
    send_chunk(&w, STR(START "{\"Type\":\"container\",\"Action\":\"create\",\"from\":\"gr\xC3"));
    run(w.f);
    assert_int_equal(w.events_seen, 1);
    fake_drop(w.conn);
    run(w.f);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.events_seen, 1);
    assert_int_equal(w.err.code, -ECONNRESET);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, CALL_CUT), 1);
}

static void what_is_no_event_is_lost_and_counted(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, 0);
    send_chunk(&w, STR("<html>\n{}\n" START));
    await_events(&w, 1);
    assert_int_equal(w.lost, 2);
    assert_int_equal(w.err.code, -EPROTO);
    assert_int_equal(w.events_seen, 1);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, CALL_MALFORMED), 2);
}

/* 10 MB without an end of line. */
static void send_ten_megabytes(struct watch *w) {
    struct buf large = BUF_INIT;
    buf_text(&large, "{\"Type\":\"");
    memset(buf_reserve(&large, 100000), 'x', 100000);
    large.len += 100000;
    for (int i = 0; i < 100; i++) {
        send_chunk(w, buf_view(&large));
    }
    buf_done(&large);
}

static void a_large_event_is_lost_alone(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, 0);
    send_ten_megabytes(&w);
    send_chunk(&w, STR("\"}\n" START));
    run(w.f);
    assert_int_equal(w.lost, 1);
    assert_int_equal(w.err.code, -EFBIG);
    await_events(&w, 1);
    assert_int_equal(w.lost, 1);
    assert_int_equal(counted(w.f, ENDPOINT_EVENTS, CALL_TOO_LARGE), 1);
}

static void a_line_that_never_ends_is_told_at_once(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, 0);
    send_ten_megabytes(&w);
    run(w.f);
    assert_int_equal(w.lost, 1);
    send_ten_megabytes(&w);
    settle(&w, 300);
    assert_int_equal(w.lost, 1);
    assert_int_equal(w.events_seen + w.ends, 0);
}

/* Lets all callbacks up to this moment's come, and those that must not. */
static void run_past(struct watch *w, enum moment at) {
    open_events(w, 0);
    if (at != AT_OPEN) {
        send_chunk(w, STR("garbage\n" START START));
        fake_close(w->conn);
    }
    while (!w->passed) {
        run(w->f);
    }
    settle(w, 50);
    assert_int_equal(w->events_seen, at == AT_END ? 2 : at == AT_EVENT);
    assert_int_equal(w->ends, at == AT_END);
}

static void any_callback_may_close(void **state) {
    for (enum moment at = AT_OPEN; at <= AT_END; at++) {
        struct watch w;
        begin(&w, *state);
        w.close_at = at;
        run_past(&w, at);
        assert_int_equal(w.opens, 1);
        assert_int_equal(w.lost, at >= AT_EVENT);
        if (at == AT_EVENT) {
            assert_string_equal(w.id, ID); /* the event outlived the close */
        }
        engine_free(w.f->engine);
        w.f->engine = NULL;
    }
}

static void any_callback_may_free_the_engine(void **state) {
    for (enum moment at = AT_OPEN; at <= AT_END; at++) {
        struct watch w;
        begin(&w, *state);
        w.free_at = at;
        run_past(&w, at);
        assert_null(w.f->engine);
    }
}

static void the_engines_end_is_silent(void **state) {
    struct watch w;
    begin(&w, *state);
    open_events(&w, 0);
    struct events *second = NULL;
    struct events_setup setup = {.on_open = on_open, .on_end = on_end, .arg = &w};
    assert_int_equal(events_open(w.f->engine, &setup, &second), 0); /* not open yet */
    send_chunk(&w, STR(START));
    engine_free(w.f->engine);
    w.f->engine = NULL;
    settle(&w, 50);
    assert_int_equal(w.opens, 1);
    assert_int_equal(w.events_seen + w.ends, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BED(events_arrive_once_it_is_open),
        WITH_BED(past_events_are_asked_for_a_little_earlier),
        WITH_BED(a_proxys_refusal_names_its_flag),
        WITH_BED(errors_and_silence_are_told),
        WITH_BED(a_refused_version_is_negotiated),
        WITH_BED(recorded_streams_pass_however_they_are_cut),
        WITH_BED(a_cut_inside_a_character_loses_no_more_than_the_line),
        WITH_BED(what_is_no_event_is_lost_and_counted),
        WITH_BED(a_large_event_is_lost_alone),
        WITH_BED(a_line_that_never_ends_is_told_at_once),
        WITH_BED(any_callback_may_close),
        WITH_BED(any_callback_may_free_the_engine),
        WITH_BED(the_engines_end_is_silent),
    };
    return RUN(tests);
}
