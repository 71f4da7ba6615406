#include "unit.h"

#include <zlib.h>

#include "http/compress.h"
#include "http_bed.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static const char *text_of(struct peer *p) {
    return buf_cstr(&p->got);
}

static void answers_and_stays(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    for (int i = 0; i < 3; i++) {
        peer_ask(&bed, &p, GET("/?x=1"));
        assert_true(peer_sees(&bed, &p, "\r\n\r\nhello x=1\n"));
        assert_int_equal(strncmp(text_of(&p), "HTTP/1.1 200 OK\r\nDate: ", 23), 0);
        assert_non_null(strstr(text_of(&p), " GMT\r\n"));
        assert_non_null(strstr(text_of(&p), "Content-Type: text/plain; charset=utf-8\r\n"));
        assert_non_null(strstr(text_of(&p), "Content-Length: 10\r\n"));
        assert_non_null(strstr(text_of(&p), "X-Content-Type-Options: nosniff\r\n"));
        assert_null(strstr(text_of(&p), "Connection"));
        assert_null(strstr(text_of(&p), "Server"));
        assert_null(strstr(text_of(&p), "Vary"));
        peer_forget(&p);
    }
    assert_int_equal(http_server_counts(bed.server)->requests, 3);
    peer_close(&p);
    bed_close(&bed);
}

/* One request on a connection of its own: the reply has `want`, and the server ends the connection
 * or not. */
struct row {
    const char *request;
    const char *want;
    bool ends;
};

static void check_rows(struct bed *bed, const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct peer p = peer_open(bed, 0);
        peer_ask(bed, &p, rows[i].request);
        bool seen = peer_sees(bed, &p, rows[i].want);
        bool said = seen && peer_sees(bed, &p, "\r\n\r\n") &&
                    strstr(text_of(&p), "Connection: close\r\n") != NULL;
        bool ended = rows[i].ends && peer_sees(bed, &p, NULL);
        if (!seen || ended != rows[i].ends || said != rows[i].ends) {
            fail_msg("row %zu: %s -> %s", i, rows[i].request, text_of(&p));
        }
        peer_close(&p);
    }
}

#define CHECK_ROWS(bed, rows) check_rows((bed), (rows), sizeof(rows) / sizeof((rows)[0]))

static void turns_bad_requests_away(void **state) {
    (void)state;
    static const struct row rows[] = {
        {GET("/nothing"), "404 Not Found\r\n", false},
        {GET("/nothing"), "Not found. There is: / /page /big /wait /health\n", false},
        {GET("//"), "404 Not Found\r\n", false},
        {"POST / HTTP/1.1\r\n" HOST "\r\n", "405 Method Not Allowed\r\n", false},
        {"BREW / HTTP/1.1\r\n" HOST "\r\n", "\r\nAllow: GET, HEAD\r\n", false},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "405 Method", true},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "405 Method", false},
        {"GET / HTTP/1.1\n", "400 Bad Request\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "400 Bad Request\r\n", true},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", "400 Bad",
         true},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "400 Bad", true},
        {"\x16\x03\x01", "400 Bad", true},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported\r\n", true},
        {"GET http://other/?y HTTP/1.1\r\n" HOST "\r\n", "hello y\n", false},
        {"GET / HTTP/1.0\r\n\r\n", "hello \n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "hello \n", true},
    };
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    CHECK_ROWS(&bed, rows);
    assert_int_equal(http_server_counts(bed.server)->rejected_heads, 6);
    bed_close(&bed);
}

static void prefix_is_above_all_paths(void **state) {
    (void)state;
    static const struct row rows[] = {
        {GET("/dock/?1"), "hello 1\n", false},
        {GET("/dock?2"), "hello 2\n", false},
        {GET("/dock/health"), "hello \n", false},
        {GET("/health"), "404 Not Found\r\n", false},
        {GET("/"), "There is: /dock/ /dock/page", false},
        {GET("/dockhealth"), "404 Not Found\r\n", false},
    };
    struct bed bed;
    struct http_settings s = bed_settings();
    s.route_prefix = "/dock";
    bed_open(&bed, &s, "127.0.0.1:0");
    CHECK_ROWS(&bed, rows);
    struct err err = ERR_INIT;
    assert_int_equal(http_server_route(bed.server, "/page", bed_page, NULL, &err), -EEXIST);
    bed_close(&bed);
}

static void the_rest_answers_what_has_no_route(void **state) {
    (void)state;
    static const struct row rows[] = {
        {GET("/dock/nothing"), "\r\n\r\nline_0 0\n", false},
        {GET("/dock//"), "\r\n\r\nline_0 0\n", false},
        {GET("/dock/health"), "hello \n", false},
        {GET("/nothing"), "404 Not Found\r\n", false},
        {GET("/docknothing"), "404 Not Found\r\n", false},
        {"POST /dock/nothing HTTP/1.1\r\n" HOST "\r\n", "405 Method", false},
    };
    struct bed bed;
    struct http_settings s = bed_settings();
    s.route_prefix = "/dock";
    bed_open(&bed, &s, "127.0.0.1:0");
    http_server_route_rest(bed.server, bed_page, NULL);
    CHECK_ROWS(&bed, rows);
    bed_close(&bed);
}

