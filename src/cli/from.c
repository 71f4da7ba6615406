/*
 * scrape --from: another exporter's page, fetched as Prometheus does it, read strictly and printed
 * for people. It needs no configuration. What is wrong with the page is told like a compiler does:
 * "URL:12:5: …".
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/own_flags.h"
#include "expo/parse.h"
#include "expo/pretty.h"
#include "loop/fetch.h"
#include "loop/loop.h"

#define TIMEOUT_TEXT "10s"

/* The arguments, each with a value. */
enum from_flag { FLAG_FROM, FLAG_CA_FILE, FLAG_TIMEOUT, FLAG_FORMAT, OWN_FLAGS };

/* What is asked for, as Prometheus asks, or one of the formats. */
static const struct {
    const char *format;
    const char *accept;
} formats[] = {
    {"", "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
         "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5"},
    {"openmetrics", "Accept: application/openmetrics-text;version=1.0.0"},
    {"text", "Accept: text/plain;version=0.0.4"},
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const char *format_name(size_t i) {
    return i + 1 < N_FORMATS ? formats[i + 1].format : NULL;
}

static const struct own_flag flag_rows[OWN_FLAGS] = {
    [FLAG_FROM] = {.name = "--from",
                   .arg = "URL",
                   .help = "Fetch another exporter's page as Prometheus does, read it strictly and "
                           "print it for people: http://host:9100/metrics, https:// or "
                           "unix:///run/name.sock:/metrics. No option has an effect on it."},
    [FLAG_CA_FILE] = {.name = "--ca-file",
                      .arg = "FILE",
                      .help = "Authorities that its certificate is checked with, PEM. Without it "
                              "the system's."},
    [FLAG_TIMEOUT] = {.name = "--timeout",
                      .arg = "DURATION",
                      .help = "How long it may take (default " TIMEOUT_TEXT ")."},
    [FLAG_FORMAT] = {.name = "--format",
                     .arg = "FORMAT",
                     .word = format_name,
                     .help = "Ask for this format only."},
};

const struct own_flags scrape_from_flags = {
    .rows = flag_rows,
    .n = OWN_FLAGS,
    .takes = "scrape --from takes --ca-file, --format and --timeout besides",
    .usage = "--from=URL [--ca-file=FILE] [--timeout=DURATION] [--format=FORMAT]",
};

struct from {
    struct loop *loop;
    const char *value[OWN_FLAGS]; /* of the arguments */
    struct buf url;
    struct buf socket; /* its path, else empty */
    struct buf shown;  /* the address without user and password */
    const char *accept;
    int64_t timeout_ms;
    int status;
};

static void say(const struct from *from, const char *between, const char *what) {
    struct buf line CLEANUP_BUF = BUF_INIT;
    buf_plain(&line, buf_view(&from->shown));
    buf_text(&line, between);
    buf_plain(&line, str_of(what));
    (void)fprintf(stderr, "%s\n", buf_cstr(&line));
}

static int read_args(struct from *from, const char *const *args, size_t n, struct err *err) {
    for (size_t at = 0; at < n;) {
        const char *value = NULL;
        int flag = own_flags_take(&scrape_from_flags, args, n, &at, &value, err);
        if (flag < 0) {
            return flag;
        }
        from->value[flag] = value;
    }
    return 0;
}

static int read_timeout(struct from *from, struct err *err) {
    const char *text = from->value[FLAG_TIMEOUT] ? from->value[FLAG_TIMEOUT] : TIMEOUT_TEXT;
    int64_t ns = 0;
    if (!units_parse_duration(str_of(text), &ns) || ns < NS_PER_MS) {
        return err_set(err, -ENOEXEC, "--timeout is a duration like 10s, not \"%.64s\"", text);
    }
    from->timeout_ms = ns / NS_PER_MS;
    return 0;
}

static int read_format(struct from *from, struct err *err) {
    const char *format = from->value[FLAG_FORMAT] ? from->value[FLAG_FORMAT] : "";
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (strcmp(formats[i].format, format) == 0) {
            from->accept = formats[i].accept;
            return 0;
        }
    }
    return err_set(err, -ENOEXEC, "--format is text or openmetrics, not \"%.64s\"", format);
}

/* "unix:///run/x.sock", with ":/path" behind it or not. */
static void read_unix(struct from *from, struct str address) {
    struct str rest = str_sub(address, strlen("unix://"), address.len - strlen("unix://"));
    size_t colon = str_search(rest, STR(":/"));
    struct str path = STR("/metrics");
    if (colon != SIZE_MAX) {
        path = str_sub(rest, colon + 1, rest.len - colon - 1);
        rest.len = colon;
    }
    buf_str(&from->socket, rest);
    buf_text(&from->url, "http://localhost");
    buf_str(&from->url, path);
    buf_str(&from->shown, address);
}

/* "http://host:9100", with a path or without, with user and password or without. */
static void read_http(struct from *from, struct str address, size_t scheme) {
    size_t slash = str_find(address, '/', scheme);
    size_t at = scheme;
    for (size_t i = scheme; i < slash; i++) {
        at = address.ptr[i] == '@' ? i + 1 : at;
    }
    buf_str(&from->url, address);
    buf_str(&from->shown, str_sub(address, 0, scheme));
    buf_str(&from->shown, str_sub(address, at, address.len - at));
    if (slash == address.len) {
        buf_text(&from->url, "/metrics");
        buf_text(&from->shown, "/metrics");
    }
}

