#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

static void splits_into_parts(void **state) {
    (void)state;
    struct str rest = STR("a,,b");
    struct str part;
    assert_true(str_split(&rest, ',', &part));
    assert_true(str_eq(part, STR("a")));
    assert_true(str_split(&rest, ',', &part));
    assert_int_equal(part.len, 0);
    assert_true(str_split(&rest, ',', &part));
    assert_true(str_eq(part, STR("b")));
    assert_false(str_split(&rest, ',', &part));
}

static void numbers_end_at_64_bits(void **state) {
    (void)state;
    uint64_t v = 7;
    assert_true(str_to_u64(STR("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &v));
    assert_false(str_to_u64(STR(""), &v));
    assert_false(str_to_u64(STR("-1"), &v));
    assert_false(str_to_u64(STR("1 "), &v));
}

static void utf8_is_strict(void **state) {
    (void)state;
    assert_int_equal(str_utf8_len(STR("a"), 0), 1);
    assert_int_equal(str_utf8_len(STR("\xE6\xB8\xAC"), 0), 3);
    assert_int_equal(str_utf8_len(STR("\xF0\x9F\x90\xB3"), 0), 4);
    assert_int_equal(str_utf8_len(STR("\xC0\x80"), 0), 0);
    assert_int_equal(str_utf8_len(STR("\xED\xA0\x80"), 0), 0);
    assert_int_equal(str_utf8_len(STR("\xF4\x90\x80\x80"), 0), 0);
    assert_int_equal(str_utf8_len(STR("\xE6\xB8"), 0), 0);
    assert_int_equal(str_utf8_len(STR("\xFF"), 0), 0);
}

static void nearest_name_is_found(void **state) {
    (void)state;
    const char *const names[] = {"server.port", "server.address", "docker.host"};
    assert_string_equal(str_nearest(STR("server.prot"), names, 3), "server.port");
    assert_null(str_nearest(STR("zzz"), names, 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_into_parts),
        cmocka_unit_test(numbers_end_at_64_bits),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(nearest_name_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
