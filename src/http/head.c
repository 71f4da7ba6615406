#include "http/head.h"

enum state {
    BEFORE,       /* nothing yet */
    BEFORE_LF,    /* CR of an empty line before the head */
    METHOD_START, /* behind that line */
    METHOD,
    TARGET,
    VERSION,
    REQUEST_LF,
    FIELD_START,
    NAME,
    VALUE,
    VALUE_LF,
    END_LF,
    READY,
    STATES,
};

/* Takes one byte that stands at h->len; false when it is refused. */
typedef bool take_fn(struct head *h, unsigned char c);

static bool refuse(struct head *h, int status, const char *reason) {
    h->status = status;
    h->reason = reason;
    return false;
}

static bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

/* tchar of RFC 9110, 5.6.2. */
static bool is_token_char(unsigned char c) {
    if (is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
        return true;
    }
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static struct head_span span_to_here(const struct head *h, size_t from) {
    return (struct head_span){.at = (uint16_t)from, .len = (uint16_t)(h->len - from)};
}

static bool take_method(struct head *h, unsigned char c) {
    if (is_token_char(c)) {
        return h->len - h->mark < HEAD_MAX_METHOD ||
               refuse(h, 400, "the method is longer than any there is");
    }
    if (c != ' ' || h->len == h->mark) {
        return refuse(h, 400, "this is no HTTP request");
    }
    struct str method = head_view(h, span_to_here(h, h->mark));
    if (str_eq(method, STR("GET"))) {
        h->method = HEAD_METHOD_GET;
    } else if (str_eq(method, STR("HEAD"))) {
        h->method = HEAD_METHOD_HEAD;
    }
    h->state = TARGET;
    h->mark = h->len + 1;
    return true;
}

static bool take_method_start(struct head *h, unsigned char c) {
    h->state = METHOD;
    h->mark = h->len;
    return take_method(h, c);
}

static bool take_before(struct head *h, unsigned char c) {
    if (c == '\r') {
        h->state = BEFORE_LF;
        return true;
    }
    return take_method_start(h, c);
}

static bool take_before_lf(struct head *h, unsigned char c) {
    h->state = METHOD_START;
    return c == '\n' || refuse(h, 400, "a line does not end in CR LF");
}

/* Cuts the target, from `at`, into path and query. */
static void split_target(struct head *h, size_t at) {
    struct str rest = head_view(h, h->target);
    size_t end = h->target.at + rest.len;
    size_t mark = h->target.at + str_find(rest, '?', at - h->target.at);
    h->path = (struct head_span){.at = (uint16_t)at, .len = (uint16_t)(mark - at)};
    if (mark < end) {
        h->query =
            (struct head_span){.at = (uint16_t)(mark + 1), .len = (uint16_t)(end - mark - 1)};
    }
}

/* Origin form, or absolute form of http and https; other methods have forms that do not matter. */
static bool check_target(struct head *h) {
    struct str t = head_view(h, h->target);
    if (str_starts(t, STR("/"))) {
        split_target(h, h->target.at);
        return true;
    }
    size_t scheme = 0;
    if (t.len >= 7 && str_eq_nocase(str_sub(t, 0, 7), STR("http://"))) {
        scheme = 7;
    } else if (t.len >= 8 && str_eq_nocase(str_sub(t, 0, 8), STR("https://"))) {
        scheme = 8;
    }
    size_t end = scheme;
    while (end < t.len && t.ptr[end] != '/' && t.ptr[end] != '?' && t.ptr[end] != '@') {
        end++;
    }
    bool good = scheme > 0 && end > scheme && (end == t.len || t.ptr[end] != '@');
    if (!good) {
        return h->method == HEAD_METHOD_OTHER || refuse(h, 400, "the target is no path");
    }
    split_target(h, h->target.at + end);
    return true;
}

static bool take_target(struct head *h, unsigned char c) {
    if (c > ' ' && c < 0x7F && c != '#') {
        return h->len - h->mark < HEAD_MAX_TARGET || refuse(h, 414, "the target is over 8 kB");
    }
    if (c != ' ' || h->len == h->mark) {
        return refuse(h, 400, "the target has a character that none may have");
    }
    h->target = span_to_here(h, h->mark);
    h->state = VERSION;
    h->mark = h->len + 1;
    return check_target(h);
}

/* "HTTP/d.d" byte by byte, then CR; other versions than 1.0 and 1.1 are told apart from garbage. */
static bool take_version(struct head *h, unsigned char c) {
    static const char form[] = "HTTP/0.0\r";
    size_t at = h->len - h->mark;
    bool fits = form[at] == '0' ? is_digit(c) : form[at] == (char)c;
    if (!fits) {
        return refuse(h, 400, "the request line does not end in an HTTP version and CR LF");
    }
    if (c != '\r') {
        return true;
    }
    const char *version = h->bytes + h->mark;
    if (version[5] != '1' || version[7] > '1') {
        return refuse(h, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    h->minor = (unsigned)(version[7] - '0');
    h->state = REQUEST_LF;
    return true;
}

static bool take_line_lf(struct head *h, unsigned char c) {
    h->state = FIELD_START;
    return c == '\n' || refuse(h, 400, "a line does not end in CR LF");
}

static bool take_name(struct head *h, unsigned char c) {
    if (is_token_char(c)) {
        return true;
    }
    if (c != ':' || h->len == h->mark) {
        return refuse(h, 400, "a header line is not 'Name: value'");
    }
    h->fields[h->n_fields].name = span_to_here(h, h->mark);
    h->state = VALUE;
    h->mark = h->len + 1;
    return true;
}

static bool take_field_start(struct head *h, unsigned char c) {
    if (c == '\r') {
        h->state = END_LF;
        return true;
    }
    if (h->n_fields == HEAD_MAX_FIELDS) {
        return refuse(h, 431, "there are more than 64 header lines");
    }
    h->state = NAME;
    h->mark = h->len;
    return take_name(h, c);
}

static bool take_value(struct head *h, unsigned char c) {
    if (c != '\r') {
        return (c >= ' ' && c != 0x7F) || c == '\t' ||
               refuse(h, 400,
                      c == '\n' ? "a line does not end in CR LF"
                                : "a header has a control character");
    }
    struct str value = str_trim(head_view(h, span_to_here(h, h->mark)));
    h->fields[h->n_fields].value = (struct head_span){
        .at = (uint16_t)(value.ptr - h->bytes),
        .len = (uint16_t)value.len,
    };
    h->n_fields++;
    h->state = VALUE_LF;
    return true;
}

/* How many fields of that name there are; *ret_value is the last one's. */
static size_t count_fields(const struct head *h, struct str name, struct str *ret_value) {
    size_t n = 0;
    for (size_t i = 0; i < h->n_fields; i++) {
        if (str_eq_nocase(head_view(h, h->fields[i].name), name)) {
            *ret_value = head_view(h, h->fields[i].value);
            n++;
        }
    }
    return n;
}

static bool check_host(struct head *h) {
    struct str host = {0};
    size_t n = count_fields(h, STR("Host"), &host);
    if (n > 1 || (n == 0 && h->minor == 1)) {
        return refuse(h, 400, n ? "there is more than one Host" : "there is no Host");
    }
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.ptr[i];
        if (c <= ' ' || c > '~' || strchr("/\\@?#,<>\"", c)) {
            return refuse(h, 400, "the Host is none");
        }
    }
    return true;
}

/* The two ways to frame a body, which must never contradict each other (request smuggling). */
static bool check_body(struct head *h) {
    struct str length = {0};
    struct str coding = {0};
    size_t lengths = count_fields(h, STR("Content-Length"), &length);
    size_t codings = count_fields(h, STR("Transfer-Encoding"), &coding);
    uint64_t bytes = 0;
    if (lengths > 1 || (lengths && codings)) {
        return refuse(h, 400, "the length of the body is told twice");
    }
    if (lengths && !str_to_u64(length, &bytes)) {
        return refuse(h, 400, "the Content-Length is no number");
    }
    h->has_body = bytes > 0 || codings > 0;
    if (h->has_body && h->method != HEAD_METHOD_OTHER) {
        return refuse(h, 400, "GET and HEAD take no body");
    }
    return true;
}

/* RFC 9112, 9.3: 1.1 stays unless told to close, 1.0 goes unless asked to stay. */
static void decide_keep_alive(struct head *h) {
    bool close = false;
    bool stay = false;
    for (size_t i = 0; i < h->n_fields; i++) {
        struct str rest = head_view(h, h->fields[i].value);
        struct str word;
        bool is_it = str_eq_nocase(head_view(h, h->fields[i].name), STR("Connection"));
        while (is_it && str_split(&rest, ',', &word)) {
            word = str_trim(word);
            close = close || str_eq_nocase(word, STR("close"));
            stay = stay || str_eq_nocase(word, STR("keep-alive"));
        }
    }
    h->keep_alive = !close && (h->minor == 1 || stay);
}

static bool take_end_lf(struct head *h, unsigned char c) {
    if (c != '\n') {
        return refuse(h, 400, "a line does not end in CR LF");
    }
    h->state = READY;
    decide_keep_alive(h);
    return check_host(h) && check_body(h);
}

static take_fn *const takers[STATES] = {
    [BEFORE] = take_before,
    [BEFORE_LF] = take_before_lf,
    [METHOD_START] = take_method_start,
    [METHOD] = take_method,
    [TARGET] = take_target,
    [VERSION] = take_version,
    [REQUEST_LF] = take_line_lf,
    [FIELD_START] = take_field_start,
    [NAME] = take_name,
    [VALUE] = take_value,
    [VALUE_LF] = take_line_lf,
    [END_LF] = take_end_lf,
};

void head_start(struct head *h) {
    *h = (struct head){.state = BEFORE, .method = HEAD_METHOD_OTHER};
}

enum head_progress head_parse(struct head *h, struct str bytes) {
    h->bytes = bytes.ptr;
    while (h->len < bytes.len && h->state != READY) {
        if (h->len == HEAD_MAX_BYTES) {
            (void)refuse(h, 431, "the head is over 16 kB");
            return HEAD_BAD;
        }
        if (!takers[h->state](h, (unsigned char)bytes.ptr[h->len])) {
            return HEAD_BAD;
        }
        h->len++;
    }
    return h->state == READY ? HEAD_READY : HEAD_MORE;
}

void head_move(struct head *h, const char *bytes) {
    h->bytes = bytes;
}

struct str head_view(const struct head *h, struct head_span span) {
    return (struct str){.ptr = h->bytes + span.at, .len = span.len};
}

struct str head_value(const struct head *h, struct str name) {
    for (size_t i = 0; i < h->n_fields; i++) {
        if (str_eq_nocase(head_view(h, h->fields[i].name), name)) {
            return head_view(h, h->fields[i].value);
        }
    }
    return (struct str){.ptr = NULL, .len = 0};
}
