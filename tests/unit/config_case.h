/*
 * What the tests of the configuration share: one load from YAML text, environment and flags, and
 * what is asked of it. The YAML goes to a file of its own in a fresh folder, so that it is read as
 * users' files are; messages call it config.yaml, since the test works in that folder.
 */
#ifndef DOCKMETER_TESTS_CONFIG_CASE_H
#define DOCKMETER_TESTS_CONFIG_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

#define CASE_MAX 16

/* Lists end with NULL; yaml NULL: no file. */
struct config_case {
    const char *yaml;
    const char *env[CASE_MAX];
    const char *flags[CASE_MAX];
};

/* Group setup and teardown: a fresh folder to work in. */
static inline int case_enter(void **state) {
    static char folder[] = "/tmp/test_config.XXXXXX";
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static inline int case_leave(void **state) {
    (void)unlink("config.yaml");
    return chdir("/") == 0 ? rmdir(*state) : -1;
}

static inline void case_write_file(const char *name, const char *data, size_t len) {
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* Loads; the result code, and the configuration or the error. */
static inline int case_load(const struct config_case *c, struct config *ret, enum config_want *want,
                            struct err *err) {
    const char *args[CASE_MAX + 2] = {NULL};
    size_t n = 0;
    if (c->yaml) {
        case_write_file("config.yaml", c->yaml, strlen(c->yaml));
        args[n++] = "--config.file";
        args[n++] = "config.yaml";
    }
    for (size_t i = 0; c->flags[i]; i++) {
        args[n++] = c->flags[i];
    }
    struct config_request request = {.args = args, .n_args = n, .environ = c->env};
    *err = (struct err)ERR_INIT;
    return config_load(&request, ret, want, err);
}

/* Loads what must be right. */
static inline struct config case_good(const struct config_case *c) {
    struct config config = {.origins = NULL};
    enum config_want want = CONFIG_HELP;
    struct err err;
    if (case_load(c, &config, &want, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(want, CONFIG_RUN);
    return config;
}

/* Loads what must be wrong, with exactly this code and message. */
static inline void case_bad(const struct config_case *c, int code, const char *text) {
    struct config config;
    enum config_want want = CONFIG_RUN;
    struct err err;
    int r = case_load(c, &config, &want, &err);
    if (r == 0) {
        config_done(&config);
        fail_msg("loaded, but should say: %s", text);
    }
    assert_string_equal(err.text, text);
    assert_int_equal(r, code);
    assert_int_equal(err.code, code);
}

static inline void assert_str(struct str got, const char *want) {
    assert_non_null(got.ptr);
    assert_int_equal(strlen(got.ptr), got.len);
    assert_string_equal(got.ptr, want);
}

static inline void assert_origin(const struct config *config, const char *option,
                                 const char *want) {
    struct buf text = BUF_INIT;
    config_origin_text(config, option, &text);
    assert_string_equal(buf_cstr(&text), want);
    buf_done(&text);
}

static inline void assert_notes(const struct config *config, const char *const *notes) {
    for (size_t i = 0; i < config->notes.n; i++) {
        if (!notes[i]) {
            fail_msg("unexpected note: %s", config->notes.items[i].ptr);
        }
        assert_str(config->notes.items[i], notes[i]);
    }
    assert_null(notes[config->notes.n]);
}

#endif
