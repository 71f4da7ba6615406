/* Lines of a stream: the same wherever it is cut, with a limit, in bounded memory. */
#include "unit.h"

#include <stdlib.h>

#include "engine/lines.h"

#define MAX 16

/* Feeds a piece and writes each step down: "<line>", "!" for a line that is too long. */
static void feed(struct lines *lines, struct str piece, struct buf *log) {
    struct str line;
    lines_feed(lines, piece);
    enum lines_step step = lines_next(lines, &line);
    while (step != LINES_MORE) {
        if (step == LINES_LINE) {
            buf_fmt(log, "<%.*s>", STR_ARG(line));
        } else {
            buf_text(log, step == LINES_TOO_LONG ? "!" : "?");
        }
        step = lines_next(lines, &line);
    }
}

/* The steps of a text that comes in pieces of `size` bytes. */
static void check(const char *text, size_t size, const char *expected) {
    struct lines lines;
    struct buf log = BUF_INIT;
    struct str all = str_of(text);
    lines_init(&lines, MAX);
    for (size_t at = 0; at < all.len; at += size) {
        /* A copy of its own, so that a sanitizer sees what is kept of a piece that is gone. */
        struct buf piece = BUF_INIT;
        buf_str(&piece, str_sub(all, at, size < all.len - at ? size : all.len - at));
        feed(&lines, buf_view(&piece), &log);
        buf_done(&piece);
        feed(&lines, STR(""), &log);
    }
    assert_str(buf_view(&log), expected);
    lines_done(&lines);
    buf_done(&log);
}

static void lines_are_the_same_wherever_they_are_cut(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", ""},
        {"a", ""},
        {"a\n", "<a>"},
        {"\n", "<>"},
        {"\r\n\r\n", "<><>"},
        {"one\ntwo\r\n\nthree", "<one><two><>"},
        {"a\rb\r\r\n", "<a\rb\r>"},
        {"Gr\xC3\xB6\xC3\x9F\x65\n\xE6\xB8\xAC\xE8\xA9\xA6\n",
         "<Gr\xC3\xB6\xC3\x9F\x65><\xE6\xB8\xAC\xE8\xA9\xA6>"},
        {"0123456789abcdef\n", "<0123456789abcdef>"},
        {"0123456789abcde\r\n", "<0123456789abcde>"},
        {"0123456789abcdef\r\nb\n", "!<b>"},
        {"0123456789abcdefg\nb\n", "!<b>"},
        {"a\n0123456789abcdefghijklmnopqrstuvwxyz\nb\n", "<a>!<b>"},
        {"0123456789abcdefghijklmnopqrstuvwxyz", "!"},
        {"0123456789abcdefg\n\n0123456789abcdefg\nb\n", "!<>!<b>"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t size = 1; size <= 40; size++) {
            check(cases[i].text, size, cases[i].expected);
        }
    }
}

static void a_line_that_never_ends_is_told_once_and_not_kept(void **state) {
    (void)state;
    struct lines lines;
    struct buf log = BUF_INIT;
    static char filler[1024];
    memset(filler, 'x', sizeof(filler));
    lines_init(&lines, 100000);
    for (int i = 0; i < 10000; i++) {
        feed(&lines, (struct str){filler, sizeof(filler)}, &log);
        assert_true(lines.rest.cap <= 150000);
    }
    assert_int_equal(lines.rest.cap, 0);
    feed(&lines, STR("end\nnext\n"), &log);
    assert_str(buf_view(&log), "!<next>");
    lines_done(&lines);
    buf_done(&log);
}

static void a_large_lines_memory_goes_with_it(void **state) {
    (void)state;
    struct lines lines;
    struct str line;
    struct buf large = BUF_INIT;
    for (int i = 0; i < 10000; i++) {
        buf_text(&large, "0123456789");
    }
    lines_init(&lines, 1000000);
    lines_feed(&lines, buf_view(&large));
    assert_int_equal(lines_next(&lines, &line), LINES_MORE);
    lines_feed(&lines, STR("\n"));
    assert_int_equal(lines_next(&lines, &line), LINES_LINE);
    assert_int_equal(line.len, 100000);
    assert_int_equal(lines_next(&lines, &line), LINES_MORE);
    assert_int_equal(lines.rest.cap, 0);
    lines_done(&lines);
    buf_done(&large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_wherever_they_are_cut),
        cmocka_unit_test(a_line_that_never_ends_is_told_once_and_not_kept),
        cmocka_unit_test(a_large_lines_memory_goes_with_it),
    };
    return RUN(tests);
}
