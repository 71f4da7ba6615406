/*
 * The tables of migration against the families that there are: every family of a predecessor's
 * profile and of its recorded page has a rule, and every form is made of native's families.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../unit/test_data.h"
#include "base/cleanup.h"
#include "metrics/row.h"
#include "migrate/form.h"
#include "migrate/syntax.h"

static bool is_native(struct str name) {
    const struct profile *native = profile_find(STR("native"));
    bool found = str_eq(name, STR("up"));
    for (size_t i = 0; i < native->n_rows; i++) {
        found = found || str_eq(name, str_of(native->rows[i].name));
    }
    for (size_t i = 0; i < n_self_rows; i++) {
        found = found || str_eq(name, str_of(self_rows[i].name));
    }
    return found;
}

static void check_selectors(const struct node *n, const struct tokens *tokens) {
    if (n->kind == NODE_SELECTOR && !is_native(tokens->items[n->name.from].text)) {
        fail_msg("%.*s is no family of native", STR_ARG(tokens->items[n->name.from].text));
    }
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        check_selectors(kid, tokens);
    }
}

static void test_forms(void **state) {
    (void)state;
    for (size_t i = 0; predecessor_at(i); i++) {
        const struct predecessor *p = predecessor_at(i);
        for (size_t j = 0; j < p->n_families; j++) {
            struct arena arena = ARENA_INIT;
            struct buf form CLEANUP_BUF = BUF_INIT;
            struct tokens tokens = {.n = 0};
            struct node *root = NULL;
            struct err err = ERR_INIT;
            const struct family_rule *f = &p->families[j];
            assert_true((f->form != NULL) != (f->lost != NULL));
            if (f->form) {
                form_describe(f, &form);
                assert_int_equal(tokens_read(buf_view(&form), &arena, &tokens, &err), 0);
                assert_int_equal(syntax_read(&tokens, &arena, &root, &err), 0);
                check_selectors(root, &tokens);
            }
            arena_done(&arena);
        }
    }
}

static void check_known(const struct predecessor *p, struct str name) {
    bool own = str_starts(name, STR("exporter_")) || str_starts(name, STR("process_"));
    if (!own && !predecessor_family(p, name)) {
        fail_msg("%s: there is no rule for %.*s", p->name, STR_ARG(name));
    }
}

static void test_profiles(void **state) {
    (void)state;
    for (size_t i = 1; predecessor_at(i); i++) {
        const struct predecessor *p = predecessor_at(i);
        const struct profile *profile = profile_find(str_of(p->name));
        for (size_t j = 0; j < profile->n_rows; j++) {
            check_known(p, str_of(profile->rows[j].name));
        }
    }
}

static void test_recorded(void **state) {
    (void)state;
    for (size_t i = 0; predecessor_at(i); i++) {
        const struct predecessor *p = predecessor_at(i);
        char name[64];
        (void)snprintf(name, sizeof(name), "%s.prom", p->name);
        struct buf page CLEANUP_BUF = test_data("pages", name);
        struct str rest = buf_view(&page);
        struct str line;
        while (str_split(&rest, '\n', &line)) {
            if (line.len && line.ptr[0] != '#') {
                size_t len = str_find(line, ' ', 0);
                size_t brace = str_find(line, '{', 0);
                check_known(p, str_sub(line, 0, brace < len ? brace : len));
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
