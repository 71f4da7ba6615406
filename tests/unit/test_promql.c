/* PromQL with Grafana's variables: tokens and grammar. */
#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "migrate/syntax.h"
#include "unit.h"

static void done(struct arena *a) {
    arena_done(a);
}

#define CLEANUP_ARENA CLEANUP(done)

static int parse(const char *query, struct err *err) {
    struct arena arena CLEANUP_ARENA = ARENA_INIT;
    struct tokens tokens = {.n = 0};
    struct node *root = NULL;
    int rc = tokens_read(str_of(query), &arena, &tokens, err);
    return rc ? rc : syntax_read(&tokens, &arena, &root, err);
}

static const char *const good[] = {
    "up",
    "1",
    "-1.5e+3",
    ".5",
    "1.",
    "0x1F",
    "1_000",
    "Inf",
    "-inf",
    "NaN",
    "1 + 2 * 3 ^ 2 ^ 2",
    "\"text\"",
    "'it'",
    "`raw\\d+`",
    "a:b:rate5m{x=\"1\"}",
    "{__name__=\"up\"}",
    "{__name__=~\"a|b\",x!~'c'}",
    "{\"up\", x=\"1\"}",
    "up{a=\"1\",}",
    "up{}",
    "up[5m]",
    "up[1h30m]",
    "up[1y2w3d4h5m6s7ms]",
    "up offset 5m",
    "up offset -1d",
    "up @ 1609746000",
    "up @ start()",
    "up @ end() offset 5m",
    "rate(up[5m] @ 1.5 offset 1h)",
    "rate(up[5m:1m])",
    "max_over_time(rate(up[5m])[1h:])",
    "sum(up)[5m:1m] offset 1h",
    "sum by (a, b) (up)",
    "sum(up) by (a)",
    "SUM WITHOUT (a,) (up)",
    "topk(5, up)",
    "sum()",
    "quantile by (le) (0.9, up)",
    "count_values(\"v\", up)",
    "group(up)",
    "time()",
    "a + on (x) group_left (y) b",
    "a * ignoring(x) group_right b",
    "a == bool 1",
    "a and b or c unless d",
    "a atan2 b",
    "a % b",
    "-a ^ b",
    "+a",
    "a > bool on (x) b",
    "((a))",
    "sum",
    "on",
    "a and on() b",
    "vector(1) # a comment\n + 2",
    "# first\nup",
    "$metric",
    "${metric}",
    "[[metric]]",
    "$metric{a=\"b\"}",
    "container_${what}_total",
    "rate(up[$__rate_interval])",
    "rate(up[[[interval]]])",
    "rate(up[${s}s:$step])",
    "up offset $shift",
    "up{a=\"$a\", b=~\"${b:regex}\", c='[[c]]'}",
    "up{$filters}",
    "up{a=$value}",
    "sum by ($group) (up)",
    "sum by (${group:csv}, job) (up)",
    "topk($n, up)",
    "$fn(rate(up[5m]))",
    "$agg by (a) (up)",
    "up > $limit",
    "histogram_quantile(0.9, sum(rate(x_bucket[5m])) by (le))",
    "label_values(up{a=\"b\"}, job)",
    "label_values(job)",
    "\"\\x41\\101\\u00e9\\U0001F600\"",
    "5 - 5",
    "up-5",
    "foo:bar[5m:30s]",
    "a@1",
    "a\toffset\n5m",
};

static void test_good(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct err err = ERR_INIT;
        if (parse(good[i], &err)) {
            fail_msg("%s: %s", good[i], err.text);
        }
    }
}

