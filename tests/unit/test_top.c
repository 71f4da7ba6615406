/* The live table as text: figures, widths, heights, names that mean harm; and what is typed. */
#include "unit.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "top/figure.h"
#include "top/frame.h"
#include "top/key.h"

static void says(void (*put)(struct buf *, uint64_t), uint64_t value, const char *want) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    put(&out, value);
    assert_str(buf_view(&out), want);
}

static void figures_are_short(void **state) {
    (void)state;
    says(figure_memory, 0, "0B");
    says(figure_memory, 1023, "1023B");
    says(figure_memory, 1024, "1.00KiB");
    says(figure_memory, 12 * 1024 * 1024 + 300 * 1024, "12.3MiB");
    says(figure_memory, 10 * 1024 * 1024 - 1, "10.0MiB");
    says(figure_memory, 100 * 1024 * 1024 - 1, "100MiB");
    says(figure_memory, UINT64_C(1023) << 30, "1023GiB");
    says(figure_memory, UINT64_MAX, "16384PiB");
    says(figure_traffic, 999, "999B");
    says(figure_traffic, 1500, "1.50kB");
    says(figure_traffic, 99949, "99.9kB");
    says(figure_traffic, 99950, "100kB");
    says(figure_traffic, 123456789, "123MB");
    says(figure_hundredths, 0, "0.00");
    says(figure_hundredths, 5, "0.05");
    says(figure_hundredths, 99999, "999.99");
    says(figure_hundredths, 123456, "1234.6");
    says(figure_age, 59, "59s");
    says(figure_age, 3599, "59m");
    says(figure_age, 3 * 3600 + 720, "3h12m");
    says(figure_age, 5 * 86400 + 3 * 3600, "5d3h");
    says(figure_age, 120 * 86400, "120d");
}

static void word(const char *text, size_t len, size_t width, const char *want) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    size_t n = figure_word(&out, (struct str){.ptr = text, .len = len}, width);
    assert_str(buf_view(&out), want);
    assert_int_equal(n, strlen(want));
}

static void words_cannot_harm_a_terminal(void **state) {
    (void)state;
    word("web", 3, 3, "web");
    word("shop-web-1", 10, 6, "shop..");
    word("web", 3, 2, "..");
    word("web", 3, 0, "");
    word("a\033]0;x\007b", 8, 20, "a?]0;x?b");
    word("a\nb\0c", 5, 20, "a?b?c");
    word("gr\xC3\xB6\xC3\x9F"
         "e\xE6\xB8\xAC",
         10, 20, "gr??e?");
    word("\xC2\x9B[2J", 5, 20, "?[2J");
    word("\xFF\xFE", 2, 20, "??");
}

static struct top_row made(const char *name, enum container_state state, uint64_t cpu) {
    struct top_row row = {.name = str_of(name), .state = state};
    if (state == STATE_RUNNING) {
        row.number[ROW_CPU] = cpu;
        row.number[ROW_MEM] = 12 << 20;
        row.number[ROW_NET_RX] = 1500;
        row.have = 1U << ROW_CPU | 1U << ROW_MEM | 1U << ROW_NET_RX;
    }
    return row;
}

static const uint64_t by_state[STATE_COUNT] = {[STATE_RUNNING] = 2, [STATE_EXITED] = 1};

static const struct frame_head quiet = {.engine = {"Docker 24.0.7", 13},
                                        .host_name = {"alpha", 5},
                                        .by_state = by_state,
                                        .cores = 2,
                                        .mem_bytes = UINT64_C(4) << 30};

static uint32_t known = UINT32_MAX;

static size_t draw(const struct frame_view *view, const struct frame_head *head, struct buf *out) {
    struct top_row row[] = {made("shop-checkout-service-1", STATE_RUNNING, 1234),
                            made("web", STATE_RUNNING, 100), made("old\033[2J", STATE_EXITED, 0)};
    const struct rows rows = {.row = row, .n = 3, .cap = 3, .known = known};
    row[1].health = HEALTH_UNHEALTHY;
    return frame_draw(view, head, &rows, out);
}

static void drawn(size_t width, const char *want) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    const struct frame_view view = {.width = width};
    assert_int_equal(draw(&view, &quiet, &out), 3);
    assert_str(buf_view(&out), want);
}

static void a_width_has_room_for_so_many_columns(void **state) {
    (void)state;
    drawn(40, "Docker 24.0.7 on alpha\n"
              "2 of 3 containers run\n"
              "CPU 13.34 % of 2 cores\n"
              "memory 24.0MiB of 4.00GiB\n"
              "NAME          STATE        CPU %     MEM\n"
              "shop-checko.. running      12.34 12.0MiB\n"
              "web           unhealthy     1.00 12.0MiB\n"
              "old?[2J       exited           -       -\n");
    drawn(80, "Docker 24.0.7 on alpha   2 of 3 containers run   CPU 13.34 % of 2 cores\n"
              "memory 24.0MiB of 4.00GiB\n"
              "NAME           STATE        CPU %     MEM  MEM %    RX/s    TX/s  READ/s WRITE/s\n"
              "shop-checkou.. running      12.34 12.0MiB      -  1.50kB       -       -       -\n"
              "web            unhealthy     1.00 12.0MiB      -  1.50kB       -       -       -\n"
              "old?[2J        exited           -       -      -       -       -       -       -\n");
    drawn(200, "Docker 24.0.7 on alpha   2 of 3 containers run   CPU 13.34 % of 2 cores   memory "
               "24.0MiB of 4.00GiB\n"
               "NAME                    STATE        CPU %     MEM   LIMIT  MEM %    RX/s    TX/s  "
               "READ/s WRITE/s  PIDS UPTIME RESTARTS\n"
               "shop-checkout-service-1 running      12.34 12.0MiB       -      -  1.50kB       -  "
               "     -       -     -      -        -\n"
               "web                     unhealthy     1.00 12.0MiB       -      -  1.50kB       -  "
               "     -       -     -      -        -\n"
               "old?[2J                 exited           -       -       -      -       -       -  "
               "     -       -     -      -        -\n");
}

