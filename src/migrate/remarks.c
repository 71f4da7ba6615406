#include "migrate/remarks.h"

#include <string.h>

#define CAP_FIRST 16

void remarks_init(struct remarks *r, struct arena *arena) {
    *r = (struct remarks){.arena = arena};
}

static bool is_said(const struct remarks *r, const struct remark *new) {
    for (size_t i = 0; i < r->n; i++) {
        const struct remark *old = &r->items[i];
        if (old->kind == new->kind && str_eq(old->subject, new->subject) &&
            str_eq(old->text, new->text)) {
            return true;
        }
    }
    return false;
}

static bool has_room(struct remarks *r) {
    if (r->n < r->cap) {
        return true;
    }
    size_t cap = r->cap ? r->cap * 2 : CAP_FIRST;
    struct remark *items = arena_array(r->arena, cap, sizeof(*items));
    if (!items) {
        return false;
    }
    if (r->n) {
        memcpy(items, r->items, r->n * sizeof(*items));
    }
    r->items = items;
    r->cap = cap;
    return true;
}

void remarks_add(struct remarks *r, enum remark_kind kind, struct str subject, struct str text) {
    struct remark new = {.kind = kind, .subject = subject, .text = text};
    if (!r || is_said(r, &new)) {
        return;
    }
    if (r->n == REMARKS_MAX || !has_room(r)) {
        r->left_out++;
        return;
    }
    new.subject = arena_str(r->arena, subject);
    new.text = arena_str(r->arena, text);
    r->items[r->n++] = new;
}

size_t remarks_count(const struct remarks *r, enum remark_kind kind) {
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        n += r->items[i].kind == kind;
    }
    return n;
}

const char *remark_word(enum remark_kind kind) {
    static const char *const words[REMARK_KINDS] = {
        [REMARK_SAME] = "same", [REMARK_CHANGED] = "changed", [REMARK_DIFFERS] = "differs",
        [REMARK_LOST] = "lost", [REMARK_FOREIGN] = "foreign",
    };
    return words[kind];
}
