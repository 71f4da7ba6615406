/*
 * Whole pages: those that six exporters answered (tests/data/pages), those that the Go client and
 * prometheus_client wrote of one registry (tests/data/clients), our own golden ones. Each keeps its
 * bytes; spoiled ones are refused or stay stable, and never do harm.
 */
#include "expo_case.h"

#include <dirent.h>

#include "test_data.h"

/* Calls fn for each page of a folder of tests/data, by its name's end. */
static size_t each_page(const char *folder, void (*fn)(struct str page, enum expo_format format)) {
    char path[512];
    size_t n = 0;
    (void)snprintf(path, sizeof(path), "%s/%s", getenv("TEST_DATA"), folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        bool openmetrics = str_ends(str_of(entry->d_name), STR(".om"));
        if (openmetrics || str_ends(str_of(entry->d_name), STR(".prom"))) {
            struct buf page CLEANUP_BUF = test_data(folder, entry->d_name);
            fn(buf_view(&page), openmetrics ? EXPO_OPENMETRICS : EXPO_TEXT);
            n++;
        }
    }
    (void)closedir(dir);
    return n;
}

static void other_exporters_pages_keep_their_bytes(void **state) {
    (void)state;
    assert_int_equal(each_page("pages", expo_same), 6);
}

static void the_clients_pages_keep_their_bytes(void **state) {
    (void)state;
    assert_int_equal(each_page("clients", expo_same), 4);
}

static void our_own_pages_keep_their_bytes(void **state) {
    (void)state;
    assert_true(each_page("../golden", expo_same) >= 6);
}

/* A page that ends early: in OpenMetrics never valid, in text only between lines. */
static void is_cut(struct str page, enum expo_format format) {
    struct arena arena = ARENA_INIT;
    for (size_t len = 0; len + 1 < page.len; len++) {
        struct exposition read;
        struct err err = ERR_INIT;
        bool between = len == 0 || page.ptr[len - 1] == '\n';
        arena_reset(&arena);
        if (expo_parse(str_sub(page, 0, len), format, &arena, &read, &err) == 0 &&
            (format == EXPO_OPENMETRICS || !between)) {
            fail_msg("valid, cut at %zu of %zu", len, page.len);
        }
    }
    arena_done(&arena);
}

static void a_page_that_is_cut_is_noticed(void **state) {
    (void)state;
    (void)each_page("clients", is_cut);
}

/* xorshift: the same each time. */
static uint64_t next_random(void) {
    static uint64_t x = 88172645463325252U;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

/* One change: a byte of another, gone, doubled, or a piece put elsewhere. */
static void spoil(struct buf *page) {
    static const char bytes[] = " \t\n\r\"\\#{}=,_:+-.eE019aNIf\xC3\xFF";
    size_t at = next_random() % page->len;
    size_t from = next_random() % page->len;
    size_t len = next_random() % 40;
    struct buf piece CLEANUP_BUF = BUF_INIT;
    len = len > page->len - from ? page->len - from : len;
    switch (next_random() % 4) {
    case 0:
        page->data[at] = bytes[next_random() % (sizeof(bytes) - 1)];
        break;
    case 1:
        memmove(page->data + at, page->data + at + 1, page->len - at - 1);
        page->len--;
        break;
    default:
        buf_bytes(&piece, page->data + from, len ? len : 1);
        (void)buf_reserve(page, piece.len);
        memmove(page->data + at + piece.len, page->data + at, page->len - at);
        memcpy(page->data + at, piece.data, piece.len);
        page->len += piece.len;
        break;
    }
}

static size_t n_valid;
static size_t n_refused;

/* What is still valid is the same once more when it was written. */
static void is_spoiled(struct str page, enum expo_format format) {
    for (size_t i = 0; i < 1500; i++) {
        struct buf spoiled CLEANUP_BUF = BUF_INIT;
        buf_str(&spoiled, page);
        for (uint64_t n = next_random() % 3 + 1; n > 0; n--) {
            spoil(&spoiled);
        }
        struct expo_case c = expo_case(buf_view(&spoiled), format);
        if (c.r == 0) {
            expo_same(buf_view(&c.written), format);
            n_valid++;
        } else {
            assert_true(c.err.text[0] >= '1' && c.err.text[0] <= '9');
            n_refused++;
        }
        expo_case_done(&c);
    }
}

static void spoiled_pages_do_no_harm(void **state) {
    (void)state;
    (void)each_page("clients", is_spoiled);
    assert_true(n_valid > 100 && n_refused > 3000);
}

/* Each line twice: every sample, TYPE and HELP may stand once. */
static void has_doubled_lines(struct str page, enum expo_format format) {
    for (size_t from = 0; from < page.len;) {
        size_t end = str_find(page, '\n', from) + 1;
        struct buf doubled CLEANUP_BUF = BUF_INIT;
        buf_str(&doubled, str_sub(page, 0, end));
        buf_str(&doubled, str_sub(page, from, page.len - from));
        struct expo_case c = expo_case(buf_view(&doubled), format);
        if (c.r == 0) {
            fail_msg("valid twice: %.*s", STR_ARG(str_sub(page, from, end - from)));
        }
        expo_case_done(&c);
        from = end;
    }
}

static void no_line_may_stand_twice(void **state) {
    (void)state;
    (void)each_page("clients", has_doubled_lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_exporters_pages_keep_their_bytes),
        cmocka_unit_test(the_clients_pages_keep_their_bytes),
        cmocka_unit_test(our_own_pages_keep_their_bytes),
        cmocka_unit_test(a_page_that_is_cut_is_noticed),
        cmocka_unit_test(spoiled_pages_do_no_harm),
        cmocka_unit_test(no_line_may_stand_twice),
    };
    return RUN(tests);
}
