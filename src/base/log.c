#include "base/log.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define LINE_MAX_BYTES 8192

static struct {
    enum log_level level;
    enum log_format format;
    int fd;
} the_log = {.level = LOG_INFO, .format = LOG_TEXT, .fd = STDERR_FILENO};

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

void log_line(enum log_level level, const char *msg, const struct log_field *fields, size_t n) {
    if (!log_wants(level)) {
        return;
    }
    char when[CLOCK_TEXT_MAX];
    struct str time = clock_format(clock_unix_ns(), true, when);
    struct buf line CLEANUP_BUF = BUF_INIT;
    line.max = LINE_MAX_BYTES;
    if (the_log.format == LOG_JSON) {
        write_json(&line, time, level_words[level], msg, fields, n);
    } else {
        write_text(&line, time, level_words[level], msg, fields, n);
    }
    if (buf_failed(&line)) {
        buf_reset(&line);
        write_text(&line, time, level_words[level], "a log line was too long", NULL, 0);
    }
    buf_byte(&line, '\n');
    /* A log that cannot be written is no reason to stop measuring. */
    ssize_t ignored = write(the_log.fd, line.data, line.len);
    (void)ignored;
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
