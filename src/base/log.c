#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* A pipe with room takes this much without blocking (PIPE_BUF). */
#define LINE_MAX_BYTES 4096

static struct {
    enum log_level level;
    enum log_format format;
    int fd;
    uint64_t lost; /* lines that could not be written since the last that was */
} the_log = {.level = LOG_INFO, .format = LOG_TEXT, .fd = STDERR_FILENO, .lost = 0};

static const char *const level_words[] = {"debug", "info", "warn", "error"};

void log_setup(enum log_level level, enum log_format format, int fd) {
    the_log.level = level;
    the_log.format = format;
    the_log.fd = fd;
}

bool log_wants(enum log_level level) {
    return level >= the_log.level;
}

/* True when the value can stand in a text line without quotes. */
static bool is_plain(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7F) {
            return false;
        }
    }
    return s.len > 0;
}

static void write_text(struct buf *b, struct str time, const char *level, const char *msg,
                       const struct log_field *fields, size_t n) {
    buf_fmt(b, "%.*s %-5s %s", STR_ARG(time), level, msg);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(b, "%s%s=", i ? " " : "  ", fields[i].key);
        if (is_plain(fields[i].value)) {
            buf_str(b, fields[i].value);
        } else {
            buf_json(b, fields[i].value);
        }
    }
}

static void write_json(struct buf *b, struct str time, const char *level, const char *msg,
                       const struct log_field *fields, size_t n) {
    buf_fmt(b, "{\"time\":\"%.*s\",\"level\":\"%s\",\"msg\":", STR_ARG(time), level);
    buf_json(b, str_of(msg));
    for (size_t i = 0; i < n; i++) {
        buf_byte(b, ',');
        buf_json(b, str_of(fields[i].key));
        buf_byte(b, ':');
        buf_json(b, fields[i].value);
    }
    buf_byte(b, '}');
}

static void write_line(struct buf *b, enum log_level level, const char *msg,
                       const struct log_field *fields, size_t n) {
    char when[CLOCK_TEXT_MAX];
    struct str time = clock_format(clock_unix_ns(), true, when);
    if (the_log.format == LOG_JSON) {
        write_json(b, time, level_words[level], msg, fields, n);
    } else {
        write_text(b, time, level_words[level], msg, fields, n);
    }
    buf_byte(b, '\n');
}

/*
 * A log that cannot be written is no reason to stop measuring, and a reader that has stopped
 * reading none to stand still: what it does not take is dropped and counted. The descriptor is
 * shared with others, so it cannot be made non-blocking.
 */
static bool send_line(struct str line) {
    struct pollfd ready = {.fd = the_log.fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && write(the_log.fd, line.ptr, line.len) >= 0;
}

void log_line(enum log_level level, const char *msg, const struct log_field *fields, size_t n) {
    if (!log_wants(level)) {
        return;
    }
    struct buf line CLEANUP_BUF = BUF_INIT;
    line.max = LINE_MAX_BYTES;
    if (the_log.lost) {
        char lost[24];
        (void)snprintf(lost, sizeof(lost), "%llu", (unsigned long long)the_log.lost);
        write_line(&line, LOG_WARN, "log lines were lost", &LOGC("lines", lost), 1);
    }
    write_line(&line, level, msg, fields, n);
    if (buf_failed(&line)) {
        buf_reset(&line);
        write_line(&line, level, msg, &LOGC("fields", "too long for a line"), 1);
    }
    the_log.lost = send_line(buf_view(&line)) ? 0 : the_log.lost + 1;
}

bool log_limit_pass(struct log_limit *limit, int64_t interval_ns, uint64_t *ret_held) {
    int64_t now = clock_mono_ns();
    if (limit->last_mono_ns && now - limit->last_mono_ns < interval_ns) {
        limit->held_back++;
        return false;
    }
    *ret_held = limit->held_back;
    limit->last_mono_ns = now;
    limit->held_back = 0;
    return true;
}
