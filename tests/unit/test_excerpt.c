#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/document.h"
#include "engine/excerpt.h"

static const struct excerpt_key inner[] = {{.key = "x"}, {.key = NULL}};
static const struct excerpt_key outer[] = {
    {.key = "a"}, {.key = "in", .within = inner}, {.key = NULL}};

/* The excerpt's text, members sorted. */
static void assert_excerpt(const char *bytes, const char *expected) {
    json_t *root = NULL;
    struct err err = ERR_INIT;
    int rc = excerpt_parse(str_of(bytes), outer, &root, &err);
    if (rc != 0) {
        print_error("%s: %s\n", bytes, err.text);
    }
    assert_int_equal(rc, 0);
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, expected);
    free(text);
    json_decref(root);
}

static int refusal(const char *bytes) {
    json_t *root = NULL;
    struct err err = ERR_INIT;
    int rc = excerpt_parse(str_of(bytes), outer, &root, &err);
    assert_null(root);
    assert_int_equal(rc, err.code);
    return rc;
}

static void wanted_members_are_kept(void **state) {
    (void)state;
    assert_excerpt("{}", "{}");
    assert_excerpt("{\"b\":1}", "{}");
    assert_excerpt("{\"a\":1}", "{\"a\":1}");
    assert_excerpt(" { \"b\" : {\"a\":2}, \"a\" : [ {\"b\":1} , \"}\" ] ,\"aa\":3}\n",
                   "{\"a\":[{\"b\":1},\"}\"]}");
}

static void what_is_wanted_within_is_kept(void **state) {
    (void)state;
    assert_excerpt("{\"in\":{\"y\":{\"x\":0},\"x\":7,\"a\":8},\"x\":9}", "{\"in\":{\"x\":7}}");
    assert_excerpt("{\"in\":{},\"a\":null}", "{\"a\":null,\"in\":{}}");
    assert_excerpt("{\"in\":[{\"y\":1}],\"b\":2}", "{\"in\":[{\"y\":1}]}");
    assert_excerpt("{\"in\":\"{\"}", "{\"in\":\"{\"}");
}

/* As the parser has it: of a name that comes twice the last one counts, however it is written. */
static void names_mean_what_they_mean_to_the_parser(void **state) {
    (void)state;
    assert_excerpt("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3}");
    assert_excerpt("{\"a\":1,\"\\u0061\":4}", "{\"a\":4}");
    assert_excerpt("{\"in\":{\"x\":1,\"\\u0078\":5}}", "{\"in\":{\"x\":5}}");
}

static void what_is_kept_is_repaired(void **state) {
    (void)state;
    assert_excerpt("{\"a\":\"x\xFFy\",\"in\":{\"x\":1e999}}",
                   "{\"a\":\"x\xEF\xBF\xBDy\",\"in\":{\"x\":null}}");
}

static void what_is_no_object_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",           "<html>",      "{",           "{\"a\":1",  "{\"b\":{}",   "{\"b\":1}x",
        "{\"b\":}",   "{\"b\"}",     "{\"b\":1,}",  "{\"a\":x}", "{\"a\":[1}}", "{\"in\":{\"y\"}}",
        "{\"in\":{]", "{\"in\":{,}", "{\"b\":\"1}", "{,}",       "\"a\"",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(refusal(bad[i]), -EPROTO);
    }
}

/* What is walked over costs no memory. */
static void limits_hold_for_what_is_kept_alone(void **state) {
    (void)state;
    struct buf b = BUF_INIT;
    buf_text(&b, "{\"b\":");
    for (int i = 0; i < 10000; i++) {
        buf_byte(&b, '[');
    }
    for (int i = 0; i < 10000; i++) {
        buf_byte(&b, ']');
    }
    buf_text(&b, ",\"a\":1}");
    assert_excerpt(buf_cstr(&b), "{\"a\":1}");
    b.data[2] = 'a';
    assert_int_equal(refusal(buf_cstr(&b)), -EFBIG);
    buf_done(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wanted_members_are_kept),
        cmocka_unit_test(what_is_wanted_within_is_kept),
        cmocka_unit_test(names_mean_what_they_mean_to_the_parser),
        cmocka_unit_test(what_is_kept_is_repaired),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(limits_hold_for_what_is_kept_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
