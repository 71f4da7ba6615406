/*
 * The one strict parser of request heads (RFC 9112), pure and incremental: the caller gives all
 * bytes that have come so far, and each byte is looked at once. A head is refused at the first byte
 * that cannot belong to one.
 *
 *     GET /metrics?collect[]=a HTTP/1.1 CRLF
 *     Name: value CRLF                          views are offsets into `bytes`, so that the bytes
 *     CRLF                                      may move (head_move) while the head is read
 *     |<------- len, at most 16 kB ------>|
 *
 * Strict means: lines end in CRLF and nothing else, no folded lines, no space before ':', no
 * control characters in values but tab, one Host (required in 1.1), one plain Content-Length or
 * none, never together with Transfer-Encoding, and no body with GET and HEAD. One empty line before
 * the head is tolerated.
 *
 * Limits: 16 kB in all and 64 fields (431), a target of 8 kB (414), a method of 32 bytes (400).
 */
#ifndef DOCKMETER_HTTP_HEAD_H
#define DOCKMETER_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define HEAD_MAX_BYTES 16384
#define HEAD_MAX_TARGET 8192
#define HEAD_MAX_METHOD 32
#define HEAD_MAX_FIELDS 64

enum head_progress { HEAD_MORE, HEAD_READY, HEAD_BAD };
enum head_method { HEAD_METHOD_GET, HEAD_METHOD_HEAD, HEAD_METHOD_OTHER };

struct head_span {
    uint16_t at;
    uint16_t len;
};

struct head_field {
    struct head_span name;
    struct head_span value; /* without the blanks around it */
};

struct head {
    const char *bytes;
    size_t len; /* bytes looked at; when ready: of the whole head */
    unsigned state;
    size_t mark; /* where the present element began */

    enum head_method method;
    unsigned minor; /* HTTP/1.minor, 0 or 1 */
    struct head_span target;
    struct head_span path;
    struct head_span query; /* without '?' */
    struct head_field fields[HEAD_MAX_FIELDS];
    size_t n_fields;
    bool has_body;
    bool keep_alive;

    int status;         /* HEAD_BAD: 400, 414, 431 or 505 */
    const char *reason; /* and why, a sentence without a full stop */
};

/* Makes it ready for a new head. */
void head_start(struct head *h);

/* Goes on with all bytes of this head so far (more than the head may follow it). After READY or
   BAD it must be started anew. */
enum head_progress head_parse(struct head *h, struct str bytes);

/* The same bytes are at another place now. */
void head_move(struct head *h, const char *bytes);

struct str head_view(const struct head *h, struct head_span span);

/* The value of the first field of that name; NULL ptr: absent. */
struct str head_value(const struct head *h, struct str name);

#endif
