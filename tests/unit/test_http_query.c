#include "unit.h"

#include "http/query.h"

static bool value_of(const char *query, const char *name, size_t i, struct str *ret) {
    static char buf[16];
    return query_value(str_of(query), str_of(name), i,
                       (struct query_room){.buf = buf, .cap = sizeof(buf)}, ret);
}

static void finds_repeated_parameters(void **state) {
    (void)state;
    const char *query = "collect[]=a&x=y&collect%5B%5d=b%2Fc&collect[]";
    struct str v;
    assert_true(value_of(query, "collect[]", 0, &v));
    assert_str(v, "a");
    assert_true(value_of(query, "collect[]", 1, &v));
    assert_str(v, "b/c");
    assert_true(value_of(query, "collect[]", 2, &v));
    assert_str(v, "");
    assert_false(value_of(query, "collect[]", 3, &v));
    assert_false(value_of(query, "collect", 0, &v));
    assert_false(value_of(query, "collect[]=", 0, &v));
    assert_false(value_of("", "", 0, &v));
    assert_false(value_of("&&", "", 0, &v));
    assert_false(value_of(NULL, "x", 0, &v));
}

static void decodes_what_is_coded(void **state) {
    (void)state;
    struct str v;
    assert_true(value_of("a=b+c%20d&", "a", 0, &v));
    assert_str(v, "b c d");
    assert_true(value_of("a=%4&b=%zz", "a", 0, &v));
    assert_str(v, "%4");
    assert_true(value_of("a=%4&b=%zz", "b", 0, &v));
    assert_str(v, "%zz");
    assert_true(value_of("a=x=y", "a", 0, &v));
    assert_str(v, "x=y");
    assert_true(value_of("a=%00", "a", 0, &v));
    assert_int_equal(v.len, 1);
}

static void cuts_what_is_too_long(void **state) {
    (void)state;
    struct str v;
    assert_true(value_of("a=0123456789abcdefghij", "a", 0, &v));
    assert_str(v, "0123456789abcdef");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_repeated_parameters),
        cmocka_unit_test(decodes_what_is_coded),
        cmocka_unit_test(cuts_what_is_too_long),
    };
    return RUN(tests);
}