static void what_nobody_knows_has_no_column(void **state) {
    (void)state;
    known = 1U << ROW_CPU | 1U << ROW_NET_RX;
    drawn(60, "Docker 24.0.7 on alpha   2 of 3 containers run\n"
              "CPU 13.34 % of 2 cores   memory 24.0MiB of 4.00GiB\n"
              "NAME              STATE        CPU %     MEM    RX/s    TX/s\n"
              "shop-checkout-s.. running      12.34 12.0MiB  1.50kB       -\n"
              "web               unhealthy     1.00 12.0MiB  1.50kB       -\n"
              "old?[2J           exited           -       -       -       -\n");
    known = UINT32_MAX;
}

/* How many lines there are, and how wide the widest is, without what only colours. */
static size_t measure(struct str text, size_t *ret_widest) {
    size_t lines = 0;
    size_t width = 0;
    *ret_widest = 0;
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == '\033') {
            at = str_find(text, 'm', at);
        } else if (text.ptr[at] == '\n') {
            lines++;
            width = 0;
        } else {
            width++;
            *ret_widest = width > *ret_widest ? width : *ret_widest;
        }
    }
    return lines;
}

static void no_picture_is_larger_than_the_screen(void **state) {
    (void)state;
    struct frame_head head = quiet;
    head.trouble = STR("unix:///run/docker.sock: permission denied: the socket belongs to group "
                       "docker (gid 998); add the user to that group or run as root");
    for (size_t width = 1; width < 220; width++) {
        for (size_t height = 1; height < 14; height++) {
            struct buf out CLEANUP_BUF = BUF_INIT;
            const struct frame_view view = {.width = width, .height = height, .colour = true};
            size_t widest = 0;
            (void)draw(&view, &head, &out);
            size_t lines = measure(buf_view(&out), &widest);
            if (lines > height || widest > width) {
                fail_msg("%zu by %zu: %zu by %zu\n%s", width, height, widest, lines,
                         buf_cstr(&out));
            }
        }
    }
}

static void trouble_and_keys_have_their_lines(void **state) {
    (void)state;
    struct buf out CLEANUP_BUF = BUF_INIT;
    const struct frame_head head = {.trouble = STR("unix:///s: the socket does not exist")};
    const struct frame_view view = {.width = 30, .height = 7, .first = 1};
    assert_int_equal(draw(&view, &head, &out), 2);
    assert_str(buf_view(&out), "Engine   CPU 13.34 %\n"
                               "memory 24.0MiB\n"
                               "unix:///s: the socket does not\n"
                               "exist\n"
                               "NAME             CPU %     MEM\n"
                               "web               1.00 12.0MiB\n"
                               "old?[2J              -       -\n");
    buf_reset(&out);
    const struct frame_view higher = {.width = 60, .height = 6};
    assert_int_equal(draw(&higher, &quiet, &out), 2);
    size_t widest = 0;
    assert_int_equal(measure(buf_view(&out), &widest), 6);
    assert_true(str_search(buf_view(&out), STR("\nq quit   c m n d")) != SIZE_MAX);
}

static void typed(const char *bytes, const int *want) {
    struct str rest = str_of(bytes);
    size_t i = 0;
    while (rest.len) {
        int key = key_next(&rest);
        assert_int_equal(key, want[i++]);
    }
    assert_int_equal(want[i], -1);
    assert_int_equal(key_next(&rest), KEY_NONE);
}

static void keys_are_told_apart(void **state) {
    (void)state;
    typed("qc", (const int[]){'q', 'c', -1});
    typed("\033[A\033OBm", (const int[]){KEY_UP, KEY_DOWN, 'm', -1});
    typed("\033[5~\033[6~\033[1;5Cq", (const int[]){KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_NONE, 'q', -1});
    typed("\033", (const int[]){KEY_NONE, -1});
    typed("\033[", (const int[]){KEY_NONE, -1});
    typed("\033O", (const int[]){KEY_NONE, -1});
    typed("\033[12", (const int[]){KEY_NONE, -1});
    typed("\033xq", (const int[]){KEY_NONE, 'q', -1});
    typed("\xFF", (const int[]){0xFF, -1});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_short),
        cmocka_unit_test(words_cannot_harm_a_terminal),
        cmocka_unit_test(a_width_has_room_for_so_many_columns),
        cmocka_unit_test(what_nobody_knows_has_no_column),
        cmocka_unit_test(no_picture_is_larger_than_the_screen),
        cmocka_unit_test(trouble_and_keys_have_their_lines),
        cmocka_unit_test(keys_are_told_apart),
    };
    return RUN(tests);
}