static const struct {
    const char *query;
    const char *error;
} bad[] = {
    {"", "column 1: the query ends where an expression should stand"},
    {"  ", "column 3: the query ends where an expression should stand"},
    {"up up", "column 4: \"up\" stands where an operator or the end should"},
    {"up{", "column 4: the query ends where a label should stand"},
    {"up{a}", "column 5: \"}\" stands where one of = != =~ !~ should"},
    {"up{a=b}", "column 6: \"b\" stands where a value in quotes should"},
    {"up{a=\"b\" c=\"d\"}", "column 10: \"c\" stands where a comma or a closing brace should"},
    {"up{a>\"b\"}", "column 5: \">\" stands where one of = != =~ !~ should"},
    {"up[5m", "column 6: the query ends where a closing bracket should stand"},
    {"up[]", "column 4: \"]\" stands where a duration should"},
    {"up[5q]", "column 4: this is neither a number nor a duration"},
    {"up[5m5h]", "column 4: this is neither a number nor a duration"},
    {"sum(up)[5m]", "column 11: \"]\" stands where the colon of a subquery should"},
    {"up offset 1h [5m]", "column 17: \"]\" stands where the colon of a subquery should"},
    {"up[5m][5m]", "column 7: \"[\" stands where no second range should"},
    {"sum(up) offset 5m", "column 9: \"offset\" stands where no modifier (it belongs behind a "
                          "selector or a range) should"},
    {"up offset", "column 10: the query ends where a duration should stand"},
    {"sum by (a) (up) by (b)", "column 17: \"by\" stands where no second list of labels should"},
    {"rate(up[5m]) by (a)", "column 14: \"by\" stands where an operator or the end should"},
    {"sum by a (up)", "column 8: \"a\" stands where a list of labels in brackets should"},
    {"f(a,)", "column 5: \")\" stands where an expression should"},
    {"(a", "column 3: the query ends where a closing bracket should stand"},
    {"a +", "column 4: the query ends where an expression should stand"},
    {"a + * b", "column 5: \"*\" stands where an expression should"},
    {"a ! b", "column 3: this character has no meaning here"},
    {"a & b", "column 3: this character has no meaning here"},
    {"caf\303\251", "column 4: this character has no meaning here"},
    {"\"open", "column 1: this string has no end"},
    {"'two\nlines'", "column 1: this string has no end"},
    {"\"\\d\"", "column 1: this string has an escape that is none"},
    {"1..2", "column 1: this is neither a number nor a duration"},
    {"0x", "column 1: this is neither a number nor a duration"},
    {"1__0", "column 1: this is neither a number nor a duration"},
    {"1e", "column 1: this is neither a number nor a duration"},
    {"$", "column 1: this character has no meaning here"},
    {"${", "column 1: this character has no meaning here"},
    {"a @ b", "column 5: \"b\" stands where a time should"},
};

static void test_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;
        int rc = parse(bad[i].query, &err);
        if (rc != -EINVAL || strcmp(err.text, bad[i].error) != 0) {
            fail_msg("%s: %d %s", bad[i].query, rc, err.text);
        }
    }
}

/* All tokens printed are the query. */
static void test_lossless(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT;
        struct buf out CLEANUP_BUF = BUF_INIT;
        struct tokens tokens = {.n = 0};
        struct err err = ERR_INIT;
        assert_int_equal(tokens_read(str_of(good[i]), &arena, &tokens, &err), 0);
        for (size_t j = 0; j < tokens.n; j++) {
            buf_str(&out, tokens.items[j].lead);
            buf_str(&out, tokens.items[j].text);
        }
        assert_string_equal(buf_cstr(&out), good[i]);
    }
}

static void test_strings(void **state) {
    (void)state;
    static const char *const strings[][2] = {
        {"\"a\\\"b\\\\c\\n\"", "a\"b\\c\n"},
        {"'\\''", "'"},
        {"`a\\n`", "a\\n"},
        {"\"\\x41\\102\"", "AB"},
        {"\"\\u00e9\"", "\303\251"},
        {"\"\\U0001F600\"", "\360\237\230\200"},
        {"\"\\uD800\"", "\357\277\275"},
    };
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct arena arena CLEANUP_ARENA = ARENA_INIT;
        struct tokens tokens = {.n = 0};
        struct err err = ERR_INIT;
        assert_int_equal(tokens_read(str_of(strings[i][0]), &arena, &tokens, &err), 0);
        struct str plain = token_string(&tokens.items[0], &arena);
        assert_true(str_eq(plain, str_of(strings[i][1])));
    }
}

/* Bounded in depth and in height: no query ends the program's stack. */
static void test_deep(void **state) {
    (void)state;
    static const struct {
        const char *part;
        size_t n;
        int rc;
    } cases[] = {{"(", 300, -E2BIG},
                 {"-", 300, -E2BIG},
                 {"a+", 2000, -E2BIG},
                 {"a^", 300, -E2BIG},
                 {"a+", 900, -EINVAL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf query CLEANUP_BUF = BUF_INIT;
        struct err err = ERR_INIT;
        for (size_t j = 0; j < cases[i].n; j++) {
            buf_text(&query, cases[i].part);
        }
        assert_int_equal(parse(buf_cstr(&query), &err), cases[i].rc);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),     cmocka_unit_test(test_bad),
        cmocka_unit_test(test_lossless), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_deep),
    };
    return RUN(tests);
}
