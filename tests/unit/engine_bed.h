/*
 * A fake Engine in the test's own process, and the calls to it: what test_engine.c and
 * test_engine_contact.c stand on.
 */
#ifndef DOCKMETER_TESTS_ENGINE_BED_H
#define DOCKMETER_TESTS_ENGINE_BED_H

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

static inline bool asks(struct str head, const char *words) {
    return str_search(str_sub(head, 0, str_find(head, '\r', 0)), str_of(words)) != SIZE_MAX;
}

static inline void serve_ping(struct fixture *f, struct fake_conn *conn, struct str head) {
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

static inline void serve_call(struct fixture *f, struct fake_conn *conn, struct str head) {
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

static inline void serve(void *arg, struct fake_conn *conn, struct str head) {
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

static inline void on_guard(void *arg) {
    (void)arg;
    fail_msg("nothing happened for 10 s");
}

static inline int setup(void **state) {
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

static inline int teardown(void **state) {
    struct fixture *f = *state;
    engine_free(f->engine);
    fetcher_free(f->fetcher);
    fake_stop(&f->server);
    timer_free(f->guard);
    loop_free(f->loop);
    engine_facts_release(&f->facts);
    arena_done(&f->arena);
    free(f);
    return 0;
}

static inline void on_watch(void *arg, const struct engine_status *status) {
    struct fixture *f = arg;
    f->changes++;
    f->seen = *status;
    if (status->up == f->wanted_up) {
        loop_stop(f->loop);
    }
}

static inline void run(struct fixture *f) {
    struct err err = ERR_INIT;
    timer_after_ms(f->guard, 10000);
    assert_int_equal(loop_run(f->loop, &err), 0);
    timer_cancel(f->guard);
}

/* Starts an engine and waits until it is up, or down for the first time. */
static inline void start(struct fixture *f, const char *api_version, bool up) {
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

static inline uint64_t counted(const struct fixture *f, enum endpoint endpoint, unsigned code) {
    for (size_t i = 0; i < TALLY_CODES; i++) {
        if (f->tally.calls[endpoint][i].code == code) {
            return f->tally.calls[endpoint][i].n;
        }
    }
    return 0;
}

static inline void finish(struct fixture *f, const struct err *err) {
    assert_false(f->done);
    f->done = true;
    f->err = *err;
    loop_stop(f->loop);
}

static inline void on_list(void *arg, const struct err *err, const struct container_facts *c,
                           size_t n) {
    struct fixture *f = arg;
    f->n = n;
    if (n) {
        (void)snprintf(f->name, sizeof(f->name), "%.*s", STR_ARG(c[n - 1].name));
    }
    finish(f, err);
}

static inline void on_inspect(void *arg, const struct err *err, const struct container_facts *c) {
    struct fixture *f = arg;
    f->n = c != NULL;
    if (c) {
        (void)snprintf(f->name, sizeof(f->name), "%.*s", STR_ARG(c->name));
    }
    finish(f, err);
}

static inline void on_stats(void *arg, const struct err *err, const struct usage *usage) {
    struct fixture *f = arg;
    f->has_usage = usage != NULL;
    if (usage) {
        f->usage = *usage;
    }
    finish(f, err);
}

static inline void on_facts(void *arg, const struct err *err, const struct engine_facts *facts) {
    struct fixture *f = arg;
    engine_facts_release(&f->facts);
    f->facts = engine_facts_copy(&f->arena, facts);
    finish(f, err);
}

static inline int list(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_list(f->engine, on_list, f), 0);
    assert_false(f->done);
    run(f);
    return f->err.code;
}

static inline int stats(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_stats(f->engine, STR(ID), &f->arena, on_stats, f), 0);
    run(f);
    return f->err.code;
}

static inline int inspect(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_inspect(f->engine, STR(ID), on_inspect, f), 0);
    run(f);
    return f->err.code;
}

static inline int facts(struct fixture *f) {
    f->done = false;
    assert_int_equal(engine_facts(f->engine, on_facts, f), 0);
    run(f);
    return f->err.code;
}

static inline void stop(void *arg) {
    loop_stop(arg);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
