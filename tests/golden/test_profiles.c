/*
 * Each profile's page against the recorded page of the tool that it stands in for, by families,
 * types and names of labels: what differs is what the table of differences says, no more, no less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../unit/made_page.h"
#include "../unit/test_data.h"
#include "metrics/differences.h"

#define FAMILIES_MAX 256
#define LABELS_MAX 32

/* A family as a page has it; names are views of the page. */
struct shown {
    struct str name;
    struct str type; /* empty: the page does not tell */
    struct str labels[LABELS_MAX];
    size_t n;
};

struct shown_page {
    struct shown at[FAMILIES_MAX];
    size_t n;
};

static struct shown *find(struct shown_page *page, struct str name) {
    for (size_t i = 0; i < page->n; i++) {
        if (str_eq(page->at[i].name, name)) {
            return &page->at[i];
        }
    }
    return NULL;
}

static struct shown *find_or_add(struct shown_page *page, struct str name) {
    struct shown *found = find(page, name);
    if (!found) {
        assert_true(page->n < FAMILIES_MAX);
        found = &page->at[page->n++];
        *found = (struct shown){.name = name};
    }
    return found;
}

static bool has_label(const struct shown *family, struct str name) {
    for (size_t i = 0; i < family->n; i++) {
        if (str_eq(family->labels[i], name)) {
            return true;
        }
    }
    return false;
}

/* Where the value that begins at s[at] ends: at its closing quote. */
static size_t value_end(struct str s, size_t at) {
    while (at < s.len && s.ptr[at] != '"') {
        at += s.ptr[at] == '\\' ? 2 : 1;
    }
    return at;
}

/* `a="1",b="2"} 3` adds a and b. */
static void read_labels(struct shown *family, struct str s) {
    size_t at = 0;
    while (at < s.len && s.ptr[at] != '}') {
        size_t equals = str_find(s, '=', at);
        struct str name = str_sub(s, at, equals - at);
        if (!has_label(family, name)) {
            assert_true(family->n < LABELS_MAX);
            family->labels[family->n++] = name;
        }
        at = value_end(s, equals + 2) + 1;
        at += at < s.len && s.ptr[at] == ',';
    }
}

static void read_page(struct str text, struct shown_page *page) {
    struct str line;
    page->n = 0;
    while (str_split(&text, '\n', &line)) {
        if (str_starts(line, STR("# TYPE "))) {
            struct str rest = str_sub(line, 7, line.len - 7);
            size_t space = str_find(rest, ' ', 0);
            find_or_add(page, str_sub(rest, 0, space))->type =
                str_sub(rest, space + 1, rest.len - space - 1);
        } else if (line.len && line.ptr[0] != '#') {
            size_t brace = str_find(line, '{', 0);
            size_t end = brace < line.len ? brace : str_find(line, ' ', 0);
            struct shown *family = find_or_add(page, str_sub(line, 0, end));
            if (brace < line.len) {
                read_labels(family, str_sub(line, brace + 1, line.len - brace - 1));
            }
        }
    }
}

/* What Dockmeter says about itself is in every profile; recorded pages are without the like. */
static bool is_own(struct str family) {
    return str_starts(family, STR("exporter_")) || str_starts(family, STR("process_"));
}

static bool same_labels(const struct shown *a, const struct shown *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; i < a->n; i++) {
        same = same && has_label(b, a->labels[i]);
    }
    return same;
}

static const char *const kind_words[DIFFERENCE_KINDS] = {"missing", "added", "type", "labels"};

/* Marks what the table has of a profile, and complains about what it has not. */
struct check {
    const char *profile;
    bool *used; /* one for each row of the table */
    struct buf complaints;
};

static void differs(struct check *c, enum difference_kind kind, struct str family) {
    bool listed = false;
    for (size_t i = 0; i < n_differences; i++) {
        const struct difference *d = &differences[i];
        bool names_it = str_eq(str_of(d->family), family) || strcmp(d->family, "*") == 0;
        if (strcmp(d->profile, c->profile) == 0 && d->kind == kind && names_it) {
            c->used[i] = true;
            listed = true;
        }
    }
    if (!listed) {
        buf_fmt(&c->complaints, "not listed: %s %s %.*s\n", c->profile, kind_words[kind],
                STR_ARG(family));
    }
}

static void compare(struct check *c, struct shown_page *theirs, struct shown_page *ours) {
    for (size_t i = 0; i < theirs->n; i++) {
        const struct shown *want = &theirs->at[i];
        const struct shown *got = find(ours, want->name);
        if (!got) {
            differs(c, DIFFERENCE_MISSING, want->name);
            continue;
        }
        if (want->type.len && !str_eq(want->type, got->type)) {
            differs(c, DIFFERENCE_TYPE, want->name);
        }
        if (want->n && !same_labels(want, got)) {
            differs(c, DIFFERENCE_LABELS, want->name);
        }
    }
    for (size_t i = 0; i < ours->n; i++) {
        if (!find(theirs, ours->at[i].name) && !is_own(ours->at[i].name)) {
            differs(c, DIFFERENCE_ADDED, ours->at[i].name);
        }
    }
}

static void check_profile(struct check *c) {
    static struct shown_page theirs;
    static struct shown_page ours;
    char file[64];
    (void)snprintf(file, sizeof(file), "%s.prom", c->profile);
    CLEANUP_BUF struct buf recorded = test_data("pages", file);
    struct full full = full_page(c->profile);
    read_page(buf_view(&recorded), &theirs);
    read_page(buf_view(&full.made.text), &ours);
    compare(c, &theirs, &ours);
    full_done(&full);
}

static void differences_are_as_listed(void **state) {
    (void)state;
    struct check c = {.used = calloc(n_differences, sizeof(bool))};
    for (size_t i = 0; (c.profile = page_profile(i)) != NULL; i++) {
        check_profile(&c);
    }
    for (size_t i = 0; i < n_differences; i++) {
        if (!c.used[i]) {
            buf_fmt(&c.complaints, "no difference: %s %s %s\n", differences[i].profile,
                    kind_words[differences[i].kind], differences[i].family);
        }
    }
    free(c.used);
    size_t len = c.complaints.len;
    (void)fputs(buf_cstr(&c.complaints), stderr);
    buf_done(&c.complaints);
    assert_int_equal(len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_as_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