/* 100 kB of head: the answer arrives although the server does not read to the end of it. */
static void long_heads_get_431(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    struct buf head = BUF_INIT;
    buf_text(&head, "GET / HTTP/1.1\r\n" HOST "X: ");
    for (size_t i = 0; i < 100000; i++) {
        buf_byte(&head, 'x');
    }
    peer_send(&bed, &p, buf_view(&head));
    assert_true(peer_sees(&bed, &p, "431 Request Header Fields Too Large\r\n"));
    assert_true(peer_sees(&bed, &p, NULL));
    assert_false(p.reset);
    peer_close(&p);
    p = peer_open(&bed, 0);
    buf_reset(&head);
    buf_fmt(&head, "GET /%08500d HTTP/1.1\r\n", 0);
    peer_send(&bed, &p, buf_view(&head));
    assert_true(peer_sees(&bed, &p, "414 URI Too Long\r\n"));
    buf_done(&head);
    peer_close(&p);
    bed_close(&bed);
}

static void bytes_one_at_a_time(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    struct str request = STR(GET("/?slow"));
    for (size_t i = 0; i < request.len; i++) {
        peer_send(&bed, &p, str_sub(request, i, 1));
        bed_turn_ms(&bed, 1);
        assert_int_equal(http_server_counts(bed.server)->requests, i == request.len - 1);
    }
    assert_true(peer_sees(&bed, &p, "hello slow\n"));
    peer_close(&p);
    bed_close(&bed);
}

static void pipelined_requests_keep_their_order(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/?1") GET("/wait") GET("/?2") "HEAD / HTTP/1.1\r\n" HOST "\r\n");
    assert_true(peer_sees(&bed, &p, "hello 1\n"));
    bed_turn_ms(&bed, 20);
    assert_int_equal(bed.n_waiting, 1);
    assert_int_equal(http_server_counts(bed.server)->requests, 2);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &p, "hello 2\n"));
    const char *late = strstr(text_of(&p), "late\n");
    assert_true(late && late < strstr(text_of(&p), "hello 2\n"));
    assert_true(peer_sees(&bed, &p, "Content-Length: 7\r\n\r\n"));
    peer_ask(&bed, &p, GET("/?3"));
    assert_true(peer_sees(&bed, &p, "hello 3\n"));
    peer_close(&p);
    bed_close(&bed);
}

/* A flood of requests behind one that waits stays in the kernel, and all are answered at last. */
static void pipelining_is_bounded(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    for (int i = 0; i < 4000; i++) {
        peer_ask(&bed, &p, GET("/?x"));
    }
    peer_ask(&bed, &p, GET("/?end"));
    bed_turn_ms(&bed, 20);
    assert_int_equal(http_server_counts(bed.server)->requests, 1);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &p, "hello end\n"));
    assert_int_equal(http_server_counts(bed.server)->requests, 4002);
    peer_close(&p);
    bed_close(&bed);
}

#define FLOOD_BYTES (64U << 20)

/* Whoever sends without end behind a request that waits is stopped, not stored. */
static void floods_are_not_stored(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    static const char junk[65536];
    size_t sent = 0;
    for (int quiet = 0; quiet < 20 && sent < FLOOD_BYTES;) {
        ssize_t n = send(p.fd, junk, sizeof(junk), MSG_NOSIGNAL);
        quiet = n > 0 ? 0 : quiet + 1;
        sent += n > 0 ? (size_t)n : 0;
        bed_turn_ms(&bed, n > 0 ? 0 : 1);
        bed_turn(&bed);
    }
    assert_true(sent < FLOOD_BYTES);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &p, "400 Bad Request\r\n"));
    peer_close(&p);
    bed_close(&bed);
}

static void head_is_get_without_body(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, "HEAD /page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
    assert_true(peer_sees(&bed, &p, "\r\n\r\n"));
    char *head = strdup(text_of(&p));
    peer_forget(&p);
    peer_ask(&bed, &p, "GET /page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n");
    assert_true(peer_sees(&bed, &p, "\r\n\r\n"));
    assert_memory_equal(strstr(head, "\r\nContent-Type"), strstr(text_of(&p), "\r\nContent-Type"),
                        strlen(strstr(head, "\r\nContent-Type")));
    free(head);
    peer_close(&p);
    bed_close(&bed);
}

