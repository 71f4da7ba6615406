#include "unit.h"

#include <netinet/in.h>
#include <sys/resource.h>

#include "http/admission.h"
#include "http_bed.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static void dripping_heads_get_408(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.head_timeout_ms = 200;
    bed_open(&bed, &s, "127.0.0.1:0");
    int64_t start = bed_now_ms();
    struct peer p = peer_open(&bed, 0);
    struct str request = STR(GET("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    for (size_t i = 0; i < request.len && !p.ended; i++) {
        peer_send(&bed, &p, str_sub(request, i, 1));
        bed_turn_ms(&bed, 10);
        (void)peer_take(&p, 4096);
    }
    assert_true(p.ended || peer_sees(&bed, &p, NULL));
    assert_true(bed_now_ms() - start >= 195 && bed_now_ms() - start < 450);
    assert_int_equal(strncmp(buf_cstr(&p.got), "HTTP/1.1 408 Request Timeout\r\n", 30), 0);
    assert_int_equal(http_server_counts(bed.server)->requests, 0);
    peer_close(&p);
    bed_close(&bed);
}

static void silent_peers_are_closed_silently(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.head_timeout_ms = 100;
    s.idle_timeout_ms = 300;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    assert_true(peer_sees(&bed, &p, NULL));
    assert_int_equal(p.got.len, 0);
    peer_close(&p);
    p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/"));
    assert_true(peer_sees(&bed, &p, "hello \n"));
    int64_t start = bed_now_ms();
    peer_forget(&p);
    assert_true(peer_sees(&bed, &p, NULL));
    assert_true(bed_now_ms() - start >= 290);
    assert_int_equal(p.got.len, 0);
    peer_close(&p);
    bed_close(&bed);
}

/* The second request's head has its own time; the handler's time is nobody's. */
static void each_head_has_its_time(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.head_timeout_ms = 150;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    bed_turn_ms(&bed, 300);
    assert_int_equal(bed.n_waiting, 1);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &p, "late\n"));
    bed_turn_ms(&bed, 300);
    peer_ask(&bed, &p, "GET / HTT");
    int64_t start = bed_now_ms();
    assert_true(peer_sees(&bed, &p, "408 Request Timeout\r\n"));
    assert_true(bed_now_ms() - start >= 140);
    peer_close(&p);
    bed_close(&bed);
}

static void readers_that_stop_are_closed(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.write_timeout_ms = 200;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/big"));
    bed_turn_ms(&bed, 600);
    assert_true(peer_sees(&bed, &p, NULL));
    assert_true(p.got.len < BED_BIG_BYTES);
    peer_close(&p);
    p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/big"));
    for (int i = 0; i < 16; i++) {
        bed_turn_ms(&bed, 50);
        for (int k = 0; k < 4; k++) {
            (void)peer_take(&p, 256 << 10);
        }
    }
    int64_t end = bed_now_ms() + BED_PATIENCE_MS;
    while (p.got.len < BED_BIG_BYTES && !p.ended && bed_now_ms() < end) {
        bed_turn(&bed);
        (void)peer_take(&p, 256 << 10);
    }
    assert_true(p.got.len > BED_BIG_BYTES);
    peer_close(&p);
    bed_close(&bed);
}

static void an_address_has_its_share(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.max_connections_per_address = 3;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p[4];
    for (int i = 0; i < 3; i++) {
        p[i] = peer_open(&bed, 0);
    }
    bed_turn_ms(&bed, 5);
    p[3] = peer_open(&bed, 0);
    assert_true(peer_sees(&bed, &p[3], NULL));
    assert_int_equal(p[3].got.len, 0);
    assert_int_equal(http_server_counts(bed.server)->rejected_connections, 1);
    peer_close(&p[3]);
    peer_close(&p[0]);
    bed_turn_ms(&bed, 5);
    p[3] = peer_open(&bed, 0);
    peer_ask(&bed, &p[3], GET("/"));
    assert_true(peer_sees(&bed, &p[3], "hello"));
    for (int i = 1; i < 4; i++) {
        peer_close(&p[i]);
    }
    bed_close(&bed);
}

static struct sockaddr_in6 v6(const char *text) {
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return in6;
}

static struct admission_entry *enter_v6(struct admission *a, const char *text) {
    struct sockaddr_in6 in6 = v6(text);
    return admission_enter(a, (const struct sockaddr *)&in6);
}

