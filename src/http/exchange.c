#include "http/exchange.h"

#include <assert.h>
#include <event2/util.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "http/accept.h"
#include "http/compress.h"
#include "http/connection.h"
#include "http/query.h"

#define DATE_MAX 32

static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {414, "URI Too Long"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

static const char *phrase_of(int status) {
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "Status";
}

void exchange_start(struct http_exchange *x, struct connection *connection) {
    head_start(&x->head);
    x->connection = connection;
    x->bytes = NULL;
    x->waiting = false;
    x->at_work = false;
    x->must_close = false;
    x->on_abandon = NULL;
    x->abandon_arg = NULL;
}

void exchange_wait(struct http_exchange *x, bool must_close) {
    x->waiting = true;
    x->must_close = must_close;
}

void exchange_work(struct http_exchange *x) {
    x->at_work = true;
    connection_home(x->connection)->at_work++;
}

/* No longer owed; the head's views are gone. */
static void settle(struct http_exchange *x) {
    x->waiting = false;
    free(x->bytes);
    x->bytes = NULL;
}

void exchange_written(struct http_exchange *x) {
    if (x->at_work) {
        connection_home(x->connection)->at_work--;
    }
    x->at_work = false;
}

void exchange_abandon(struct http_exchange *x) {
    bool owed = x->waiting;
    settle(x);
    exchange_written(x);
    if (owed && x->on_abandon) {
        x->on_abandon(x->abandon_arg);
    }
}

struct str http_query(const struct http_exchange *x) {
    return head_view(&x->head, x->head.query);
}

struct str http_header(const struct http_exchange *x, const char *name) {
    return head_value(&x->head, str_of(name));
}

bool http_query_value(const struct http_exchange *x, const char *name, size_t i, char *buf,
                      size_t cap, struct str *ret) {
    return query_value(http_query(x), str_of(name), i, (struct query_room){.buf = buf, .cap = cap},
                       ret);
}

void http_on_abandon(struct http_exchange *x, void (*fn)(void *arg), void *arg) {
    x->on_abandon = fn;
    x->abandon_arg = arg;
}

/* Replaces the body by its gzip form when the client takes that and it is worth it. */
static bool zip(struct http_exchange *x, struct buf *body) {
    if (body->len < COMPRESS_MIN_BYTES || !accept_gzip(http_header(x, "Accept-Encoding"))) {
        return false;
    }
    struct buf zipped CLEANUP_BUF = BUF_INIT;
    struct compressor *compressor = connection_home(x->connection)->compressor;
    if (compressor_gzip(compressor, buf_view(body), &zipped) < 0) {
        return false;
    }
    /* The room was for the worst case; what is not used would wait for the client, too. */
    char *smaller = realloc(zipped.data, zipped.len);
    if (smaller) {
        zipped.data = smaller;
        zipped.cap = zipped.len;
    }
    struct buf plain = *body;
    *body = zipped;
    zipped = plain;
    return true;
}

static void write_date(struct buf *out) {
    time_t now = time(NULL);
    struct tm tm;
    char date[DATE_MAX];
    if (gmtime_r(&now, &tm) && evutil_date_rfc1123(date, sizeof(date), &tm) > 0) {
        buf_fmt(out, "Date: %s\r\n", date);
    }
}

void http_reply(struct http_exchange *x, int status, const char *content_type, const char *headers,
                struct buf *body, bool compress) {
    assert(x->waiting);
    bool zipped = compress && zip(x, body);
    bool keep = x->head.keep_alive && !x->must_close && !connection_home(x->connection)->draining;
    struct buf head CLEANUP_BUF = BUF_INIT;
    buf_fmt(&head, "HTTP/1.1 %d %s\r\n", status, phrase_of(status));
    write_date(&head);
    if (content_type) {
        buf_fmt(&head, "Content-Type: %s\r\nX-Content-Type-Options: nosniff\r\n", content_type);
    }
    if (compress) {
        buf_text(&head, "Vary: Accept, Accept-Encoding\r\n");
    }
    if (zipped) {
        buf_text(&head, "Content-Encoding: gzip\r\n");
    }
    if (!keep) {
        buf_text(&head, "Connection: close\r\n");
    } else if (x->head.minor == 0) {
        buf_text(&head, "Connection: keep-alive\r\n");
    }
    buf_fmt(&head, "%sContent-Length: %zu\r\n\r\n", headers ? headers : "", body->len);
    bool only_head = x->head.method == HEAD_METHOD_HEAD;
    settle(x);
    connection_reply(x->connection, buf_view(&head), only_head ? NULL : body, keep);
    buf_done(body);
    *body = (struct buf)BUF_INIT;
}

void http_reply_text(struct http_exchange *x, int status, const char *fmt, ...) {
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_text(&body, line);
    buf_byte(&body, '\n');
    http_reply(x, status, "text/plain; charset=utf-8", NULL, &body, false);
}
