/* What is valid: canonical pages keep their bytes, others get canonical ones; the data read. */
#include "expo_case.h"

#include <errno.h>

#define EOF_LINE "# EOF\n"

static void canonical_text_keeps_its_bytes(void **state) {
    (void)state;
    static const char *const pages[] = {
        "",
        "a 1\n",
        "# HELP a What it is, \"quoted\", \\\\ and \\n.\n# TYPE a gauge\na{b=\"x\"} 1 "
        "1795225788438\n",
        "# TYPE a gauge\n# HELP a  Two blanks in front.\na 1\n",
        "# HELP a \n# TYPE a counter\n",
        "# HELP a Without a type.\na NaN\na{b=\"\\\\ \\n \\\" é {}=,#\"} -Inf\n",
        "# TYPE a untyped\na +Inf -5\n",
        "# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum NaN\nh_count "
        "2\n",
        "# TYPE h histogram\nh_bucket{le=\"1\",a=\"x\"} 1\nh_bucket{a=\"y\",le=\"1\"} 0\n"
        "h_bucket{le=\"+Inf\",a=\"x\"} 1\nh_bucket{a=\"y\",le=\"inf\"} 0\nh_sum{a=\"x\"} -1\n"
        "h_count{a=\"y\"} 0.0\nh_count{a=\"x\"} 1e0\n",
        "# TYPE s summary\ns{quantile=\"0\"} NaN\ns{quantile=\"0.5\"} -1\ns_sum -2\ns_count 3\n",
        "# TYPE s summary\ns_sum 1\ns_count 1\n# TYPE t summary\nt{quantile=\"7\"} 1\n",
        /* one series with its labels in another order is another series only by its values */
        "a{b=\"1\",c=\"2\"} 1\na{c=\"1\",b=\"2\"} 1\na{b=\"1\"} 1\na 1\n",
        "# TYPE a counter\na_total_of_all 1\nb 1\na_created 1\n",
        "# TYPE a counter\na -1\n",
        "# TYPE a gauge\na 1\na_total 1\n",
        ":a:b 1\n_ 2\nA9 .5e+07\n",
    };
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        expo_same(str_of(pages[i]), EXPO_TEXT);
    }
}

static void canonical_openmetrics_keeps_its_bytes(void **state) {
    (void)state;
    static const char *const pages[] = {
        EOF_LINE,
        "a 1\n" EOF_LINE,
        "# TYPE a counter\n# UNIT a \n# HELP a \\\"x\\\" \\\\ \\n\na_total 1\na_created "
        "1.5e+09\n" EOF_LINE,
        "# HELP a_seconds x\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1 2.5\n"
        "a_seconds 1 2.50000000000000000001\n" EOF_LINE,
        "# TYPE a counter\na_total{b=\"1\"} 1 # {} 1\na_total{b=\"2\"} 1 5 # {c=\"# {}\"} NaN "
        "-5e0\n" EOF_LINE,
        "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {t=\"x\"} 1.0 123.5\nh_bucket{le=\"+Inf\"} "
        "2\n"
        "h_sum 3\nh_count 2.0\nh_created 1\n" EOF_LINE,
        "# TYPE h histogram\nh_bucket{le=\"-1\"} 1\nh_bucket{le=\"+Inf\"} 2\n" EOF_LINE,
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2 1\nh_bucket{le=\"+Inf\"} 1 2\n" EOF_LINE,
        "# TYPE g gaugehistogram\ng_bucket{le=\"-1\"} 1\ng_bucket{le=\"+Inf\"} 2\ng_gsum -3\n"
        "g_gcount 2\n" EOF_LINE,
        "# TYPE s summary\ns_count 1\ns_sum 2\ns{quantile=\"0.9\"} NaN\ns{quantile=\"0.5\"} "
        "1\n" EOF_LINE,
        "# TYPE s stateset\ns{s=\"a\",e=\"1\"} 1\ns{s=\"b\",e=\"1\"} 0.0\ns{s=\"a\",e=\"2\"} "
        "1.0\n" EOF_LINE,
        "# TYPE s stateset\ns{s=\"a\"} 1 1\ns{s=\"b\"} 0 1\ns{s=\"a\"} 0 2\ns{s=\"b\"} 1 "
        "2\n" EOF_LINE,
        "# TYPE i info\ni_info{v=\"1\"} 1\ni_info{v=\"2\"} 1.0\n" EOF_LINE,
        "# TYPE u unknown\nu -1\nu{a=\"b\"} 1e-400\n" EOF_LINE,
        "# TYPE a gauge\n# TYPE b counter\n# HELP c x\n" EOF_LINE,
        "# TYPE a gauge\na 1 1\na 2 1.5\na{b=\"c\"} 1\na{b=\"d\"} 1 0\n" EOF_LINE,
        "# TYPE a gauge\na 1 0.9\na 2 1e0\na 2 1.5e0\na 3 10\n" EOF_LINE,
    };
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        expo_same(str_of(pages[i]), EXPO_OPENMETRICS);
    }
    struct str nul = STR("a{b=\"x\0y\"} 1\n" EOF_LINE);
    expo_same(nul, EXPO_OPENMETRICS);
}

