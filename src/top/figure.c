#include "top/figure.h"

#include <inttypes.h>

#define MINUTE UINT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* Days above this are shown without hours. */
#define DAYS_ALONE 100

/* value / unit to the nearest, times 10^decimals. */
static uint64_t scaled(uint64_t value, uint64_t unit, unsigned decimals) {
    unsigned __int128 v = value;
    for (unsigned i = 0; i < decimals; i++) {
        v *= 10;
    }
    return (uint64_t)((v + unit / 2) / unit);
}

static void put_amount(struct buf *out, uint64_t value, uint64_t base, const char *const *units) {
    uint64_t unit = 1;
    size_t i = 0;
    while (units[i + 1] && value / unit >= base) {
        unit *= base;
        i++;
    }
    /* Three digits: one that only the rounding brings counts too. */
    unsigned decimals = i ? 2 : 0;
    uint64_t digits = scaled(value, unit, decimals);
    while (decimals && digits >= 1000) {
        digits = scaled(value, unit, --decimals);
    }
    const uint64_t power = decimals == 2 ? 100 : 10;
    if (decimals) {
        buf_fmt(out, "%" PRIu64 ".%0*" PRIu64 "%s", digits / power, (int)decimals, digits % power,
                units[i]);
    } else {
        buf_fmt(out, "%" PRIu64 "%s", digits, units[i]);
    }
}

void figure_memory(struct buf *out, uint64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", NULL};
    put_amount(out, bytes, 1024, units);
}

void figure_traffic(struct buf *out, uint64_t bytes) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", NULL};
    put_amount(out, bytes, 1000, units);
}

void figure_hundredths(struct buf *out, uint64_t hundredths) {
    if (hundredths >= 100000) {
        uint64_t tenths = scaled(hundredths, 10, 0);
        buf_fmt(out, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
    } else {
        buf_fmt(out, "%" PRIu64 ".%02" PRIu64, hundredths / 100, hundredths % 100);
    }
}

void figure_age(struct buf *out, uint64_t seconds) {
    if (seconds < MINUTE) {
        buf_fmt(out, "%" PRIu64 "s", seconds);
    } else if (seconds < HOUR) {
        buf_fmt(out, "%" PRIu64 "m", seconds / MINUTE);
    } else if (seconds < DAY) {
        buf_fmt(out, "%" PRIu64 "h%" PRIu64 "m", seconds / HOUR, seconds % HOUR / MINUTE);
    } else if (seconds < DAYS_ALONE * DAY) {
        buf_fmt(out, "%" PRIu64 "d%" PRIu64 "h", seconds / DAY, seconds % DAY / HOUR);
    } else {
        buf_fmt(out, "%" PRIu64 "d", seconds / DAY);
    }
}

/* How many characters a text has; a byte that is none counts as one. */
static size_t characters(struct str text) {
    size_t n = 0;
    for (size_t at = 0, len; at < text.len; at += len ? len : 1, n++) {
        len = str_utf8_len(text, at);
    }
    return n;
}

size_t figure_word(struct buf *out, struct str text, size_t width) {
    size_t whole = characters(text);
    size_t shown = whole <= width ? whole : width > 2 ? width - 2 : 0;
    size_t dots = whole <= width ? 0 : width - shown;
    size_t at = 0;
    for (size_t i = 0; i < shown; i++) {
        size_t len = str_utf8_len(text, at);
        char c = text.ptr[at];
        buf_byte(out, len == 1 && c >= 0x20 && c < 0x7F ? c : '?');
        at += len ? len : 1;
    }
    for (size_t i = 0; i < dots; i++) {
        buf_byte(out, '.');
    }
    return shown + dots;
}