static int read_address(struct from *from, struct err *err) {
    static const char *const schemes[] = {"http://", "https://"};
    struct str address = str_of(from->value[FLAG_FROM]);
    if (str_starts(address, STR("unix:///"))) {
        read_unix(from, address);
        return 0;
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);
        if (str_starts(address, str_of(schemes[i])) && address.len > len) {
            read_http(from, address, len);
            return 0;
        }
    }
    return err_set(err, -ENOEXEC,
                   "--from \"%.64s\" is no address of a page; write http://HOST:PORT/metrics, "
                   "https://… or unix:///run/NAME.sock:/metrics",
                   from->value[FLAG_FROM]);
}

/* Notes what a newer Prometheus would not read. */
static void note_type(const struct from *from, struct str type) {
    static const char *const known[] = {"text/plain", "application/openmetrics-text"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct str name = str_of(known[i]);
        if (type.len >= name.len && str_eq_nocase(str_sub(type, 0, name.len), name)) {
            return;
        }
    }
    char text[128];
    (void)snprintf(text, sizeof(text),
                   type.len ? "Content-Type %.*s is read as text/plain; Prometheus 3 refuses it"
                            : "no Content-Type%.*s: read as text/plain; Prometheus 3 refuses it",
                   type.len < 64 ? (int)type.len : 64, type.len ? type.ptr : "");
    say(from, ": note: ", text);
}

/* Reads the page and prints it, or what is wrong with it. */
static int print_page(const struct from *from, const struct fetch_reply *reply) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct exposition page;
    struct err err = ERR_INIT;
    note_type(from, reply->content_type);
    if (expo_parse(reply->body, expo_format_of(reply->content_type), &arena, &page, &err) < 0) {
        say(from, err.code == -EINVAL ? ":" : ": ", err.text);
        return 1;
    }
    pretty_write(&page, &out);
    return print_buf(&out);
}

static void on_reply(void *arg, const struct fetch_reply *reply) {
    struct from *from = arg;
    char text[256];
    loop_stop(from->loop);
    if (reply->outcome != FETCH_OK) {
        say(from, ": ", reply->err.text);
        return;
    }
    if (reply->status != 200) {
        struct str location = fetch_header(reply, "Location");
        (void)snprintf(text, sizeof(text), "answered %ld, not 200%s%.*s", reply->status,
                       location.len ? "; the page has moved to " : "",
                       location.len < 128 ? (int)location.len : 128,
                       location.len ? location.ptr : "");
        say(from, ": ", text);
        return;
    }
    struct str encoding = fetch_header(reply, "Content-Encoding");
    if (encoding.len && !str_eq_nocase(encoding, STR("identity"))) {
        say(from, ": ", "answered with a Content-Encoding that nobody asked for");
        return;
    }
    from->status = print_page(from, reply);
}

static int fetch_page(struct from *from, struct fetcher *fetcher, struct err *err) {
    struct fetch_target target = {
        .unix_path = from->socket.len ? buf_cstr(&from->socket) : NULL,
        .tls_verify = true,
        .ca_file = from->value[FLAG_CA_FILE],
    };
    const char *const headers[] = {from->accept, NULL};
    struct fetch_request request = {
        .method = FETCH_GET,
        .target = &target,
        .url = buf_cstr(&from->url),
        .headers = headers,
        .timeout_ms = from->timeout_ms,
        .max_bytes = EXPO_PAGE_MAX,
    };
    struct fetch *fetch = NULL;
    int r = fetch_start(fetcher, &request, on_reply, from, &fetch, err);
    return r < 0 ? r : loop_run(from->loop, err);
}

static int run(struct from *from) {
    struct fetcher *fetcher = NULL;
    struct err err = ERR_INIT;
    int r = loop_new(&from->loop, &err);
    if (r == 0) {
        r = fetcher_new(from->loop, &fetcher, &err);
    }
    if (r == 0) {
        r = fetch_page(from, fetcher, &err);
    }
    if (r < 0) {
        say(from, ": ", err.text);
    }
    fetcher_free(fetcher);
    loop_free(from->loop);
    return r < 0 ? 1 : from->status;
}

static bool is_wanted(const char *const *args, size_t n) {
    const char *value = NULL;
    for (size_t i = 0; i < n; i++) {
        if (own_flags_find(&scrape_from_flags, args[i], &value) == FLAG_FROM) {
            return true;
        }
    }
    return false;
}

int scrape_from(const char *const *args, size_t n) {
    struct from from = {.status = 1};
    struct err err = ERR_INIT;
    if (!is_wanted(args, n)) {
        return -1;
    }
    int r = read_args(&from, args, n, &err);
    r = r < 0 ? r : read_timeout(&from, &err);
    r = r < 0 ? r : read_format(&from, &err);
    r = r < 0 ? r : read_address(&from, &err);
    int status = r < 0 ? wrong_usage(err.text) : run(&from);
    buf_done(&from.url);
    buf_done(&from.socket);
    buf_done(&from.shown);
    return status;
}