/* Valid, but not as anybody writes it. */
static void other_forms_become_canonical(void **state) {
    (void)state;
    static const struct {
        enum expo_format format;
        const char *page;
        const char *want;
    } rows[] = {
        {EXPO_TEXT,
         "# comment\n\n#\n# HELPX\n#TYPE a gauge\n \t a\t {  b = \"x\" , } \t 1 \t 5\n\n",
         "# TYPE a gauge\na{b=\"x\"} 1 5\n"},
        {EXPO_TEXT, "#\tHELP  a\tb\n# \tTYPE a\t\tcounter\na{} 1\n",
         "# HELP a b\n# TYPE a counter\na 1\n"},
        {EXPO_TEXT, "a{b=\"c\"}1\n", "a{b=\"c\"} 1\n"},
        {EXPO_TEXT, "# HELP a\na 1\n", "# HELP a \na 1\n"},
        {EXPO_TEXT, "# EOF\n# UNIT a b\na 1\n", "a 1\n"},
        {EXPO_OPENMETRICS, "a{} 1\n# EOF", "a 1\n# EOF\n"},
        {EXPO_OPENMETRICS, "# HELP a \\x\na{b=\"\\x\\\\\"} 1\n# EOF\n",
         "# HELP a \\\\x\na{b=\"\\\\x\\\\\"} 1\n# EOF\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expo_gives(str_of(rows[i].page), rows[i].format, str_of(rows[i].want));
        expo_same(str_of(rows[i].want), rows[i].format);
    }
}

static void gives_what_stands_there(void **state) {
    (void)state;
    struct expo_case c = expo_case(STR("# HELP a_seconds He\\nlp\n# TYPE a_seconds histogram\n"
                                       "# UNIT a_seconds seconds\n"
                                       "a_seconds_bucket{x=\"\\\"\",le=\"+Inf\"} 010.0 5.50 # "
                                       "{t=\"id\"} 3 7\n"
                                       "b{c=\"\"} 1\n# EOF\n"),
                                   EXPO_OPENMETRICS);
    assert_int_equal(c.r, 0);
    assert_int_equal(c.page.n_families, 2);
    assert_int_equal(c.page.n_samples, 2);
    const struct expo_family *a = c.page.first;
    assert_str(a->name, "a_seconds");
    assert_int_equal(a->type, EXPO_HISTOGRAM);
    assert_str(a->help, "He\nlp");
    assert_str(a->unit, "seconds");
    assert_int_equal(a->n_metas, 3);
    assert_int_equal(a->metas[0], EXPO_META_HELP);
    assert_int_equal(a->metas[2], EXPO_META_UNIT);
    const struct expo_sample *s = a->first;
    assert_ptr_equal(s, a->last);
    assert_str(s->name, "a_seconds_bucket");
    assert_int_equal(s->n_labels, 2);
    assert_str(s->labels[0].name, "x");
    assert_str(s->labels[0].value, "\"");
    assert_str(s->value, "010.0");
    assert_str(s->timestamp, "5.50");
    assert_str(s->exemplar->labels[0].value, "id");
    assert_str(s->exemplar->value, "3");
    assert_str(s->exemplar->timestamp, "7");
    const struct expo_family *b = a->next;
    assert_ptr_equal(b, c.page.last);
    assert_int_equal(b->type, EXPO_UNKNOWN);
    assert_int_equal(b->n_metas, 0);
    assert_false(expo_has_meta(b, EXPO_META_TYPE));
    assert_null(b->first->exemplar);
    expo_case_done(&c);
}

/* Appends n times s. */
static void repeat(struct buf *b, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        buf_text(b, s);
    }
}