static void addresses_are_told_apart(void **state) {
    (void)state;
    struct admission a = {.max = 6, .max_per_address = 1};
    struct sockaddr_in in = {.sin_family = AF_INET};
    in.sin_addr.s_addr = inet_addr("192.0.2.1");
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct admission_entry *e[6];
    e[0] = enter_v6(&a, "2001:db8:1:2::1");
    assert_non_null(e[0]);
    assert_null(enter_v6(&a, "2001:db8:1:2:ffff::9"));
    e[1] = enter_v6(&a, "2001:db8:1:3::1");
    e[2] = admission_enter(&a, (const struct sockaddr *)&in);
    assert_null(enter_v6(&a, "::ffff:192.0.2.1"));
    e[3] = enter_v6(&a, "::ffff:192.0.2.2");
    e[4] = admission_enter(&a, (const struct sockaddr *)&un);
    assert_null(admission_enter(&a, (const struct sockaddr *)&un));
    e[5] = enter_v6(&a, "::1");
    assert_null(enter_v6(&a, "2001:db8:1:4::1"));
    for (int i = 0; i < 6; i++) {
        assert_non_null(e[i]);
        admission_leave(&a, e[i]);
    }
    assert_int_equal(a.n, 0);
    assert_int_equal(a.entries.n, 0);
    admission_done(&a);
}

static void requests_beyond_the_limit_are_503(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.max_requests = 2;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p[3];
    for (int i = 0; i < 3; i++) {
        p[i] = peer_open(&bed, 0);
        peer_ask(&bed, &p[i], GET("/wait"));
        bed_turn_ms(&bed, 5);
    }
    assert_true(peer_sees(&bed, &p[2], "try again later.\n"));
    assert_non_null(strstr(buf_cstr(&p[2].got), "503 Service Unavailable\r\n"));
    assert_non_null(strstr(buf_cstr(&p[2].got), "Retry-After: 1\r\n"));
    assert_non_null(strstr(buf_cstr(&p[2].got),
                           "\r\n\r\nLimit of concurrent requests reached (2), try again later.\n"));
    peer_ask(&bed, &p[2], GET("/health?h"));
    assert_true(peer_sees(&bed, &p[2], "hello h\n"));
    bed_answer(&bed);
    peer_ask(&bed, &p[2], GET("/?now"));
    assert_true(peer_sees(&bed, &p[2], "hello now\n"));
    assert_int_equal(http_server_counts(bed.server)->rejected_busy, 1);
    for (int i = 0; i < 3; i++) {
        peer_close(&p[i]);
    }
    bed_close(&bed);
}

/* A reply that nobody reads lies in memory, so it counts until it is gone. */
static void a_reply_counts_until_it_is_read(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    s.max_requests = 1;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer slow = peer_open(&bed, 0);
    struct peer other = peer_open(&bed, 0);
    peer_ask(&bed, &slow, GET("/big"));
    bed_turn_ms(&bed, 20);
    peer_ask(&bed, &other, GET("/?busy"));
    assert_true(peer_sees(&bed, &other, "try again later.\n"));
    peer_close(&slow);
    bed_turn_ms(&bed, 20);
    peer_ask(&bed, &other, GET("/?now"));
    assert_true(peer_sees(&bed, &other, "hello now\n"));
    peer_close(&other);
    bed_close(&bed);
}

#define CROWD 1000

/* Thousands that say nothing do not slow down the one who asks; those beyond the limit are closed.
 */
static void a_crowd_does_not_disturb(void **state) {
    (void)state;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_max < 4 * CROWD) {
        skip();
    }
    struct bed bed;
    struct http_settings s = bed_settings();
    s.max_connections = CROWD + 1;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer *crowd = calloc(CROWD * 2, sizeof(*crowd));
    assert_non_null(crowd);
    struct peer p = peer_open(&bed, 0);
    bed_turn(&bed);
    for (size_t i = 0; i < (size_t)CROWD * 2; i++) {
        crowd[i] = peer_open(&bed, 0);
        if (i % 100 == 0) {
            bed_turn(&bed);
        }
    }
    bed_turn_ms(&bed, 10);
    assert_int_equal(http_server_counts(bed.server)->rejected_connections, CROWD);
    int64_t start = bed_now_ms();
    for (int i = 0; i < 20; i++) {
        peer_forget(&p);
        peer_ask(&bed, &p, GET("/"));
        assert_true(peer_sees(&bed, &p, "hello"));
    }
    assert_true(bed_now_ms() - start < 500);
    for (size_t i = 0; i < (size_t)CROWD * 2; i++) {
        peer_close(&crowd[i]);
    }
    free(crowd);
    peer_close(&p);
    bed_close(&bed);
}

