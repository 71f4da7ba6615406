/* What is refused, where, and with which words. Pages of OpenMetrics get their "# EOF" here. */
#include "expo_case.h"

#include <errno.h>

struct row {
    const char *page;
    const char *told; /* how the message begins; its rest is words for people */
};

static void refuses(const struct row *rows, size_t n, enum expo_format format, const char *end) {
    for (size_t i = 0; i < n; i++) {
        struct buf page CLEANUP_BUF = BUF_INIT;
        buf_text(&page, rows[i].page);
        buf_text(&page, end);
        struct expo_case c = expo_case(buf_view(&page), format);
        if (c.r != -EINVAL || strncmp(c.err.text, rows[i].told, strlen(rows[i].told)) != 0) {
            fail_msg("%s\nwanted: %s\nbut is: %s", rows[i].page, rows[i].told,
                     c.r ? c.err.text : "valid");
        }
        expo_case_done(&c);
    }
}

#define REFUSES(rows, format, end) refuses(rows, sizeof(rows) / sizeof((rows)[0]), format, end)

static void text_that_is_not_well_formed(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"a", "1:2: the page's end instead of a blank before the value"},
        {"a\n", "1:2: the line's end instead of a blank before the value"},
        {"a \n", "1:3: the value is a number, not \"\""},
        {"a 1", "1:4: the page ends inside a line"},
        {"a 1 5", "1:6: the page ends inside a line"},
        {"a 1\n# x", "2:4: the page ends inside a line"},
        {"a 1\n# HELP a x", "2:8: the HELP of a stands before its samples"},
        {"# HELP a x", "1:11: the page ends inside a line"},
        {"# TYPE a gauge", "1:15: the page ends inside a line"},
        {"   ", "1:4: the page's end instead of a metric's name"},
        {"a 1 \n", "1:5: a blank at the end of the line"},
        {"a 1\t\n", "1:5: a blank at the end of the line"},
        {"a 1 5 \n", "1:6: something stands behind the timestamp"},
        {"a 1 5 6\n", "1:6: something stands behind the timestamp"},
        {"a 1\r\n", "1:3: the value is a number, not \"1\r\""},
        {"é 1\n", "1:1: 'é' instead of a metric's name"},
        {"b{x=\"é\"} 1\nb{x=\"é\",y=\"é\"} 1é\n", "2:16: the value is a number, not \"1é\""},
        {"0a 1\n", "1:1: '0' instead of a metric's name"},
        {"<html>\n", "1:1: '<' instead of a metric's name"},
        {"a.b 1\n", "1:2: '.' instead of a blank before the value"},
        {"a{b=\"c\"} x\n", "1:10: the value is a number, not \"x\""},
        {"a 0x10\n", "1:3: the value is a number, not \"0x10\""},
        {"a 1_000\n", "1:3: the value is a number, not \"1_000\""},
        {"a +nan\n", "1:3: the value is a number"},
        {"a 1e999\n", "1:3: the value 1e999 is beyond a 64-bit float"},
        {"a 1 1.5\n", "1:5: the timestamp is a whole number of milliseconds, not \"1.5\""},
        {"a 1 99999999999999999999\n", "1:5: the timestamp is a whole number"},
        {"a 1 # {} 1\n", "1:5: the timestamp is a whole number of milliseconds, not \"#\""},
        {"\xEF\xBB\xBF"
         "a 1\n",
         "1:1: a byte order mark"},
        {"a 1\nb{c=\"\xFF\"} 1\n", "2:6: byte 0xff is not UTF-8 here"},
        {"# HELP a \xC3\n", "1:10: byte 0xc3 is not UTF-8 here"},
    };
    REFUSES(rows, EXPO_TEXT, "");
    struct expo_case c = expo_case(STR("a 1\nb{c=\"\0\"} 1\n"), EXPO_TEXT);
    assert_string_equal(c.err.text, "2:6: a NUL byte, which Prometheus takes for the page's end");
    expo_case_done(&c);
}

