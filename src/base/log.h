/*
 * The program's own log: one line an event, UTC with milliseconds, text or JSON.
 *
 *   2026-11-21T01:45:22.330Z info  engine answers  host=unix:///run/docker.sock api=1.41
 *   {"time":"2026-11-21T01:45:22.330Z","level":"info","msg":"engine
 * answers","host":"…","api":"1.41"}
 *
 * A message is a fixed sentence; what varies goes into fields, which are quoted where needed and
 * escaped (control characters never reach the terminal). Only main, cli and the few places that
 * supervise something log; library code returns errors.
 *
 * Trouble that a peer can repeat goes through a log_limit: the first line of a kind is written at
 * once, further ones at most every interval, with the number of those held back.
 *
 * A line never blocks: what the reader does not take is dropped, counted, and told when it reads
 * again. A line whose fields are too long (4 kB) is written without them. One log for the process,
 * used on the loop's thread only.
 */
#ifndef DOCKMETER_BASE_LOG_H
#define DOCKMETER_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* Where and how; before the first call: info, text, standard error. fd is borrowed. */
void log_setup(enum log_level level, enum log_format format, int fd);

bool log_wants(enum log_level level);

struct log_field {
    const char *key;
    struct str value;
};

/* Writes one line with n fields. */
void log_line(enum log_level level, const char *msg, const struct log_field *fields, size_t n);

/* log_event(LOG_INFO, "engine answers", LOGF("host", host), LOGF("api", api)); */
#define LOGF(k, v) ((struct log_field){.key = (k), .value = (v)})
#define LOGC(k, v) ((struct log_field){.key = (k), .value = str_of(v)})
#define log_event(level, msg, ...)                                                                 \
    do {                                                                                           \
        const struct log_field fields_[] = {{.key = NULL}, ##__VA_ARGS__};                         \
        log_line((level), (msg), fields_ + 1, sizeof(fields_) / sizeof(fields_[0]) - 1);           \
    } while (0)

/* One kind of repeatable trouble; zero-initialised by its owner. */
struct log_limit {
    int64_t last_mono_ns;
    uint64_t held_back;
};

/* True when a line of this kind may be written now; *ret_held is then the number held back since
   the last one (say it in a field). False counts one more. */
bool log_limit_pass(struct log_limit *limit, int64_t interval_ns, uint64_t *ret_held);

#endif