/* Reads a whole reply by its Content-Length; returns the body. */
static struct str whole_reply(struct bed *bed, struct peer *p) {
    assert_true(peer_sees(bed, p, "\r\n\r\n"));
    const char *length = strstr(text_of(p), "Content-Length: ");
    assert_non_null(length);
    size_t want = strtoul(length + 16, NULL, 10);
    size_t from = str_search(buf_view(&p->got), STR("\r\n\r\n")) + 4;
    while (p->got.len < from + want && !p->ended) {
        bed_turn(bed);
        (void)peer_take(p, 65536);
    }
    return str_sub(buf_view(&p->got), from, want);
}

/* What zlib makes of a gzip member, which must be whole. */
static void assert_unzips_to(struct str zipped, struct str expected) {
    char *back = malloc(expected.len + 1);
    assert_non_null(back);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)zipped.ptr,
                  .avail_in = (uInt)zipped.len,
                  .next_out = (Bytef *)back,
                  .avail_out = (uInt)expected.len + 1};
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, expected.len);
    assert_memory_equal(back, expected.ptr, expected.len);
    (void)inflateEnd(&z);
    free(back);
}

/* On both sides of the size from which a body is streamed. */
static void gzip_takes_any_size(void **state) {
    (void)state;
    static const size_t sizes[] = {1, COMPRESS_WHOLE_MAX_BYTES, COMPRESS_WHOLE_MAX_BYTES + 1,
                                   3 * COMPRESS_WHOLE_MAX_BYTES};
    struct compressor *c = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(compressor_new(&c, &err), 0);
    struct buf plain = BUF_INIT;
    bed_fill(&plain, sizes[3]);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf zipped = BUF_INIT;
        struct str in = str_sub(buf_view(&plain), 0, sizes[i]);
        assert_int_equal(compressor_gzip(c, in, &zipped), 0);
        assert_unzips_to(buf_view(&zipped), in);
        buf_reset(&zipped);
        zipped.max = zipped.len + 10;
        assert_int_equal(compressor_gzip(c, in, &zipped), -ENOMEM);
        buf_done(&zipped);
    }
    buf_done(&plain);
    compressor_free(c);
}

static void gzip_goes_there_and_back(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/page"));
    struct str plain = whole_reply(&bed, &p);
    struct buf expected = BUF_INIT;
    bed_fill(&expected, BED_PAGE_BYTES);
    assert_true(str_eq(plain, buf_view(&expected)));
    assert_null(strstr(text_of(&p), "Content-Encoding"));
    assert_non_null(strstr(text_of(&p), "Vary: Accept, Accept-Encoding\r\n"));
    peer_forget(&p);
    peer_ask(&bed, &p, "GET /page HTTP/1.1\r\n" HOST "Accept-Encoding: br, gzip;q=0.5\r\n\r\n");
    struct str zipped = whole_reply(&bed, &p);
    assert_non_null(strstr(text_of(&p), "Content-Encoding: gzip\r\n"));
    assert_true(zipped.len < expected.len / 2);
    assert_unzips_to(zipped, buf_view(&expected));
    buf_done(&expected);
    peer_close(&p);
    bed_close(&bed);
}

static void half_closed_peers_are_answered(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    (void)shutdown(p.fd, SHUT_WR);
    bed_turn_ms(&bed, 20);
    assert_int_equal(bed.n_waiting, 1);
    assert_int_equal(bed.abandoned, 0);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &p, "late\n"));
    assert_true(peer_sees(&bed, &p, NULL));
    peer_close(&p);
    p = peer_open(&bed, 0);
    peer_ask(&bed, &p, "GET / HTTP/1.1\r\nHo");
    (void)shutdown(p.fd, SHUT_WR);
    assert_true(peer_sees(&bed, &p, "400 Bad Request\r\n"));
    assert_true(peer_sees(&bed, &p, NULL));
    peer_close(&p);
    bed_close(&bed);
}

static void those_who_go_are_abandoned(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    bed_turn_ms(&bed, 10);
    assert_int_equal(bed.n_waiting, 1);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    peer_close(&p);
    bed_turn_ms(&bed, 20);
    assert_int_equal(bed.abandoned, 1);
    p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/wait"));
    bed_turn_ms(&bed, 10);
    assert_int_equal(bed.n_waiting, 2);
    bed_close(&bed);
    assert_int_equal(bed.abandoned, 2);
    peer_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_and_stays),
        cmocka_unit_test(turns_bad_requests_away),
        cmocka_unit_test(prefix_is_above_all_paths),
        cmocka_unit_test(the_rest_answers_what_has_no_route),
        cmocka_unit_test(long_heads_get_431),
        cmocka_unit_test(bytes_one_at_a_time),
        cmocka_unit_test(pipelined_requests_keep_their_order),
        cmocka_unit_test(pipelining_is_bounded),
        cmocka_unit_test(floods_are_not_stored),
        cmocka_unit_test(head_is_get_without_body),
        cmocka_unit_test(gzip_takes_any_size),
        cmocka_unit_test(gzip_goes_there_and_back),
        cmocka_unit_test(half_closed_peers_are_answered),
        cmocka_unit_test(those_who_go_are_abandoned),
    };
    return RUN(tests);
}