static void label_sets(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"a{b} 1\n", "1:4: '}' instead of '=' behind the label's name"},
        {"a{b=c} 1\n", "1:5: 'c' instead of a quote"},
        {"a{b='c'} 1\n", "1:5: ''' instead of a quote"},
        {"a{b=\"c} 1\n", "1:5: the quote is not closed on this line"},
        {"a{b=\"c\n\"} 1\n", "1:5: the quote is not closed on this line"},
        {"a{b=\"c\\\"} 1\n", "1:5: the quote is not closed on this line"},
        {"a{b=\"c\"", "1:8: the page's end instead of ',' or '}' behind a label"},
        {"a{b=\"c\"\n", "1:8: the line's end instead of ',' or '}'"},
        {"a{b=\"c\"d=\"e\"} 1\n", "1:8: 'd' instead of ',' or '}'"},
        {"a{,} 1\n", "1:3: ',' instead of a label's name"},
        {"a{b=\"c\",,} 1\n", "1:9: ',' instead of a label's name"},
        {"a{1b=\"c\"} 1\n", "1:3: '1' instead of a label's name"},
        {"a{b:c=\"\"} 1\n", "1:4: ':' instead of '='"},
        {"a{é=\"\"} 1\n", "1:3: 'é' instead of a label's name"},
        {"a{\"b\"=\"\"} 1\n", "1:3: '\"' instead of a label's name"},
        {"a{__name__=\"b\"} 1\n", "1:3: the label __name__ is the metric's name itself"},
        {"a{b=\"1\",b=\"2\"} 1\n", "1:9: the label b stands twice"},
        {"a{b=\"1\",c=\"\",a=\"\",c=\"2\"} 1\n", "1:19: the label c stands twice"},
    };
    REFUSES(rows, EXPO_TEXT, "");
    REFUSES(rows, EXPO_OPENMETRICS, "");
    static const struct row escapes[] = {
        {"a{b=\"\\x\"} 1\n", "1:6: a backslash that escapes nothing; there are \\\\, \\n and \\\""},
        {"# HELP a \\\"x\\\"\n", "1:10: a backslash that escapes nothing; there are \\\\ and \\n"},
        {"# HELP a x\\\n", "1:11: a backslash that escapes nothing"},
    };
    REFUSES(escapes, EXPO_TEXT, "");
}

static void families_in_text(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"# TYPE a info\n",
         "1:10: \"info\" is no type; there are untyped, gauge, counter, summary, "
         "histogram"},
        {"# TYPE a unknown\n", "1:10: \"unknown\" is no type"},
        {"# TYPE a GAUGE\n", "1:10: \"GAUGE\" is no type"},
        {"# TYPE a gauge x\n", "1:15: a blank behind the type, where the line ends"},
        {"# TYPE a gauge \n", "1:15: a blank behind the type, where the line ends"},
        {"# TYPE a\n", "1:9: the line's end instead of a blank before the type"},
        {"# TYPE\n", "1:7: the line's end instead of a blank before the metric's name"},
        {"# HELP 0\n", "1:8: '0' instead of a metric's name"},
        {"# HELP a-b x\n", "1:9: '-' instead of a blank before the help text"},
        {"# TYPE a gauge\n# TYPE a gauge\n", "2:8: a second TYPE of a"},
        {"# HELP a x\n# TYPE a gauge\n# HELP a y\n", "3:8: a second HELP of a"},
        {"a 1\n# TYPE a gauge\n", "2:8: the TYPE of a stands before its samples"},
        {"# TYPE a gauge\na 1\nb 1\na{c=\"d\"} 1\n",
         "4:1: the family a began in line 1, and another one stands between"},
        {"a 1\nb 1\n# TYPE a gauge\n", "3:8: the family a began in line 1"},
        {"# HELP a x\n# HELP b x\n# TYPE a gauge\n", "3:8: the family a began in line 1"},
        {"a 1\n# TYPE b gauge\na{c=\"d\"} 1\n", "3:1: the family a began in line 1"},
        {"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\n# TYPE h_count gauge\n",
         "3:8: h_count is a sample of the histogram h of line 1"},
        {"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nb 1\nh_count 1\n",
         "4:1: h_count is a sample of the histogram h of line 1"},
        {"h_sum 1\n# TYPE h summary\nh_sum 1\n",
         "2:8: h_sum is a sample of this summary, but belongs to the family h_sum of line 1"},
        {"# TYPE a counter\na_total 1\n",
         "2:1: the counter a of line 1 has no sample a_total, only a"},
        {"# TYPE a gauge\na_bucket{le=\"1\"} 1\n", "2:1: the gauge a of line 1 has no sample"},
        {"# TYPE h histogram\nh 1\n",
         "2:1: the histogram h of line 1 has no sample h, only h_bucket, h_sum, h_count"},
        {"# TYPE h histogram\nh_total 1\n", "2:1: the histogram h of line 1 has no sample"},
        {"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh 1\n",
         "3:1: the histogram h of line 1 has no sample h"},
    };
    REFUSES(rows, EXPO_TEXT, "");
}