/* The page up to a limit is valid, one more is not and is told as such. */
static void limit_is(struct buf *at, struct buf *beyond, const char *told) {
    struct expo_case c = expo_case(buf_view(at), EXPO_TEXT);
    assert_string_equal(c.err.text, "");
    expo_case_done(&c);
    c = expo_case(buf_view(beyond), EXPO_TEXT);
    assert_int_equal(c.r, -EFBIG);
    assert_non_null(strstr(c.err.text, told));
    expo_case_done(&c);
    buf_done(at);
    buf_done(beyond);
}

static void limit_of(const char *before, const char *unit, size_t n, const char *behind,
                     const char *told) {
    struct buf pages[2] = {BUF_INIT, BUF_INIT};
    for (size_t i = 0; i < 2; i++) {
        buf_text(&pages[i], before);
        repeat(&pages[i], unit, n + i);
        buf_text(&pages[i], behind);
    }
    limit_is(&pages[0], &pages[1], told);
}

static void limits(void **state) {
    (void)state;
    limit_of("", "a", SCAN_NAME_MAX, " 1\n", "of more than 512 bytes");
    limit_of("a{", "b", SCAN_NAME_MAX, "=\"\"} 1\n", "of more than 512 bytes");
    limit_of("a{b=\"", "x", SCAN_TEXT_MAX, "\"} 1\n", "more than 65536");
    limit_of("# HELP a ", "x", SCAN_TEXT_MAX, "\n", "more than 65536");
    limit_of("a 0.", "1", SCAN_NUMBER_MAX - 2, "\n", "of more than 512 bytes");
}

static void limits_of_many(void **state) {
    (void)state;
    struct buf pages[2] = {BUF_INIT, BUF_INIT};
    for (size_t i = 0; i < 2; i++) {
        buf_text(&pages[i], "a{");
        for (size_t j = 0; j < SCAN_LABELS_MAX + i; j++) {
            buf_fmt(&pages[i], "%sl%zu=\"\"", j ? "," : "", j);
        }
        buf_text(&pages[i], "} 1\n");
    }
    limit_is(&pages[0], &pages[1], "more than 128 labels");
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < EXPO_FAMILIES_MAX + i; j++) {
            buf_fmt(&pages[i], "a%zu 1\n", j);
        }
    }
    limit_is(&pages[0], &pages[1], "more than 100000 families");
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < EXPO_SAMPLES_MAX + i; j++) {
            buf_fmt(&pages[i], "a{b=\"%zu\"} 1\n", j);
        }
    }
    limit_is(&pages[0], &pages[1], "more than 1000000 samples");
}

static void limit_of_the_page(void **state) {
    (void)state;
    size_t len = EXPO_PAGE_MAX + 1;
    CLEANUP_FREE char *page = malloc(len);
    assert_non_null(page);
    memset(page, '\n', len);
    struct expo_case c = expo_case((struct str){.ptr = page, .len = len - 1}, EXPO_TEXT);
    assert_int_equal(c.r, 0);
    expo_case_done(&c);
    c = expo_case((struct str){.ptr = page, .len = len}, EXPO_TEXT);
    assert_int_equal(c.r, -EFBIG);
    expo_case_done(&c);
}

static void formats_by_content_type(void **state) {
    (void)state;
    static const struct {
        const char *type;
        enum expo_format format;
    } rows[] = {
        {"application/openmetrics-text; version=1.0.0; charset=utf-8", EXPO_OPENMETRICS},
        {"application/openmetrics-text", EXPO_OPENMETRICS},
        {" Application/OpenMetrics-Text ;version=0.0.1", EXPO_OPENMETRICS},
        {"application/openmetrics-text2", EXPO_TEXT},
        {"text/plain; version=0.0.4", EXPO_TEXT},
        {"text/html", EXPO_TEXT},
        {"", EXPO_TEXT},
        {NULL, EXPO_TEXT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(expo_format_of(str_of(rows[i].type)), rows[i].format);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_keeps_its_bytes),
        cmocka_unit_test(canonical_openmetrics_keeps_its_bytes),
        cmocka_unit_test(other_forms_become_canonical),
        cmocka_unit_test(gives_what_stands_there),
        cmocka_unit_test(limits),
        cmocka_unit_test(limits_of_many),
        cmocka_unit_test(limit_of_the_page),
        cmocka_unit_test(formats_by_content_type),
    };
    return RUN(tests);
}
