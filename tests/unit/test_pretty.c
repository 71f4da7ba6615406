#include "expo_case.h"

#include "expo/pretty.h"

static void shows(const char *page, enum expo_format format, const char *want) {
    struct expo_case c = expo_case(str_of(page), format);
    struct buf out CLEANUP_BUF = BUF_INIT;
    assert_string_equal(c.err.text, "");
    pretty_write(&c.page, &out);
    assert_string_equal(buf_cstr(&out), want);
    expo_case_done(&c);
}

static void aligns_values(void **state) {
    (void)state;
    shows("# HELP http_requests_total Requests\\nanswered.\n# TYPE http_requests_total counter\n"
          "http_requests_total{code=\"200\",method=\"get\"} 1027 1395066363000\n"
          "http_requests_total{code=\"404\"} 3\n# TYPE empty gauge\nbare 1\n",
          EXPO_TEXT,
          "http_requests_total  counter\n"
          "  Requests\\u000aanswered.\n"
          "  1027  {code=\"200\",method=\"get\"}  @ 1395066363000\n"
          "     3  {code=\"404\"}\n"
          "\n"
          "empty  gauge\n"
          "  (no samples)\n"
          "\n"
          "bare  untyped\n"
          "  1\n"
          "\n"
          "3 samples in 3 families\n");
}

static void shows_suffixes_units_exemplars(void **state) {
    (void)state;
    shows("# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n"
          "a_seconds_bucket{le=\"+Inf\"} 12 # {id=\"x\"} 0.5 7\n"
          "a_seconds_sum 1.25\na_seconds_count 12\n# EOF\n",
          EXPO_OPENMETRICS,
          "a_seconds  histogram, seconds\n"
          "    12  _bucket{le=\"+Inf\"}  # 0.5 {id=\"x\"} @ 7\n"
          "  1.25  _sum\n"
          "    12  _count\n"
          "\n"
          "3 samples in 1 family\n");
    shows("# EOF\n", EXPO_OPENMETRICS, "0 samples in 0 families\n");
}

/* What comes from elsewhere does nothing to a terminal. */
static void shows_no_control_characters(void **state) {
    (void)state;
    shows("# HELP a \x1b[31mred\na{b=\"\x1b]0;x\x07 \\n\xC2\x9B\"} 1\n", EXPO_TEXT,
          "a  untyped\n"
          "  \\u001b[31mred\n"
          "  1  {b=\"\\u001b]0;x\\u0007 \\n\\u009b\"}\n"
          "\n"
          "1 sample in 1 family\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_values),
        cmocka_unit_test(shows_suffixes_units_exemplars),
        cmocka_unit_test(shows_no_control_characters),
    };
    return RUN(tests);
}