static void series_in_text(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"a 1\na 1\n", "2:1: a stands with these labels in line 1 already"},
        {"a 1\na 1 5\n", "2:1: a stands with these labels in line 1 already"},
        {"a{b=\"\"} 1\na 1\n", "2:1: a stands with these labels in line 1 already"},
        {"a{b=\"1\",c=\"2\"} 1\na{b=\"1\"} 1\na{c=\"2\",d=\"\",b=\"1\"} 1\n",
         "3:1: a stands with these labels in line 1 already"},
        {"# TYPE s summary\ns_sum{a=\"b\"} 1\ns_count 1\ns_sum{a=\"b\"} 2\n",
         "4:1: s_sum stands with these labels in line 2 already"},
        {"# TYPE s summary\ns{q=\"1\"} 1\n", "2:1: s of a summary has a label quantile"},
        {"# TYPE s summary\ns{quantile=\"x\"} 1\n",
         "2:3: the label quantile is a number, not \"x\""},
        {"# TYPE s summary\ns{quantile=\"NaN\"} 1\n", "2:3: the label quantile is a number"},
        {"# TYPE s summary\ns{quantile=\"0.9\"} 1\ns{quantile=\"0.5\"} 1\n",
         "3:3: quantile goes up from sample to sample, but 0.5 comes after 0.9"},
        {"# TYPE s summary\ns{quantile=\"1\"} 1\ns{quantile=\"1.0\"} 1\n", "3:3: quantile goes up"},
        {"# TYPE h histogram\nh_bucket 1\n", "2:1: h_bucket of a histogram has a label le"},
        {"# TYPE h histogram\nh_bucket{a=\"b\",le=\"\"} 1\n", "2:16: the label le is a number"},
        {"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 0\n",
         "3:21: a bucket counts those of the lower bounds too, but 0 comes after 1"},
        {"# TYPE h histogram\nh_bucket{le=\"1\"} NaN\n",
         "2:18: the value of h_bucket is a number other than NaN, not NaN"},
        {"# TYPE h histogram\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\n",
         "3:10: le goes up from sample to sample, but 1 comes after 2"},
        {"# TYPE h histogram\nh_bucket{le=\"2\"} 1\nh_sum 1\nb 1\n",
         "2:1: the histogram h lacks its last bucket, that with le=\"+Inf\""},
        {"# TYPE h histogram\nh_bucket{le=\"-Inf\"} 1\n", "2:1: the histogram h lacks its last"},
        {"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count NaN\n",
         "3:9: the value of h_count is a number other than NaN"},
        {"# TYPE s summary\ns_count NaN\n", "2:9: the value of s_count is a number other than NaN"},
        {"# TYPE h histogram\nh_sum 1\n", "2:1: the histogram h lacks its last bucket"},
        {"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_count 1\n",
         "3:9: the count is that of the bucket with le=\"+Inf\", 2"},
        {"# TYPE h histogram\nh_bucket{le=\"+Inf\",a=\"x\"} 1\nh_bucket{le=\"2\",a=\"y\"} 1\n"
         "h_count{a=\"x\"} 1\n",
         "3:1: the histogram h lacks its last bucket"},
    };
    REFUSES(rows, EXPO_TEXT, "");
}

