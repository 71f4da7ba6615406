#include "unit.h"

#include <stdlib.h>

#include "http/head.h"

#define HOST "Host: a\r\n"

/* A heap copy of exactly the bytes, so that a sanitizer sees a read beyond them. */
static enum head_progress parse(struct head *h, struct str bytes) {
    static char *kept;
    free(kept);
    kept = malloc(bytes.len ? bytes.len : 1);
    memcpy(kept, bytes.ptr, bytes.len);
    head_start(h);
    return head_parse(h, (struct str){.ptr = kept, .len = bytes.len});
}

static void reads_a_whole_head(void **state) {
    (void)state;
    struct head h;
    struct str text = STR("GET /metrics?collect[]=a&b HTTP/1.1\r\nHost: a:9200\r\nX-Empty:\r\n"
                          "Accept: \t text/plain ; q=1 \t\r\n\r\nGET /next");
    assert_int_equal(parse(&h, text), HEAD_READY);
    assert_int_equal(h.method, HEAD_METHOD_GET);
    assert_int_equal(h.minor, 1);
    assert_str(head_view(&h, h.path), "/metrics");
    assert_str(head_view(&h, h.query), "collect[]=a&b");
    assert_int_equal(h.n_fields, 3);
    assert_str(head_value(&h, STR("host")), "a:9200");
    assert_str(head_value(&h, STR("ACCEPT")), "text/plain ; q=1");
    assert_int_equal(head_value(&h, STR("x-empty")).len, 0);
    assert_non_null(head_value(&h, STR("x-empty")).ptr);
    assert_null(head_value(&h, STR("absent")).ptr);
    assert_true(h.keep_alive);
    assert_int_equal(h.len, text.len - 9);
}

static void comes_byte_by_byte(void **state) {
    (void)state;
    struct head h;
    struct str text = STR("\r\nHEAD / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n");
    head_start(&h);
    for (size_t n = 1; n < text.len; n++) {
        assert_int_equal(head_parse(&h, str_sub(text, 0, n)), HEAD_MORE);
    }
    char *moved = malloc(text.len);
    memcpy(moved, text.ptr, text.len);
    assert_int_equal(head_parse(&h, (struct str){.ptr = moved, .len = text.len}), HEAD_READY);
    assert_int_equal(h.method, HEAD_METHOD_HEAD);
    assert_true(h.keep_alive);
    assert_str(head_view(&h, h.path), "/");
    head_move(&h, text.ptr);
    free(moved);
    assert_str(head_value(&h, STR("Connection")), "x, Keep-Alive");
}

