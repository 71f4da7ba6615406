/* err, buf, arena, hash, clock: the ground on which the rest stands. */
#include <errno.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "unit.h"

static void err_names_context_outermost_first(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(err_sys(&err, -EACCES, "connect"), -EACCES);
    assert_int_equal(err_wrap(&err, "list %s", "containers"), -EACCES);
    assert_string_equal(err.text, "list containers: connect: Permission denied");
}

static void err_is_cut_at_a_whole_character(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    char text[ERR_TEXT_MAX * 2];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof(text); i += 3) {
            memcpy(text + i, "\xE6\xB8\xAC", 4);
        }
        (void)err_set(&err, -EIO, "%s", text);
        struct str cut = str_of(err.text);
        assert_true(str_ends(cut, STR("...")));
        for (size_t at = 0; at < cut.len;) {
            size_t len = str_utf8_len(cut, at);
            assert_true(len > 0);
            at += len;
        }
    }
}

static void buf_fails_stickily_at_its_limit(void **state) {
    (void)state;
    struct buf b CLEANUP_BUF = BUF_INIT;
    b.max = 10;
    buf_text(&b, "12345678");
    buf_text(&b, "abc");
    assert_true(buf_failed(&b));
    buf_text(&b, "z");
    assert_str(buf_view(&b), "12345678");
    buf_reset(&b);
    buf_u64(&b, 0);
    buf_u64(&b, 12345);
    assert_str(buf_view(&b), "012345");
    assert_false(buf_failed(&b));
}

static void buf_writes_json_that_is_always_valid(void **state) {
    (void)state;
    struct buf b CLEANUP_BUF = BUF_INIT;
    buf_json(&b, STR("a\"b\\c\n\x01\x7F\xFF\xE6\xB8\xAC"));
    assert_str(buf_view(&b), "\"a\\\"b\\\\c\\n\\u0001\\u007f\xEF\xBF\xBD\xE6\xB8\xAC\"");
}

static void buf_reserves_nothing_too(void **state) {
    (void)state;
    struct buf b CLEANUP_BUF = BUF_INIT;
    assert_non_null(buf_reserve(&b, 0));
    assert_false(buf_failed(&b));
    assert_int_equal(b.len, 0);
}

static void buf_writes_plain_text_on_one_line(void **state) {
    (void)state;
    struct buf b CLEANUP_BUF = BUF_INIT;
    buf_plain(&b, STR("a\"b\\c\n\x01\x7F\xC2\x9B\xC2\xA0\xFF\xE6\xB8\xAC"));
    assert_str(buf_view(&b), "a\"b\\c\\u000a\\u0001\\u007f\\u009b\xC2\xA0\xEF\xBF\xBD\xE6\xB8\xAC");
}

static void buf_breaks_lines_at_blanks(void **state) {
    (void)state;
    struct buf b CLEANUP_BUF = BUF_INIT;
    buf_wrapped(&b, STR("one two three four-and-five, six"), 2, 10);
    assert_str(buf_view(&b), "  one two\n  three\n  four-and\n  -five,\n  six\n");
    buf_reset(&b);
    buf_wrapped(&b, STR("12345678 1234567"), 0, 8);
    buf_wrapped(&b, STR("123 5678"), 0, 8);
    buf_wrapped(&b, STR(""), 0, 8);
    assert_str(buf_view(&b), "12345678\n1234567\n123 5678\n");
}

static void arena_is_used_again_without_growing(void **state) {
    (void)state;
    struct arena a CLEANUP(arena_done) = ARENA_INIT;
    size_t bytes = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            char *p = arena_alloc(&a, 100);
            assert_non_null(p);
            memset(p, i, 100);
        }
        assert_non_null(arena_alloc(&a, 300000));
        if (round == 0) {
            bytes = arena_bytes(&a);
        }
        assert_int_equal(arena_bytes(&a), bytes);
        arena_reset(&a);
    }
}

static void arena_refuses_what_cannot_be(void **state) {
    (void)state;
    struct arena a CLEANUP(arena_done) = ARENA_INIT;
    assert_null(arena_array(&a, SIZE_MAX / 2, 4));
    assert_true(arena_failed(&a));
    arena_reset(&a);
    assert_false(arena_failed(&a));
    assert_str(arena_str(&a, STR("text")), "text");
}

