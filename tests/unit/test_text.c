#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expo/text.h"

struct page {
    struct buf out;
    struct arena arena;
    struct text_writer w;
};

static void begin(struct page *p, enum expo_format format) {
    *p = (struct page){.out = BUF_INIT, .arena = ARENA_INIT};
    text_begin(&p->w, format, &p->out, &p->arena);
}

static void family(struct page *p, const char *name, const char *help, enum family_type type) {
    /* Lives until the next family, as the seam promises; one page at a time. */
    static struct family f;
    f = (struct family){.name = str_of(name), .help = str_of(help), .type = type};
    p->w.sink.family(&p->w.sink, &f);
}

static void sample(struct page *p, struct labelset *base, const struct label *own, size_t n,
                   struct value value) {
    p->w.sink.sample(&p->w.sink, base, own, n, value);
}

static void expect(struct page *p, const char *text) {
    text_end(&p->w);
    assert_false(buf_failed(&p->out));
    assert_string_equal(buf_cstr(&p->out), text);
    buf_done(&p->out);
    arena_done(&p->arena);
}

static void prints_as(struct value value, const char *text) {
    struct page p;
    begin(&p, EXPO_TEXT);
    family(&p, "m", "h", FAMILY_GAUGE);
    sample(&p, NULL, NULL, 0, value);
    struct str line = buf_view(&p.out);
    size_t at = str_search(line, STR("\nm "));
    assert_true(at != SIZE_MAX);
    struct str digits = str_sub(line, at + 3, line.len - at - 4);
    assert_int_equal(digits.len, strlen(text));
    assert_memory_equal(digits.ptr, text, digits.len);
    buf_done(&p.out);
    arena_done(&p.arena);
}

static void integers_are_exact(void **state) {
    (void)state;
    prints_as(value_u64(0), "0");
    prints_as(value_u64(9), "9");
    prints_as(value_u64(10), "10");
    prints_as(value_u64(99), "99");
    prints_as(value_u64(100), "100");
    prints_as(value_u64(12345), "12345");
    prints_as(value_u64(UINT64_MAX), "18446744073709551615");
    prints_as(value_i64(-1), "-1");
    prints_as(value_i64(INT64_MIN), "-9223372036854775808");
    /* Every length, against the library's own. */
    uint64_t v = 1;
    for (int i = 0; i < 20; i++, v = v * 10 + (uint64_t)i % 10) {
        char want[32];
        (void)snprintf(want, sizeof(want), "%llu", (unsigned long long)v);
        prints_as(value_u64(v), want);
    }
}

static void nanoseconds_lose_no_digit(void **state) {
    (void)state;
    prints_as(value_nano(0), "0");
    prints_as(value_nano(1), "0.000000001");
    prints_as(value_nano(100), "0.0000001");
    prints_as(value_nano(1000000000), "1");
    prints_as(value_nano(15230744000), "15.230744");
    prints_as(value_nano(UINT64_C(9007199254740993)), "9007199.254740993");
    prints_as(value_nano(UINT64_MAX), "18446744073.709551615");
    prints_as((struct value){.integer = 1500000000, .negative = true, .decimals = 9}, "-1.5");
    prints_as((struct value){.integer = 0, .negative = true}, "0");
}

static void writes_text(void **state) {
    (void)state;
    struct page p;
    begin(&p, EXPO_TEXT);
    struct label shared[] = {{STR("a"), STR("1")}, {STR("b"), STR("")}};
    struct labelset base = {.labels = shared, .n = 2};
    struct label own = {STR("c"), STR("3")};
    family(&p, "x_total", "a \"b\"\\\n", FAMILY_COUNTER);
    sample(&p, &base, NULL, 0, value_u64(1));
    sample(&p, &base, &own, 1, value_u64(2));
    sample(&p, NULL, &own, 1, value_u64(3));
    family(&p, "y", "z", FAMILY_GAUGE);
    sample(&p, NULL, NULL, 0, value_u64(4));
    expect(&p, "# HELP x_total a \"b\"\\\\\\n\n# TYPE x_total counter\n"
               "x_total{a=\"1\",b=\"\"} 1\n"
               "x_total{a=\"1\",b=\"\",c=\"3\"} 2\n"
               "x_total{c=\"3\"} 3\n"
               "# HELP y z\n# TYPE y gauge\ny 4\n");
}