static void refuses_at_the_first_wrong_byte(void **state) {
    (void)state;
    static const struct {
        int status;
        const char *bytes; /* all but the last byte are fine */
    } rows[] = {
        {400, "\x16"}, /* TLS on a plain port */
        {400, "\r\r"},
        {400, "\r\n\r"}, /* a second empty line */
        {400, "\n"},
        {400, " "},
        {400, "GET\t"},
        {400, "GET  "},
        {400, "GET / HTTP/1.1\n"},
        {400, "GET / HTTP/1.1 "},
        {400, "GET / h"},
        {400, "GET /\r"},
        {400, "GET /\x01"},
        {400, "GET /\xC3"},
        {400, "GET /#"},
        {400, "GET metrics "},
        {400, "GET * "},
        {400, "GET http:// "},
        {400, "GET ftp://a/ "},
        {400, "GET http://user@a/ "},
        {400, "GET / HTTP/1.1\r\r"},
        {400, "GET / HTTP/1.1\r\n "}, /* folded */
        {400, "GET / HTTP/1.1\r\n:"},
        {400, "GET / HTTP/1.1\r\nHost "}, /* a space before ':' */
        {400, "GET / HTTP/1.1\r\nHost\r"},
        {400, "GET / HTTP/1.1\r\nHost: a\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\x01"},
        {400, "GET / HTTP/1.1\r\nHost: a\x7F"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\r"},
        {400, "GET / HTTP/1.1\r\n" HOST "\r\r"},
        {400, "GET / HTTP/1.1\r\n\r\n"}, /* no Host */
        {400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
        {400, "GET / HTTP/1.0\r\n" HOST HOST "\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: +0\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 0, 0\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"},
        {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"},
        {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {400, "HEAD / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
        {505, "PRI * HTTP/2.0\r"},
        {505, "GET / HTTP/1.2\r"},
        {505, "GET / HTTP/0.9\r"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct head h;
        struct str bytes = str_of(rows[i].bytes);
        if (parse(&h, str_sub(bytes, 0, bytes.len - 1)) != HEAD_MORE ||
            head_parse(&h, bytes) != HEAD_BAD || h.status != rows[i].status || !h.reason) {
            fail_msg("row %zu: status %d for %s", i, h.status, rows[i].bytes);
        }
    }
    struct head h;
    assert_int_equal(parse(&h, STR("GET / HTTP/1.1\r\nHost: a\0")), HEAD_BAD);
    assert_int_equal(parse(&h, STR("GET / HTTP/1.1\r\nHo\0")), HEAD_BAD);
    assert_int_equal(parse(&h, STR("GET /\0")), HEAD_BAD);
    assert_int_equal(parse(&h, STR("\0")), HEAD_BAD);
}

static void takes_what_is_unusual_and_good(void **state) {
    (void)state;
    static const char *const rows[] = {
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:9200\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
        "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n" HOST "X: caf\xC3\xA9\tb\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct head h;
        if (parse(&h, str_of(rows[i])) != HEAD_READY) {
            fail_msg("row %zu: %d %s", i, h.status, h.reason);
        }
    }
}

static void splits_absolute_targets(void **state) {
    (void)state;
    static const char *const rows[][3] = {
        {"http://a/metrics?x=1", "/metrics", "x=1"},
        {"HTTPS://a:1/", "/", ""},
        {"http://a", "", ""},
        {"http://a?x@/", "", "x@/"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[128];
        struct head h;
        (void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST "\r\n", rows[i][0]);
        assert_int_equal(parse(&h, str_of(text)), HEAD_READY);
        assert_str(head_view(&h, h.path), rows[i][1]);
        assert_str(head_view(&h, h.query), rows[i][2]);
    }
}

/* prefix, n times c, suffix. */
static enum head_progress parse_long(struct head *h, const char *prefix, size_t n,
                                     const char *suffix) {
    size_t before = strlen(prefix);
    size_t after = strlen(suffix);
    char *text = malloc(before + n + after);
    memcpy(text, prefix, before);
    memset(text + before, 'a', n);
    memcpy(text + before + n, suffix, after);
    enum head_progress got = parse(h, (struct str){.ptr = text, .len = before + n + after});
    free(text);
    return got;
}

static void limits_hold(void **state) {
    (void)state;
    struct head h;
    const char *tail = " HTTP/1.1\r\n" HOST "\r\n";
    assert_int_equal(parse_long(&h, "GET /", HEAD_MAX_TARGET - 1, tail), HEAD_READY);
    assert_int_equal(parse_long(&h, "GET /", HEAD_MAX_TARGET, tail), HEAD_BAD);
    assert_int_equal(h.status, 414);
    const char *line = "GET / HTTP/1.1\r\n" HOST "X: ";
    size_t room = HEAD_MAX_BYTES - strlen(line) - 4;
    assert_int_equal(parse_long(&h, line, room, "\r\n\r\n"), HEAD_READY);
    assert_int_equal(parse_long(&h, line, room + 1, "\r\n\r\n"), HEAD_BAD);
    assert_int_equal(h.status, 431);
    assert_int_equal(parse_long(&h, line, 100000, ""), HEAD_BAD);
    assert_int_equal(h.status, 431);
    assert_int_equal(parse_long(&h, "", HEAD_MAX_METHOD, " / HTTP/1.0\r\n\r\n"), HEAD_READY);
    assert_int_equal(parse_long(&h, "", HEAD_MAX_METHOD + 1, ""), HEAD_BAD);
    assert_int_equal(h.status, 400);
}

static void at_most_64_fields(void **state) {
    (void)state;
    for (size_t n = HEAD_MAX_FIELDS; n <= HEAD_MAX_FIELDS + 1; n++) {
        char text[1024] = "GET / HTTP/1.0\r\n";
        size_t len = strlen(text);
        for (size_t i = 0; i < n; i++) {
            memcpy(text + len, "a:b\r\n", 5);
            len += 5;
        }
        memcpy(text + len, "\r\n", 2);
        struct head h;
        bool good = parse(&h, (struct str){.ptr = text, .len = len + 2}) == HEAD_READY;
        assert_int_equal(good, n == HEAD_MAX_FIELDS);
        assert_int_equal(h.status, good ? 0 : 431);
    }
}

static void knows_who_stays(void **state) {
    (void)state;
    static const struct {
        const char *head;
        bool keep_alive;
    } rows[] = {
        {"GET / HTTP/1.1\r\n" HOST "\r\n", true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: CLOSE\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: te ,close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: te\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct head h;
        assert_int_equal(parse(&h, str_of(rows[i].head)), HEAD_READY);
        assert_int_equal(h.keep_alive, rows[i].keep_alive);
    }
}

static void sees_bodies(void **state) {
    (void)state;
    struct head h;
    assert_int_equal(parse(&h, STR("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n")), HEAD_READY);
    assert_true(h.has_body);
    assert_int_equal(h.method, HEAD_METHOD_OTHER);
    assert_int_equal(parse(&h, STR("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")),
                     HEAD_READY);
    assert_true(h.has_body);
    assert_int_equal(parse(&h, STR("get / HTTP/1.0\r\n\r\n")), HEAD_READY);
    assert_int_equal(h.method, HEAD_METHOD_OTHER);
    assert_false(h.has_body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_whole_head),
        cmocka_unit_test(comes_byte_by_byte),
        cmocka_unit_test(refuses_at_the_first_wrong_byte),
        cmocka_unit_test(takes_what_is_unusual_and_good),
        cmocka_unit_test(splits_absolute_targets),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(at_most_64_fields),
        cmocka_unit_test(knows_who_stays),
        cmocka_unit_test(sees_bodies),
    };
    return RUN(tests);
}