/* Thousands of entries come and go; each is found while it is in and only then. */
static void hash_finds_what_is_in(void **state) {
    (void)state;
    enum { N = 5000 };
    static char keys[N][16];
    struct hash h CLEANUP(hash_done) = HASH_INIT;
    for (int i = 0; i < N; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "key%d", i);
        assert_int_equal(hash_set(&h, str_of(keys[i]), keys[i]), 0);
    }
    for (int i = 0; i < N; i += 2) {
        assert_ptr_equal(hash_remove(&h, str_of(keys[i])), keys[i]);
        assert_null(hash_remove(&h, str_of(keys[i])));
    }
    assert_int_equal(h.n, N / 2);
    for (int i = 0; i < N; i++) {
        assert_ptr_equal(hash_get(&h, str_of(keys[i])), i % 2 ? keys[i] : NULL);
    }
    size_t seen = 0;
    for (size_t at = 0; hash_next(&h, &at);) {
        seen++;
    }
    assert_int_equal(seen, N / 2);
}

/* Removed entries must not fill the table up: it would search for ever. */
static void hash_survives_churn(void **state) {
    (void)state;
    struct hash h CLEANUP(hash_done) = HASH_INIT;
    char keys[8][16];
    for (int i = 0; i < 100000; i++) {
        char *key = keys[i % 8];
        if (i >= 8) {
            assert_non_null(hash_remove(&h, str_of(key)));
        }
        (void)snprintf(key, 16, "k%d", i);
        assert_int_equal(hash_set(&h, str_of(key), key), 0);
    }
    assert_int_equal(h.n, 8);
    assert_true(h.cap <= 256);
}

static void clock_reads_rfc3339(void **state) {
    (void)state;
    int64_t ns = 0;
    assert_true(clock_parse_rfc3339(STR("1970-01-01T00:00:00Z"), &ns));
    assert_true(ns == 0);
    assert_true(clock_parse_rfc3339(STR("2026-11-21T01:45:22.319039382Z"), &ns));
    assert_true(ns == INT64_C(1795225522319039382));
    assert_true(clock_parse_rfc3339(STR("2026-11-21T02:45:22.3+01:00"), &ns));
    assert_true(ns == INT64_C(1795225522300000000));
    assert_true(clock_parse_rfc3339(STR("2024-02-29T00:00:00Z"), &ns));
    assert_true(ns == INT64_C(1709164800) * NS_PER_S);
}

static void clock_refuses_other_texts(void **state) {
    (void)state;
    static const char *const wrong[] = {"0001-01-01T00:00:00Z",
                                        "2026-11-21",
                                        "2026-11-21T01:45:22",
                                        "2026-13-21T01:45:22Z",
                                        "2026-11-21T01:45:22.Z",
                                        "2026-11-21T01:45:22Z ",
                                        "",
                                        "2300-01-01T00:00:00Z",
                                        "2026-11-21T01:45:22+01",
                                        "20261121T014522Z"};
    int64_t ns = 7;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(clock_parse_rfc3339(str_of(wrong[i]), &ns));
    }
}

static void clock_writes_utc(void **state) {
    (void)state;
    char buf[CLOCK_TEXT_MAX];
    assert_str(clock_format(INT64_C(1795225522319039382), false, buf), "2026-11-21T01:45:22Z");
    assert_str(clock_format(INT64_C(1795225522319039382), true, buf), "2026-11-21T01:45:22.319Z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_names_context_outermost_first),
        cmocka_unit_test(err_is_cut_at_a_whole_character),
        cmocka_unit_test(buf_fails_stickily_at_its_limit),
        cmocka_unit_test(buf_writes_json_that_is_always_valid),
        cmocka_unit_test(buf_reserves_nothing_too),
        cmocka_unit_test(buf_writes_plain_text_on_one_line),
        cmocka_unit_test(buf_breaks_lines_at_blanks),
        cmocka_unit_test(arena_is_used_again_without_growing),
        cmocka_unit_test(arena_refuses_what_cannot_be),
        cmocka_unit_test(hash_finds_what_is_in),
        cmocka_unit_test(hash_survives_churn),
        cmocka_unit_test(clock_reads_rfc3339),
        cmocka_unit_test(clock_refuses_other_texts),
        cmocka_unit_test(clock_writes_utc),
    };
    return RUN(tests);
}
