/* What every unit test needs: cmocka with what it asks for before itself. */
#ifndef DOCKMETER_TESTS_UNIT_H
#define DOCKMETER_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* Fails with both texts shown. */
#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        struct str actual_ = (actual);                                                             \
        char shown_[4096];                                                                         \
        (void)snprintf(shown_, sizeof(shown_), "%.*s", STR_ARG(actual_));                          \
        assert_string_equal(shown_, (expected));                                                   \
    } while (0)

#endif