/* No descriptor is left: who comes is dropped and counted, and it goes on afterwards. */
static void survives_without_descriptors(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p[10];
    for (int i = 0; i < 10; i++) {
        p[i] = peer_open(&bed, 0);
    }
    struct rlimit before;
    struct rlimit none = {0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none.rlim_max = before.rlim_max;
    none.rlim_cur = (rlim_t)p[9].fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bed_turn_ms(&bed, 50);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(http_server_counts(bed.server)->rejected_connections, 10);
    for (int i = 0; i < 10; i++) {
        assert_true(peer_sees(&bed, &p[i], NULL));
        peer_close(&p[i]);
    }
    bed_turn_ms(&bed, 150);
    p[0] = peer_open(&bed, 0);
    peer_ask(&bed, &p[0], GET("/"));
    assert_true(peer_sees(&bed, &p[0], "hello"));
    peer_close(&p[0]);
    bed_close(&bed);
}

static void on_drained(void *arg) {
    struct bed *bed = arg;
    bed->drained++;
    http_server_free(bed->server);
    bed->server = NULL;
}

static void drains(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer idle = peer_open(&bed, 0);
    struct peer busy = peer_open(&bed, 0);
    struct peer reading = peer_open(&bed, 0);
    peer_ask(&bed, &busy, GET("/wait") GET("/?never"));
    peer_ask(&bed, &reading, GET("/big"));
    bed_turn_ms(&bed, 20);
    int64_t start = bed_now_ms();
    http_server_drain(bed.server, 3000, on_drained, &bed);
    assert_null(http_server_url(bed.server, 0));
    assert_true(peer_sees(&bed, &idle, NULL));
    assert_int_equal(bed.drained, 0);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &busy, "late\n"));
    assert_non_null(strstr(buf_cstr(&busy.got), "Connection: close\r\n"));
    assert_true(peer_sees(&bed, &busy, NULL));
    assert_null(strstr(buf_cstr(&busy.got), "never"));
    assert_true(peer_sees(&bed, &reading, NULL));
    assert_true(reading.got.len > BED_BIG_BYTES);
    assert_true(bed_now_ms() - start < 2000);
    peer_close(&busy);
    peer_close(&reading);
    bed_turn_ms(&bed, 50);
    assert_int_equal(bed.drained, 1);
    peer_close(&idle);
    bed_close(&bed);
}

static void draining_ends_with_its_time(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    bed_turn_ms(&bed, 20);
    http_server_drain(bed.server, 100, on_drained, &bed);
    bed_turn_ms(&bed, 50);
    assert_int_equal(bed.drained, 0);
    bed_turn_ms(&bed, 100);
    assert_int_equal(bed.drained, 1);
    assert_int_equal(bed.abandoned, 1);
    peer_close(&p);
    bed_close(&bed);
    bed_open(&bed, &s, "127.0.0.1:0");
    http_server_drain(bed.server, 1000, on_drained, &bed);
    assert_int_equal(bed.drained, 0);
    bed_turn_ms(&bed, 5);
    assert_int_equal(bed.drained, 1);
    bed_close(&bed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dripping_heads_get_408),
        cmocka_unit_test(silent_peers_are_closed_silently),
        cmocka_unit_test(each_head_has_its_time),
        cmocka_unit_test(readers_that_stop_are_closed),
        cmocka_unit_test(an_address_has_its_share),
        cmocka_unit_test(addresses_are_told_apart),
        cmocka_unit_test(requests_beyond_the_limit_are_503),
        cmocka_unit_test(a_reply_counts_until_it_is_read),
        cmocka_unit_test(a_crowd_does_not_disturb),
        cmocka_unit_test(survives_without_descriptors),
        cmocka_unit_test(drains),
        cmocka_unit_test(draining_ends_with_its_time),
    };
    return RUN(tests);
}