static void openmetrics_that_is_not_well_formed(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"", "1:1: the page ends without # EOF"},
        {"a 1\n", "2:1: the page ends without # EOF"},
        {"a 1\n# EO", "2:3: a line with # is one of"},
        {"# EOF\na 1\n", "2:1: something stands behind # EOF"},
        {"# EOF\n\n", "2:1: something stands behind # EOF"},
        {"# EOF \n", "1:6: a blank behind # EOF"},
        {"# EOFx\n", "1:3: a line with # is one of # HELP, # TYPE, # UNIT, # EOF"},
        {"#EOF\n", "1:2: 'E' instead of a blank before HELP, TYPE, UNIT or EOF"},
        {"#  EOF\n", "1:2: in OpenMetrics one blank stands before HELP"},
        {"# comment\n", "1:3: a line with # is one of"},
        {"\na 1\n", "1:1: an empty line"},
        {" a 1\n", "1:1: a blank instead of a metric's name"},
        {"a  1\n", "1:2: in OpenMetrics one blank stands before the value"},
        {"a\t1\n", "1:2: in OpenMetrics one blank stands before the value"},
        {"a {b=\"c\"} 1\n", "1:3: the value is a number, not \"{b=\"c\"}\""},
        {"a{b=\"c\"}1\n", "1:9: '1' instead of a blank before the value"},
        {"a{b=\"c\",} 1\n", "1:9: '}' instead of a label's name"},
        {"a{ b=\"c\"} 1\n", "1:3: a blank instead of a label's name"},
        {"a 1 \n", "1:5: the timestamp is a number, not \"\""},
        {"a 1 5 \n", "1:6: something stands behind the timestamp"},
        {"a 1 5 6\n", "1:6: something stands behind the timestamp"},
        {"a 1 z\n", "1:5: the timestamp is a number, not \"z\""},
        {"a 1 NaN\n", "1:5: the timestamp is a number of seconds, not NaN"},
        {"a 1 1e400\n", "1:5: the timestamp 1e400 is beyond"},
        {"a 1\r\n", "1:3: the value is a number"},
        {"# TYPE a gauge\r\n", "1:10: \"gauge\r\" is no type"},
        {"# HELP a\n", "1:9: the line's end instead of a blank before the help text"},
        {"# HELP a \"x\"\n", "1:10: a quote in a HELP is written \\\""},
        {"# HELP a \\\\\"\n", "1:12: a quote in a HELP is written \\\""},
        {"# HELP a x\\\n", "1:11: a backslash that escapes nothing"},
        {"# TYPE a untyped\n", "1:10: \"untyped\" is no type; there are unknown, gauge, counter, "
                               "summary, histogram, gaugehistogram, stateset, info"},
        {"# TYPE a  gauge\n", "1:9: in OpenMetrics one blank stands before the type"},
    };
    REFUSES(rows, EXPO_OPENMETRICS, "");
}

static void families_in_openmetrics(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"# TYPE a counter\na 1\n",
         "2:1: the counter a of line 1 has no sample a, only a_total, a_created"},
        {"# TYPE a_total counter\na_total 1\n",
         "2:1: the counter a_total of line 1 has no sample a_total, only a_total_total"},
        {"# TYPE a gauge\n# TYPE b gauge\n# HELP a x\n", "3:8: the family a began in line 1"},
        {"# TYPE a_created gauge\na_created 1\n# TYPE a counter\na_total 1\n",
         "3:8: a_created is a sample of this counter, but belongs to the family a_created"},
        {"# TYPE a counter\na_total 1\n# TYPE a_created gauge\n",
         "3:8: a_created is a sample of the counter a of line 1"},
        {"# TYPE a info\na 1\n", "2:1: the info a of line 1 has no sample a, only a_info"},
        {"# TYPE a gauge\na_info 1\n", "2:1: the gauge a of line 1 has no sample a_info, only a"},
        {"# UNIT a seconds\n", "1:10: the name a does not end in its unit, _seconds"},
        {"# UNIT aseconds seconds\n", "1:17: the name aseconds does not end in its unit"},
        {"# UNIT seconds seconds\n", "1:16: the name seconds does not end in its unit"},
        {"# UNIT a_s s\n# UNIT a_s s\n", "2:8: a second UNIT of a_s"},
        {"# UNIT a\n", "1:9: the line's end instead of a blank before the unit"},
        {"# UNIT a_s s \n", "1:13: a blank behind the unit"},
        {"a_s 1\n# UNIT a_s s\n", "2:8: the UNIT of a_s stands before its samples"},
        {"# TYPE a_s info\n# UNIT a_s s\n", "2:12: the type info has no unit"},
        {"# UNIT a_s s\n# TYPE a_s stateset\n", "1:12: the type stateset has no unit"},
    };
    REFUSES(rows, EXPO_OPENMETRICS, "# EOF\n");
}

