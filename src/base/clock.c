#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id) {
    struct timespec t = {0};
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_unix_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant's days_from_civil). */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d) {
    y -= m <= 2;
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Takes exactly `digits` digits off the front; false when there are fewer. */
static bool take_number(struct str *s, size_t digits, int64_t *ret) {
    uint64_t value = 0;
    if (s->len < digits || !str_to_u64(str_sub(*s, 0, digits), &value)) {
        return false;
    }
    *s = str_sub(*s, digits, s->len - digits);
    *ret = (int64_t)value;
    return true;
}

static bool take_char(struct str *s, const char *any_of) {
    if (s->len == 0 || s->ptr[0] == '\0' || !strchr(any_of, s->ptr[0])) {
        return false;
    }
    *s = str_sub(*s, 1, s->len - 1);
    return true;
}

/* ".123456789" with one to nine digits (more are cut), or nothing. */
static bool take_fraction(struct str *s, int64_t *ret_ns) {
    *ret_ns = 0;
    if (!take_char(s, ".")) {
        return true;
    }
    int64_t scale = NS_PER_S / 10;
    size_t n = 0;
    while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9') {
        *ret_ns += (s->ptr[n] - '0') * scale;
        scale /= 10;
        n++;
    }
    *s = str_sub(*s, n, s->len - n);
    return n > 0;
}

/* "Z" or "+hh:mm", as seconds to take off. */
static bool take_offset(struct str *s, int64_t *ret_s) {
    *ret_s = 0;
    if (take_char(s, "Zz")) {
        return s->len == 0;
    }
    bool minus = s->len && s->ptr[0] == '-';
    int64_t hours = 0;
    int64_t minutes = 0;
    if (!take_char(s, "+-") || !take_number(s, 2, &hours) || !take_char(s, ":") ||
        !take_number(s, 2, &minutes) || s->len) {
        return false;
    }
    *ret_s = (hours * 60 + minutes) * (minus ? -60 : 60);
    return hours < 24 && minutes < 60;
}

bool clock_parse_rfc3339(struct str s, int64_t *ret_unix_ns) {
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t ns = 0;
    int64_t offset_s = 0;
    if (!take_number(&s, 4, &year) || !take_char(&s, "-") || !take_number(&s, 2, &month) ||
        !take_char(&s, "-") || !take_number(&s, 2, &day) || !take_char(&s, "Tt ") ||
        !take_number(&s, 2, &hour) || !take_char(&s, ":") || !take_number(&s, 2, &minute) ||
        !take_char(&s, ":") || !take_number(&s, 2, &second) || !take_fraction(&s, &ns) ||
        !take_offset(&s, &offset_s)) {
        return false;
    }
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60) {
        return false;
    }
    int64_t seconds =
        ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset_s;
    *ret_unix_ns = seconds * NS_PER_S + ns;
    return *ret_unix_ns >= 0;
}

struct str clock_format(int64_t unix_ns, bool with_ms, char buf[CLOCK_TEXT_MAX]) {
    time_t seconds = (time_t)(unix_ns / NS_PER_S);
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    size_t len = strftime(buf, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    int more = with_ms ? snprintf(buf + len, CLOCK_TEXT_MAX - len, ".%03dZ",
                                  (int)(unix_ns % NS_PER_S / NS_PER_MS))
                       : snprintf(buf + len, CLOCK_TEXT_MAX - len, "Z");
    return (struct str){.ptr = buf, .len = len + (size_t)(more > 0 ? more : 0)};
}
