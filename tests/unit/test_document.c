#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/document.h"

static json_t *parsed(struct str s) {
    json_t *root = NULL;
    struct err err = ERR_INIT;
    int rc = document_parse(s, &root, &err);
    if (rc != 0) {
        print_error("%.*s: %s\n", STR_ARG(s), err.text);
    }
    assert_int_equal(rc, 0);
    return root;
}

static int refusal(struct str s) {
    json_t *root = NULL;
    struct err err = ERR_INIT;
    int rc = document_parse(s, &root, &err);
    assert_null(root);
    assert_int_not_equal(rc, 0);
    assert_int_equal(rc, err.code);
    return rc;
}

static void large_numbers_are_unknown_and_the_rest_exact(void **state) {
    (void)state;
    json_t *o =
        parsed(STR("{\"a\":18446744073709551615,\"b\":9223372036854775807,"
                   "\"c\":9223372036854775808,\"d\":99999999999999999999999999,"
                   "\"e\":1e999,\"f\":-9223372036854775809,\"g\":12345678901234567,"
                   "\"h\":\"18446744073709551615\",\"i\":-5,\"j\":1.5,\"k\":true,\"l\":null}"));
    uint64_t v = 7;
    assert_false(document_u64(o, "a", &v));
    assert_true(document_u64(o, "b", &v));
    assert_true(v == INT64_MAX);
    static const char *const unknown[] = {"c", "d", "e", "f", "h", "i", "j", "k", "l", "absent"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        v = 7;
        assert_false(document_u64(o, unknown[i], &v));
        assert_int_equal(v, 7);
    }
    assert_true(document_u64(o, "g", &v));
    assert_true(v == 12345678901234567);
    int64_t negative = 0;
    assert_true(document_i64(o, "i", &negative));
    assert_int_equal(negative, -5);
    assert_true(str_eq(document_str(o, "h"), STR("18446744073709551615")));
    json_decref(o);
}

static void broken_text_is_repaired(void **state) {
    (void)state;
    json_t *o = parsed(STR("{\"a\":\"x\xFFy\",\"b\":\"\\ud800z\",\"c\":\"\\ud83d\\udc33\","
                           "\"d\":\"n\\u0000n\",\"k\\u0000\":1,\"e\":\"\\udc00\"}"));
    assert_true(str_eq(document_str(o, "a"), STR("x\xEF\xBF\xBDy")));
    assert_true(str_eq(document_str(o, "b"), STR("\xEF\xBF\xBDz")));
    assert_true(str_eq(document_str(o, "c"), STR("\xF0\x9F\x90\xB3")));
    assert_true(str_eq(document_str(o, "d"), STR("n\0n")));
    assert_true(str_eq(document_str(o, "e"), STR("\xEF\xBF\xBD")));
    uint64_t v = 0;
    assert_true(document_u64(o, "k\xEF\xBF\xBD", &v));
    json_decref(o);
}

static void what_is_not_json_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",         "<html>",   "[1,",      "{\"a\":01}", "[1e]",
                                      "[1] x",    "nonsense", "[\"a]",    "[1}",        "{\"a\"}",
                                      "[1e+99x]", "\"a\"",    "[\"\\q\"]"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(refusal(str_of(bad[i])), -EPROTO);
    }
}

static void depth_is_limited_but_not_in_strings(void **state) {
    (void)state;
    struct buf b = BUF_INIT;
    for (int i = 0; i < 10000; i++) {
        buf_byte(&b, '[');
    }
    assert_int_equal(refusal(buf_view(&b)), -EFBIG);
    buf_reset(&b);
    buf_text(&b, "[\"\\\"");
    for (int i = 0; i < 10000; i++) {
        buf_byte(&b, '[');
    }
    buf_text(&b, "\"]");
    json_decref(parsed(buf_view(&b)));
    buf_reset(&b);
    for (int i = 0; i < DOCUMENT_DEPTH_MAX; i++) {
        buf_byte(&b, '[');
    }
    for (int i = 0; i < DOCUMENT_DEPTH_MAX; i++) {
        buf_byte(&b, ']');
    }
    json_decref(parsed(buf_view(&b)));
    buf_done(&b);
}

static void the_number_of_values_is_limited(void **state) {
    (void)state;
    struct buf b = BUF_INIT;
    buf_byte(&b, '[');
    for (int i = 0; i <= DOCUMENT_VALUES_MAX; i++) {
        buf_text(&b, "{},");
    }
    buf_text(&b, "{}]");
    assert_int_equal(refusal(buf_view(&b)), -EFBIG);
    buf_done(&b);
}

static int count(struct str s) {
    struct str element;
    struct err err = ERR_INIT;
    int n = 0;
    int more = document_next(&s, &element, &err);
    while (more == 1) {
        n++;
        more = document_next(&s, &element, &err);
    }
    return more < 0 ? more : n;
}

static void arrays_are_walked(void **state) {
    (void)state;
    assert_int_equal(count(STR("[]")), 0);
    assert_int_equal(count(STR(" [ ] \n")), 0);
    assert_int_equal(count(STR("[1]")), 1);
    assert_int_equal(count(STR("[{\"a\":[1,2]}, \"],\\\"[\" ,[]]\n")), 3);
    assert_int_equal(count(STR("[\"\\\\\",\"\\\",\",\"\\\\\\\"]\"]")), 3);
    assert_int_equal(count(STR("[\"a\\")), -EPROTO);
    assert_int_equal(count(STR("[\"a\\\"]")), -EPROTO);
    static const char *const bad[] = {"",     "{}",   "[",    "[1",    "[1,",
                                      "[1,]", "[,1]", "[1]x", "[1},2", "null"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(count(str_of(bad[i])), -EPROTO);
    }
}

static void an_element_is_given_exactly(void **state) {
    (void)state;
    struct str s = STR("[ {\"a\":\"]\"} ,2]");
    struct str element;
    struct err err = ERR_INIT;
    assert_int_equal(document_next(&s, &element, &err), 1);
    assert_true(str_eq(element, STR("{\"a\":\"]\"} ")));
    assert_int_equal(document_next(&s, &element, &err), 1);
    assert_true(str_eq(element, STR("2")));
    assert_int_equal(document_next(&s, &element, &err), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_numbers_are_unknown_and_the_rest_exact),
        cmocka_unit_test(broken_text_is_repaired),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(depth_is_limited_but_not_in_strings),
        cmocka_unit_test(the_number_of_values_is_limited),
        cmocka_unit_test(arrays_are_walked),
        cmocka_unit_test(an_element_is_given_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
