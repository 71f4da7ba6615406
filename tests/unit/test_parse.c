#include "unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "kernel/parse.h"

static const struct parse_key KEYS[] = {
    {"anon", USAGE_MEM_RSS_BYTES, 1},
    {"file", USAGE_MEM_CACHE_BYTES, 1},
    {"file_mapped", USAGE_MEM_MAPPED_FILE_BYTES, 1},
    {"usage_usec", USAGE_CPU_NS, 1000},
    {"user", USAGE_CPU_USER_NS, 10000000},
};

/* In memory of exactly its length, so that ASan sees a step too far. */
static char *exact(struct str text) {
    char *copy = malloc(text.len ? text.len : 1);
    assert_non_null(copy);
    if (text.len) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

static struct usage keyed(struct str text) {
    struct usage u = {.have = 0};
    char *copy = exact(text);
    parse_keyed((struct str){copy, text.len}, KEYS, sizeof(KEYS) / sizeof(KEYS[0]), &u);
    free(copy);
    return u;
}

static struct usage pressure(struct str text) {
    struct usage u = {.have = 0};
    char *copy = exact(text);
    parse_pressure((struct str){copy, text.len}, USAGE_PRESSURE_CPU_WAITING_NS,
                   USAGE_PRESSURE_CPU_STALLED_NS, &u);
    free(copy);
    return u;
}

/* What is known is this one number, and nothing else. */
static void has_only(struct usage u, enum usage_number i, uint64_t value) {
    assert_true(u.have == UINT64_C(1) << i);
    assert_true(u.number[i] == value);
}

static void has(const struct usage *u, enum usage_number i, uint64_t value) {
    assert_true(usage_has(u, i));
    assert_true(u->number[i] == value);
}

static void a_number_is_the_whole_file(void **state) {
    (void)state;
    static const struct {
        struct str text;
        bool ok;
        uint64_t value;
    } cases[] = {
        {{"4096\n", 5}, true, 4096},
        {{"4096", 4}, false, 0},
        {{"0\n", 2}, true, 0},
        {{"18446744073709551615\n", 21}, true, UINT64_MAX},
        {{"18446744073709551616\n", 21}, false, 0},
        {{"max\n", 4}, false, 0},
        {{"-1\n", 3}, false, 0},
        {{"", 0}, false, 0},
        {{NULL, 0}, false, 0},
        {{"\n", 1}, false, 0},
        {{"1\n2\n", 4}, false, 0},
        {{"1\n\n", 3}, false, 0},
        {{"1 2\n", 4}, false, 0},
        {{" 1\n", 3}, false, 0},
        {{"1.5\n", 4}, false, 0},
        {{"1\r\n", 3}, false, 0},
        {{"1\0\n", 3}, false, 0},
        {{"\0001\n", 3}, false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 7;
        assert_int_equal(parse_number(cases[i].text, &value), cases[i].ok);
        assert_true(value == (cases[i].ok ? cases[i].value : 7));
    }
}

static void keys_are_found_among_others(void **state) {
    (void)state;
    struct usage u = keyed(STR("low 0\nanon 9064448\nfile 12288\nkernel 487424\nfile_dirty 9\n"
                               "file_mapped 4096\nanon_thp 8\nusage_usec 353674\nuser 12\n"));
    has(&u, USAGE_MEM_RSS_BYTES, 9064448);
    has(&u, USAGE_MEM_CACHE_BYTES, 12288);
    has(&u, USAGE_MEM_MAPPED_FILE_BYTES, 4096);
    has(&u, USAGE_CPU_NS, 353674000);
    has(&u, USAGE_CPU_USER_NS, 120000000);
    assert_int_equal(__builtin_popcountll(u.have), 5);
    assert_true(keyed(STR("")).have == 0);
    assert_true(keyed(STR("\n\n\n")).have == 0);
    assert_true(keyed(STR("file\n")).have == 0);
    parse_keyed((struct str){.ptr = NULL}, KEYS, 1, &u);
    assert_int_equal(__builtin_popcountll(u.have), 5);
    struct usage untouched = {.have = 0};
    usage_set(&untouched, USAGE_PIDS, 3);
    parse_keyed(STR("anon 1\n"), NULL, 0, &untouched);
    has_only(untouched, USAGE_PIDS, 3);
}

static void bad_values_are_unknown_and_the_rest_counts(void **state) {
    (void)state;
    static const char *const bad[] = {
        "file max\n",
        "file -1\n",
        "file\n",
        "file \n",
        "file  1\n",
        "file 1 \n",
        "file 1 2\n",
        "file 18446744073709551616\n",
        "file 1\r\n",
        "file\t1\n",
        "file 0x10\n",
        "File 1\n",
        " file 1\n",
        "file_ 1\n",
        "fil 1\n",
        "usage_usec 18446744073709552\n",
        "user 9999999999999\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf text = BUF_INIT;
        buf_text(&text, bad[i]);
        buf_text(&text, "anon 5\n");
        has_only(keyed(buf_view(&text)), USAGE_MEM_RSS_BYTES, 5);
        buf_done(&text);
    }
    has_only(keyed(STR("file\0 1\nfile 1\0\nanon 5\n")), USAGE_MEM_RSS_BYTES, 5);
    has_only(keyed(STR("usage_usec 18446744073709551\n")), USAGE_CPU_NS,
             UINT64_C(18446744073709551000));
}

static void of_a_key_that_comes_twice_the_first_counts(void **state) {
    (void)state;
    has_only(keyed(STR("anon 1\nanon 2\n")), USAGE_MEM_RSS_BYTES, 1);
    assert_true(keyed(STR("anon max\nanon 2\n")).have == 0);
}

static void a_line_that_was_cut_is_lost(void **state) {
    (void)state;
    has_only(keyed(STR("anon 1\nfile 12")), USAGE_MEM_RSS_BYTES, 1);
    has_only(keyed(STR("anon 1\nfile")), USAGE_MEM_RSS_BYTES, 1);
    assert_true(keyed(STR("anon 12")).have == 0);
    has_only(pressure(STR("some total=1\nfull total=12")), USAGE_PRESSURE_CPU_WAITING_NS, 1000);
    uint64_t value = 7;
    assert_false(parse_mem_total(STR("MemFree: 1 kB\nMemTotal: 1 kB"), &value));
    assert_true(value == 7);
}

static void a_line_of_a_megabyte_is_passed_over(void **state) {
    (void)state;
    const size_t len = (size_t)1 << 20;
    struct buf text = BUF_INIT;
    memset(buf_reserve(&text, len), 'a', len);
    text.len = len;
    buf_text(&text, "\nanon 5\nfile ");
    memset(buf_reserve(&text, len), '1', len);
    text.len += len;
    buf_text(&text, "\n");
    has_only(keyed(buf_view(&text)), USAGE_MEM_RSS_BYTES, 5);
    assert_true(pressure(buf_view(&text)).have == 0);
    uint64_t value = 0;
    assert_false(parse_number(buf_view(&text), &value));
    assert_false(parse_mem_total(buf_view(&text), &value));
    buf_done(&text);
}

static void pressure_has_two_totals(void **state) {
    (void)state;
    struct usage u = pressure(STR("some avg10=0.00 avg60=0.02 avg300=0.01 total=66591\n"
                                  "full avg10=0.00 avg60=0.02 avg300=0.01 total=66590\n"));
    has(&u, USAGE_PRESSURE_CPU_WAITING_NS, 66591000);
    has(&u, USAGE_PRESSURE_CPU_STALLED_NS, 66590000);
    u = pressure(STR("full total=2\nother total=9\nsome total=1\n"));
    has(&u, USAGE_PRESSURE_CPU_WAITING_NS, 1000);
    has(&u, USAGE_PRESSURE_CPU_STALLED_NS, 2000);
}

static void pressure_without_a_total_is_unknown(void **state) {
    (void)state;
    static const char *const bad[] = {
        "full avg10=0.00\n", "full total=\n",    "full total=max\n",
        "full total=-1\n",   "full total=1.5\n", "full total=18446744073709552\n",
        "full total=1\r\n",  "full\n",           "fullest total=1\n",
        "total=1\n",         "some total=2\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf text = BUF_INIT;
        buf_text(&text, "some avg10=1.00 total=5\n");
        buf_text(&text, bad[i]);
        has_only(pressure(buf_view(&text)), USAGE_PRESSURE_CPU_WAITING_NS, 5000);
        buf_done(&text);
    }
    assert_true(pressure(STR("")).have == 0);
}

static void mem_total_is_in_kilobytes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"MemTotal:        2026992 kB\nMemFree:  1281688 kB\n", true, UINT64_C(2026992) * 1024},
        {"Unknown: 1\nMemTotal: 1 kB\nMemTotal: 2 kB\n", true, 1024},
        {"MemTotal: 1 kB", false, 0},
        {"MemTotal: 1 MB\n", false, 0},
        {"MemTotal: 1\n", false, 0},
        {"MemTotal:\n", false, 0},
        {"MemTotal: -1 kB\n", false, 0},
        {"MemTotal: 18014398509481984 kB\n", false, 0},
        {"MemTotals: 1 kB\n", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 7;
        assert_int_equal(parse_mem_total(str_of(cases[i].text), &value), cases[i].ok);
        assert_true(value == (cases[i].ok ? cases[i].value : 7));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_the_whole_file),
        cmocka_unit_test(keys_are_found_among_others),
        cmocka_unit_test(bad_values_are_unknown_and_the_rest_counts),
        cmocka_unit_test(of_a_key_that_comes_twice_the_first_counts),
        cmocka_unit_test(a_line_that_was_cut_is_lost),
        cmocka_unit_test(a_line_of_a_megabyte_is_passed_over),
        cmocka_unit_test(pressure_has_two_totals),
        cmocka_unit_test(pressure_without_a_total_is_unknown),
        cmocka_unit_test(mem_total_is_in_kilobytes),
    };
    return RUN(tests);
}
