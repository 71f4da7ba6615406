#include "model/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY_HOURS INT64_C(24)
#define YEAR_HOURS (365 * DAY_HOURS)

/* How many hours a unit has, and up to how many hours it is used. */
static const struct {
    int64_t up_to;
    int64_t hours;
    const char *word;
} long_units[] = {
    {2 * DAY_HOURS, 1, "hours"},
    {14 * DAY_HOURS, DAY_HOURS, "days"},
    {60 * DAY_HOURS, 7 * DAY_HOURS, "weeks"},
    {2 * YEAR_HOURS, 30 * DAY_HOURS, "months"},
    {INT64_MAX, YEAR_HOURS, "years"},
};

/* Hours are rounded to the nearest, but where they make years. */
static void put_hours(struct buf *out, int64_t seconds) {
    int64_t hours = (seconds + HOUR / 2) / HOUR;
    if (hours == 1) {
        buf_text(out, "About an hour");
        return;
    }
    size_t i = 0;
    while (hours >= long_units[i].up_to) {
        i++;
    }
    hours = long_units[i].hours == YEAR_HOURS ? seconds / HOUR : hours;
    buf_fmt(out, "%" PRId64 " %s", hours / long_units[i].hours, long_units[i].word);
}

static void put_age(struct buf *out, int64_t ns) {
    int64_t seconds = ns / NS_PER_S;
    if (seconds < 1) {
        buf_text(out, "Less than a second");
    } else if (seconds == 1) {
        buf_text(out, "1 second");
    } else if (seconds < MINUTE) {
        buf_fmt(out, "%" PRId64 " seconds", seconds);
    } else if (seconds < 2 * MINUTE) {
        buf_text(out, "About a minute");
    } else if (seconds < HOUR) {
        buf_fmt(out, "%" PRId64 " minutes", seconds / MINUTE);
    } else {
        put_hours(out, seconds);
    }
}

/* " AGE" since the time, when it is known. */
static void put_since(struct buf *out, const struct container_facts *facts,
                      enum container_number time, int64_t now_ns, const char *behind) {
    if (container_has(facts, time)) {
        buf_byte(out, ' ');
        put_age(out, now_ns - facts->number[time]);
        buf_text(out, behind);
    }
}

static void put_up(struct buf *out, const struct container_facts *facts, int64_t now_ns) {
    static const char *const healths[] = {
        [HEALTH_NONE] = "",
        [HEALTH_STARTING] = " (health: starting)",
        [HEALTH_HEALTHY] = " (healthy)",
        [HEALTH_UNHEALTHY] = " (unhealthy)",
    };
    buf_text(out, "Up");
    put_since(out, facts, CONTAINER_STARTED_NS, now_ns, "");
    buf_text(out, facts->state == STATE_PAUSED ? " (Paused)" : healths[facts->health]);
}

static void put_ended(struct buf *out, const struct container_facts *facts, int64_t now_ns) {
    buf_text(out, facts->state == STATE_EXITED ? "Exited" : "Restarting");
    if (container_has(facts, CONTAINER_EXIT_CODE)) {
        buf_fmt(out, " (%" PRId64 ")", facts->number[CONTAINER_EXIT_CODE]);
    }
    put_since(out, facts, CONTAINER_FINISHED_NS, now_ns, " ago");
}

struct str status_text(const struct container_facts *facts, int64_t now_ns,
                       char buf[STATUS_TEXT_MAX]) {
    static const char *const fixed[STATE_COUNT] = {
        [STATE_CREATED] = "Created",
        [STATE_REMOVING] = "Removal In Progress",
        [STATE_DEAD] = "Dead",
    };
    struct buf out = {.data = buf, .cap = STATUS_TEXT_MAX, .max = STATUS_TEXT_MAX};
    if (fixed[facts->state]) {
        buf_text(&out, fixed[facts->state]);
    } else if (container_is_live(facts)) {
        put_up(&out, facts, now_ns);
    } else if (facts->state != STATE_UNKNOWN) {
        put_ended(&out, facts, now_ns);
    }
    return buf_view(&out);
}