static void values_in_openmetrics(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"# TYPE a counter\na_total NaN\n", "2:9: the value of a_total is a number other than NaN"},
        {"# TYPE a counter\na_total -1\n",
         "2:9: the value of a_total is a number from 0 on, not -1"},
        {"# TYPE a summary\na_sum -1\n", "2:7: the value of a_sum is a number from 0 on"},
        {"# TYPE a summary\na_count 1.5\n", "2:9: the value of a_count is a whole number"},
        {"# TYPE a summary\na{quantile=\"0.5\"} -1\n",
         "2:19: the value of a is a number from 0 on"},
        {"# TYPE a summary\na{quantile=\"1.1\"} 1\n", "2:3: a quantile is from 0 to 1, not 1.1"},
        {"# TYPE a summary\na{quantile=\"-0.1\"} 1\n", "2:3: a quantile is from 0 to 1, not -0.1"},
        {"# TYPE a summary\na 1\n", "2:1: a of a summary has a label quantile"},
        {"# TYPE a histogram\na_bucket{le=\"+Inf\"} 1.5\n",
         "2:21: the value of a_bucket is a whole"},
        {"# TYPE a histogram\na_bucket{le=\"+Inf\"} -1\n",
         "2:21: the value of a_bucket is a number"},
        {"# TYPE a histogram\na_bucket{le=\"+Inf\"} Inf\n",
         "2:21: the value of a_bucket is a whole"},
        {"# TYPE a histogram\na_bucket{le=\"inf\"} 1\n", "2:10: infinity is written \"+Inf\""},
        {"# TYPE a histogram\na_bucket{le=\"NaN\"} 1\n", "2:10: the label le is a number"},
        {"# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum NaN\na_count 1\n",
         "3:7: the value of"},
        {"# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gsum NaN\n", "3:8: the value of"},
        {"# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 0.5\n", "3:10: the value of"},
        {"# TYPE a stateset\na 1\n", "2:1: a of a stateset has a label a"},
        {"# TYPE a stateset\na{a=\"x\"} 2\n", "2:10: the value of a is 0 or 1, not 2"},
        {"# TYPE a stateset\na{a=\"x\"} NaN\n", "2:10: the value of a is 0 or 1, not NaN"},
        {"# TYPE a stateset\na{a=\"x\"} -1\n", "2:10: the value of a is 0 or 1, not -1"},
        {"# TYPE a info\na_info{b=\"x\"} 0\n", "2:15: the value of a_info is 1, not 0"},
    };
    REFUSES(rows, EXPO_OPENMETRICS, "# EOF\n");
}

