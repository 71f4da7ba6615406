#include "migrate/query.h"

#include <errno.h>

#include "migrate/rewrite.h"

/* Grafana's functions whose argument is no PromQL. */
static bool is_beyond(struct str query) {
    return str_starts(query, STR("metrics(")) || str_starts(query, STR("label_names("));
}

/* Into the caller's list; of a query that stays as it was only what is lost. */
static void hand_over(const struct rewrite *rw, struct remarks *to) {
    for (size_t i = 0; i < rw->remarks->n; i++) {
        const struct remark *r = &rw->remarks->items[i];
        if (!rw->lost || r->kind == REMARK_LOST) {
            remarks_add(to, r->kind, r->subject, r->text);
        }
    }
}

static int rewrite(const struct predecessor *from, struct str query, struct buf *out,
                   struct arena *arena, struct remarks *remarks, struct err *err) {
    struct tokens tokens = {.n = 0};
    struct remarks found;
    struct rewrite rw = {.from = from, .tokens = &tokens, .arena = arena, .remarks = &found};
    struct node *root = NULL;
    remarks_init(&found, arena);
    int rc = tokens_read(query, arena, &tokens, err);
    rc = rc ? rc : syntax_read(&tokens, arena, &root, err);
    rc = rc ? rc : edits_init(&rw.edits, &tokens, arena, err);
    rc = rc ? rc : rewrite_read(&rw, root, err);
    if (rc) {
        return rc;
    }
    rewrite_joins(&rw, root);
    if (!rw.lost) {
        rewrite_selectors(&rw, root);
    }
    rewrite_labels(&rw, root);
    if (arena_failed(arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    hand_over(&rw, remarks);
    if (rw.lost || !rw.edits.any) {
        buf_str(out, query);
    } else {
        edits_print(&rw.edits, out);
    }
    return 0;
}

int query_rewrite(const struct predecessor *from, struct str query, struct buf *out,
                  struct remarks *remarks, struct err *err) {
    if (query.len > QUERY_MAX) {
        return err_set(err, -E2BIG, "%zu bytes, more than %d", query.len, QUERY_MAX);
    }
    if (is_beyond(str_trim(query))) {
        if (str_starts(str_trim(query), STR("metrics(")) && !from->same_names) {
            remarks_add(remarks, REMARK_LOST, STR("metrics()"),
                        STR("which names a pattern means cannot be told"));
        }
        buf_str(out, query);
        return 0;
    }
    struct arena arena = ARENA_INIT;
    int rc = rewrite(from, query, out, &arena, remarks, err);
    arena_done(&arena);
    return rc;
}
