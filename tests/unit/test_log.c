/* The program's own log: lines that a person and a machine can read, whatever is in them. */
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "unit.h"

/* What was written to the log since the last call. */
static struct str written(int fd, char *buf, size_t cap) {
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t n = pread(fd, buf, cap - 1, 0);
    assert_int_equal(n, end);
    buf[n] = '\0';
    assert_int_equal(ftruncate(fd, 0), 0);
    (void)lseek(fd, 0, SEEK_SET);
    return (struct str){.ptr = buf, .len = (size_t)n};
}

static int temp_log(enum log_level level, enum log_format format) {
    char path[] = "/tmp/dockmeter-log-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)unlink(path);
    log_setup(level, format, fd);
    return fd;
}

static void text_lines_quote_what_needs_it(void **state) {
    (void)state;
    char buf[8192];
    int fd = temp_log(LOG_INFO, LOG_TEXT);
    log_event(LOG_INFO, "engine answers", LOGC("host", "unix:///run/docker.sock"),
              LOGC("note", "two words\n\x1b[31mred"));
    struct str line = written(fd, buf, sizeof(buf));
    /* 2026-11-21T01:45:22.330Z is 24 characters. */
    assert_int_equal(line.ptr[23], 'Z');
    assert_str(str_sub(line, 24, line.len - 24),
               " info  engine answers  host=unix:///run/docker.sock "
               "note=\"two words\\n\\u001b[31mred\"\n");
    (void)close(fd);
}

static void json_lines_are_json(void **state) {
    (void)state;
    char buf[8192];
    int fd = temp_log(LOG_INFO, LOG_JSON);
    log_event(LOG_WARN, "strange \"name\"", LOGF("name", STR("a\0b\xFF\x7F")));
    struct str line = written(fd, buf, sizeof(buf));
    json_t *root = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(root, "msg")), "strange \"name\"");
    assert_int_equal(json_string_length(json_object_get(root, "name")), 7);
    json_decref(root);
    (void)close(fd);
}

static void levels_below_are_left_out(void **state) {
    (void)state;
    char buf[8192];
    int fd = temp_log(LOG_WARN, LOG_TEXT);
    log_event(LOG_INFO, "not this");
    assert_int_equal(written(fd, buf, sizeof(buf)).len, 0);
    log_event(LOG_ERROR, "this");
    assert_true(written(fd, buf, sizeof(buf)).len > 0);
    (void)close(fd);
}

static void a_line_that_is_too_long_says_so(void **state) {
    (void)state;
    static char big[100000];
    char buf[8192];
    int fd = temp_log(LOG_INFO, LOG_TEXT);
    memset(big, 'x', sizeof(big) - 1);
    log_event(LOG_INFO, "big", LOGC("value", big));
    struct str line = written(fd, buf, sizeof(buf));
    assert_true(str_ends(line, STR(" info  big  fields=\"too long for a line\"\n")));
    (void)close(fd);
    fd = temp_log(LOG_INFO, LOG_JSON);
    log_event(LOG_INFO, "big", LOGC("value", big));
    line = written(fd, buf, sizeof(buf));
    json_t *root = json_loadb(line.ptr, line.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "msg")), "big");
    json_decref(root);
    (void)close(fd);
}

/* A reader that has stopped reading must not stop the program. */
static void a_full_pipe_loses_lines_and_says_so(void **state) {
    (void)state;
    int ends[2];
    char buf[65536];
    assert_int_equal(pipe(ends), 0);
    log_setup(LOG_INFO, LOG_TEXT, ends[1]);
    for (int i = 0; i < 5000; i++) {
        log_event(LOG_INFO, "a line that nobody reads");
    }
    assert_true(read(ends[0], buf, sizeof(buf)) > 0);
    log_event(LOG_INFO, "somebody reads");
    (void)close(ends[1]);
    ssize_t last = 0;
    for (ssize_t n = 1; n > 0; last = n > 0 ? n : last) {
        n = read(ends[0], buf, sizeof(buf));
    }
    struct str rest = {.ptr = buf, .len = (size_t)last};
    assert_true(str_search(rest, STR("warn  log lines were lost  lines=")) != SIZE_MAX);
    assert_true(str_ends(rest, STR("somebody reads\n")));
    (void)close(ends[0]);
}

static void repeated_trouble_is_held_back_and_counted(void **state) {
    (void)state;
    struct log_limit limit = {0};
    uint64_t held = 99;
    assert_true(log_limit_pass(&limit, INT64_MAX, &held));
    assert_int_equal(held, 0);
    assert_false(log_limit_pass(&limit, INT64_MAX, &held));
    assert_false(log_limit_pass(&limit, INT64_MAX, &held));
    assert_true(log_limit_pass(&limit, 0, &held));
    assert_int_equal(held, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines_quote_what_needs_it),
        cmocka_unit_test(json_lines_are_json),
        cmocka_unit_test(levels_below_are_left_out),
        cmocka_unit_test(a_line_that_is_too_long_says_so),
        cmocka_unit_test(a_full_pipe_loses_lines_and_says_so),
        cmocka_unit_test(repeated_trouble_is_held_back_and_counted),
    };
    return RUN(tests);
}
