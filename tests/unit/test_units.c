#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/units.h"

static void durations_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"15", 15 * INT64_C(1000000000)},
        {"0", 0},
        {"15s", 15 * INT64_C(1000000000)},
        {"500ms", 500 * INT64_C(1000000)},
        {"1m30s", 90 * INT64_C(1000000000)},
        {"1.5h", 5400 * INT64_C(1000000000)},
        {"2d", 172800 * INT64_C(1000000000)},
        {"3us", 3000},
        {"3\xC2\xB5s", 3000},
        {"7ns", 7},
        {"0.5s", 500 * INT64_C(1000000)},
        {"106751d", INT64_C(106751) * 86400 * INT64_C(1000000000)},
        {"9223372036", INT64_C(9223372036000000000)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ns = -1;
        assert_true(units_parse_duration(str_of(rows[i].text), &ns));
        assert_int_equal(ns, rows[i].ns);
    }
}

static void no_durations_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",    "-1",  "+1",           "s",          "1x",     "1.5",           "1 s",
        " 1",  "1m ", "1..5s",        "1.s",        ".5s",    "1.0123456789s", "1s5",
        "0x1", "1e3", "99999999999d", "9223372037", "106752d"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ns = -1;
        if (units_parse_duration(str_of(rows[i]), &ns)) {
            fail_msg("taken: '%s'", rows[i]);
        }
        assert_int_equal(ns, -1);
    }
}

static void sizes_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = {
        {"10485760", 10485760},
        {"10MiB", 10485760},
        {"10Mi", 10485760},
        {"10MB", 10000000},
        {"10M", 10000000},
        {"1.5KiB", 1536},
        {"10 MiB", 10485760},
        {"0", 0},
        {"1B", 1},
        {"2T", UINT64_C(2000000000000)},
        {"18446744073709551615", UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t bytes = 1;
        assert_true(units_parse_size(str_of(rows[i].text), &bytes));
        assert_true(bytes == rows[i].bytes);
    }
}

static void no_sizes_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "", "-1", "MB", "1.5", "1XB", "1 ", "18446744073709551616", "99999999TiB"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t bytes = 1;
        if (units_parse_size(str_of(rows[i]), &bytes)) {
            fail_msg("taken: '%s'", rows[i]);
        }
    }
}

static void written_durations_are_read_again(void **state) {
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "0s"},
        {90 * INT64_C(1000000000), "1m30s"},
        {500 * INT64_C(1000000), "500ms"},
        {INT64_C(86400000000000), "1d"},
        {1, "1ns"},
        {INT64_MAX, "106751d23h47m16s854ms775us807ns"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char buf[UNITS_TEXT_MAX];
        int64_t ns = -1;
        struct str text = units_format_duration(rows[i].ns, buf);
        assert_true(str_eq(text, str_of(rows[i].text)));
        assert_true(units_parse_duration(text, &ns));
        assert_true(ns == rows[i].ns);
    }
}

static void written_sizes_are_read_again(void **state) {
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {{0, "0"},       {1000, "1000"},
                {1024, "1KiB"}, {10485760, "10MiB"},
                {1536, "1536"}, {UINT64_MAX, "18446744073709551615"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char buf[UNITS_TEXT_MAX];
        uint64_t bytes = 1;
        struct str text = units_format_size(rows[i].bytes, buf);
        assert_true(str_eq(text, str_of(rows[i].text)));
        assert_true(units_parse_size(text, &bytes));
        assert_true(bytes == rows[i].bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(no_durations_are_refused),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(no_sizes_are_refused),
        cmocka_unit_test(written_durations_are_read_again),
        cmocka_unit_test(written_sizes_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