static void metrics_in_openmetrics(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"a 1\na 1\n", "2:1: a stands with these labels in line 1 already"},
        {"a 1 1\na 1 1.0\n", "2:1: a stands with these labels in line 1 already"},
        {"a 1 2\na 1 1\n", "2:5: the timestamp goes back: 1 comes after 2"},
        {"a 1 2.5\na 1 2.49999999999999999999\n", "2:5: the timestamp goes back"},
        {"a 1 1.6e9\na 1 1.5e9\n", "2:5: the timestamp goes back"},
        {"a 1 2\na 1\n", "2:1: all samples of a metric have a timestamp, or none has"},
        {"a{b=\"1\"} 1 1\na{b=\"2\"} 1\na{b=\"1\"} 1 2\n",
         "3:1: the samples with these labels stand together, but those before end in line 1"},
        {"# TYPE a counter\na_total{b=\"1\"} 1\na_total{b=\"2\"} 1\na_created{b=\"1\"} 1\n",
         "4:1: the samples with these labels stand together, but those before end in line 2"},
        {"# TYPE a counter\na_total 1\na_created 1\na_total 1\n",
         "4:1: a_total stands with these labels in line 2 already"},
        {"# TYPE a counter\na_total 1 1\na_created 1\n", "3:1: all samples of a metric have"},
        {"# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\na{quantile=\"0.5\"} 1\n",
         "4:1: a stands with these labels in line 2 already"},
        {"# TYPE a stateset\na{a=\"x\"} 1\na{a=\"x\"} 1\n",
         "3:1: a stands with these labels in line 2 already"},
        {"# TYPE a stateset\na{a=\"x\"} 1 1\na{a=\"y\"} 1 1\na{a=\"x\"} 1 1e0\n",
         "4:1: a stands with these labels in line 2 already"},
        {"# TYPE a info\na_info{b=\"x\"} 1\na_info{b=\"x\"} 1\n",
         "3:1: a_info stands with these labels in line 2 already"},
        {"# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\n",
         "3:1: a_sum has no _count beside it"},
        {"# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n", "3:1: a_count has no _sum"},
        {"# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gsum 1\n",
         "3:1: a_gsum has no _gcount"},
        {"# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\n",
         "3:1: a_gcount has no _gsum"},
        {"# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -1\n",
         "4:8: the _gsum is negative"},
        {"# TYPE a histogram\na_bucket{le=\"-1\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
         "4:1: a histogram with negative bounds has no _sum"},
        {"# TYPE a histogram\na_bucket{le=\"1\"} 1 1\na_bucket{le=\"+Inf\"} 1 2\n",
         "2:1: the histogram a lacks its last bucket"},
    };
    REFUSES(rows, EXPO_OPENMETRICS, "# EOF\n");
}

static void exemplars(void **state) {
    (void)state;
#define H "# TYPE a histogram\na_bucket{le=\"1\"} 1"
    static const struct row rows[] = {
        {"# TYPE a gauge\na 1 # {} 1\n", "2:5: exemplars stand at buckets"},
        {"# TYPE a counter\na_created 1 # {} 1\n", "2:13: exemplars stand at buckets"},
        {H " #\n", "2:21: the line's end instead of a blank before the exemplar"},
        {H "# {} 1\n", "2:18: the value is a number, not \"1#\""},
        {H " #{} 1\n", "2:21: '{' instead of a blank before the exemplar"},
        {H " # 1\n", "2:22: an exemplar begins with its labels"},
        {H " # {}1\n", "2:24: '1' instead of a blank before the exemplar's value"},
        {H " # {} \n", "2:25: the exemplar's value is a number, not \"\""},
        {H " # {} x\n", "2:25: the exemplar's value is a number"},
        {H " # {} 1 \n", "2:27: the timestamp is a number, not \"\""},
        {H " # {} 1 1 \n", "2:28: a blank behind the sample"},
        {H " # {} 1 1 # {} 1\n", "2:28: a blank behind the sample"},
        {H " # {b=\"1\",b=\"2\"} 1\n", "2:29: the label b stands twice"},
        {H " # {} 2\n", "2:25: the exemplar's value 2 is above the bucket's le=\"1\""},
        {H " # {b=\"0123456789012345678901234567890123456789012345678901234567890123456789"
           "0123456789012345678901234567890123456789012345678901234567890\"} 1\n",
         "2:23: an exemplar's labels of 132 characters; up to 128"},
    };
#undef H
    REFUSES(rows, EXPO_OPENMETRICS, "# EOF\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_is_not_well_formed),
        cmocka_unit_test(label_sets),
        cmocka_unit_test(families_in_text),
        cmocka_unit_test(series_in_text),
        cmocka_unit_test(openmetrics_that_is_not_well_formed),
        cmocka_unit_test(families_in_openmetrics),
        cmocka_unit_test(values_in_openmetrics),
        cmocka_unit_test(metrics_in_openmetrics),
        cmocka_unit_test(exemplars),
    };
    return RUN(tests);
}
