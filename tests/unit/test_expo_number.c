#include "unit.h"

#include <stdlib.h>

#include "expo/number.h"

static struct number number(const char *text) {
    struct number n;
    if (!number_parse(str_of(text), &n)) {
        fail_msg("no number: \"%s\"", text);
    }
    return n;
}

static void what_is_a_number(void **state) {
    (void)state;
    static const char *const yes[] = {
        "0",
        "1",
        "-1",
        "+1",
        "0042",
        "1.",
        ".5",
        "-.5",
        "1.5",
        "1e5",
        "1E+05",
        "1e-5",
        "1.e5",
        ".5e1",
        "inf",
        "+Inf",
        "-INFINITY",
        "infinity",
        "NaN",
        "nan",
        "-0",
        "0.0",
        "1e999",
        "0e9999999999999999999",
        "1795225788438",
    };
    static const char *const no[] = {
        "",     "+",     "-",   ".",   "-.",   "e5",   "1e",   "1e+",  "1.5.2", "1,5",
        "0x10", "1_000", "++1", "1-",  "1e5.", "1e5e", "+NaN", "-nan", "infi",  "in",
        "nano", " 1",    "1 ",  "1\r", "a",    "1f",   "1d",   "--1",  "1e 5",  "Inf ",
    };
    struct number n;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        (void)number(yes[i]);
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        if (number_parse(str_of(no[i]), &n)) {
            fail_msg("a number: \"%s\"", no[i]);
        }
    }
}

/* From the least to the greatest; those of one line are equal. */
static void compares_exactly(void **state) {
    (void)state;
    static const char *const rows[][4] = {
        {"-Inf"},
        {"-1e300", "-10e299"},
        {"-12.5", "-1.25e1", "-00012.500"},
        {"-12.4999999999999999999999999999"},
        {"-1e-400"},
        {"0", "-0", "0.000", "0e5"},
        {"1e-400", "0.1e-399"},
        {"0.1", ".1", "1e-1", "0.10"},
        {"0.10000000000000000000000000000001"},
        {"1", "1.0", "01", "10e-1"},
        {"9.99", "999e-2"},
        {"10", "1e1", "+10."},
        {"9007199254740992"},
        {"9007199254740993"},
        {"18446744073709551616", "1.8446744073709551616e19"},
        {"1e300"},
        {"+Inf", "infinity"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            for (size_t k = 0; k < 16; k++) {
                const char *left = rows[i][k / 4];
                const char *right = rows[j][k % 4];
                if (!left || !right) {
                    continue;
                }
                struct number a = number(left);
                struct number b = number(right);
                int order = number_cmp(&a, &b);
                if ((order > 0) - (order < 0) != (i > j) - (i < j)) {
                    fail_msg("%s against %s: %d", left, right, order);
                }
            }
        }
    }
}

static void is_whole(void **state) {
    (void)state;
    static const char *const yes[] = {"0", "5", "5.0", "5e3", "1.25e2", "500e-2", "-3", "1e300"};
    static const char *const no[] = {"0.5", "5e-1", "1.25e1", "501e-2", "Inf", "NaN", "1e-300"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        struct number n = number(yes[i]);
        assert_true(number_is_whole(&n));
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        struct number n = number(no[i]);
        assert_false(number_is_whole(&n));
    }
}

/* Against the C library, at the edge where a float becomes infinite. */
static void fits_a_float(void **state) {
    (void)state;
    static const char *const rows[] = {
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "17976931348623157e292",
        "2e308",
        "1e309",
        "1e308",
        "-1.8e308",
        "-1e400",
        "1e-400",
        "0e400",
        "99999999999999999999999e286",
        "Inf",
        "NaN",
        "1e99999999999999999999",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct number n = number(rows[i]);
        double d = strtod(rows[i], NULL);
        bool infinite = d > 1.7976931348623157e308 || d < -1.7976931348623157e308;
        assert_int_equal(number_fits(&n), n.kind != NUMBER_FINITE || !infinite);
    }
}

static void negative(void **state) {
    (void)state;
    struct number n = number("-0.0");
    assert_false(number_is_negative(&n));
    n = number("-1e-9");
    assert_true(number_is_negative(&n));
    n = number("-Inf");
    assert_true(number_is_negative(&n));
    n = number("NaN");
    assert_false(number_is_negative(&n));
}

static void timestamps_of_the_text_format(void **state) {
    (void)state;
    assert_true(number_is_i64(STR("1795225788438")));
    assert_true(number_is_i64(STR("-5")));
    assert_true(number_is_i64(STR("+5")));
    assert_true(number_is_i64(STR("9223372036854775807")));
    assert_true(number_is_i64(STR("-9223372036854775808")));
    assert_false(number_is_i64(STR("9223372036854775808")));
    assert_false(number_is_i64(STR("-9223372036854775809")));
    assert_false(number_is_i64(STR("99999999999999999999")));
    assert_false(number_is_i64(STR("1.5")));
    assert_false(number_is_i64(STR("1e3")));
    assert_false(number_is_i64(STR("")));
    assert_false(number_is_i64(STR("-")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_number), cmocka_unit_test(compares_exactly),
        cmocka_unit_test(is_whole),         cmocka_unit_test(fits_a_float),
        cmocka_unit_test(negative),         cmocka_unit_test(timestamps_of_the_text_format),
    };
    return RUN(tests);
}
