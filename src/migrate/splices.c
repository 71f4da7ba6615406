#include "migrate/splices.h"

#include <assert.h>

#include "base/cleanup.h"

void splices_done(struct splices *splices) {
    arena_done(&splices->arena);
    free(splices->items);
    *splices = (struct splices)SPLICES_INIT;
}

static bool grow(struct splices *splices) {
    size_t cap = splices->cap ? splices->cap * 2 : 64;
    struct splice *items = reallocarray(splices->items, cap, sizeof(*items));
    if (items) {
        splices->items = items;
        splices->cap = cap;
    }
    return items;
}

void splices_add(struct splices *splices, size_t from, size_t len, struct str text) {
    if (splices->failed || (splices->n == splices->cap && !grow(splices))) {
        splices->failed = true;
        return;
    }
    splices->items[splices->n] = (struct splice){
        .from = from, .len = len, .serial = splices->n, .text = arena_str(&splices->arena, text)};
    splices->n++;
    splices->failed = arena_failed(&splices->arena);
}

static int by_place(const void *a, const void *b) {
    const struct splice *x = a;
    const struct splice *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    if (!x->len != !y->len) {
        return x->len ? 1 : -1;
    }
    return x->serial < y->serial ? -1 : 1;
}

void splices_apply(struct splices *splices, struct str source, struct buf *out) {
    size_t at = 0;
    if (splices->failed) {
        out->failed = true;
        return;
    }
    if (splices->n) {
        qsort(splices->items, splices->n, sizeof(*splices->items), by_place);
    }
    for (size_t i = 0; i < splices->n; i++) {
        const struct splice *splice = &splices->items[i];
        assert(splice->from >= at && splice->from + splice->len <= source.len);
        buf_str(out, str_sub(source, at, splice->from - at));
        buf_str(out, splice->text);
        at = splice->from + splice->len;
    }
    buf_str(out, str_sub(source, at, source.len - at));
}