static void writes_openmetrics(void **state) {
    (void)state;
    struct page p;
    begin(&p, EXPO_OPENMETRICS);
    family(&p, "x_total", "a \"b\"", FAMILY_COUNTER);
    sample(&p, NULL, NULL, 0, value_u64(1));
    family(&p, "odd", "h", FAMILY_COUNTER);
    sample(&p, NULL, NULL, 0, value_u64(2));
    family(&p, "kept_total", "h", FAMILY_GAUGE);
    sample(&p, NULL, NULL, 0, value_u64(3));
    expect(&p, "# HELP x a \\\"b\\\"\n# TYPE x counter\nx_total 1\n"
               "# HELP odd h\n# TYPE odd unknown\nodd 2\n"
               "# HELP kept_total h\n# TYPE kept_total gauge\nkept_total 3\n"
               "# EOF\n");
}

static void escapes_label_values(void **state) {
    (void)state;
    struct page p;
    begin(&p, EXPO_TEXT);
    struct label own[] = {
        {STR("q"), STR("a\"b\\c\nd\r\t")},
        {STR("u"), STR("m\xC3\xBC\xE6\xB8\xAC\xF0\x9F\x90\xB3")},
        {STR("bad"), STR("\xFF\xC0\x80|\xE6\xB8|\xED\xA0\x80")},
        {STR("nul"), STR("a\0b")},
    };
    family(&p, "m", "h", FAMILY_GAUGE);
    sample(&p, NULL, own, 4, value_u64(1));
    expect(&p, "# HELP m h\n# TYPE m gauge\n"
               "m{q=\"a\\\"b\\\\c\\nd\r\t\","
               "u=\"m\xC3\xBC\xE6\xB8\xAC\xF0\x9F\x90\xB3\","
               "bad=\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD|"
               "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\","
               "nul=\"a\xEF\xBF\xBD"
               "b\"} 1\n");
}

static void renders_a_base_set_once(void **state) {
    (void)state;
    struct page p;
    begin(&p, EXPO_TEXT);
    char text[] = "one";
    struct label shared = {STR("a"), {.ptr = text, .len = 3}};
    struct labelset base = {.labels = &shared, .n = 1};
    family(&p, "m", "h", FAMILY_GAUGE);
    sample(&p, &base, NULL, 0, value_u64(1));
    memcpy(text, "two", 3);
    sample(&p, &base, NULL, 0, value_u64(2));
    expect(&p, "# HELP m h\n# TYPE m gauge\nm{a=\"one\"} 1\nm{a=\"one\"} 2\n");
}

static void a_full_buffer_fails_for_good(void **state) {
    (void)state;
    struct page p;
    begin(&p, EXPO_OPENMETRICS);
    p.out.max = 20;
    struct label shared = {STR("a"), STR("1")};
    struct labelset base = {.labels = &shared, .n = 1};
    family(&p, "m", "a help text that is too long", FAMILY_GAUGE);
    sample(&p, &base, NULL, 0, value_u64(1));
    text_end(&p.w);
    assert_true(buf_failed(&p.out));
    assert_true(p.out.len <= 20);
    buf_done(&p.out);
    arena_done(&p.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(nanoseconds_lose_no_digit),
        cmocka_unit_test(writes_text),
        cmocka_unit_test(writes_openmetrics),
        cmocka_unit_test(escapes_label_values),
        cmocka_unit_test(renders_a_base_set_once),
        cmocka_unit_test(a_full_buffer_fails_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
