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

struct labels {
    const struct rewrite *rw;
    const struct node *root;
    struct query_label *items;
    size_t n;
};

static void add_label(struct labels *l, struct str old) {
    const struct label_rule *rule = rewrite_label_rule(l->rw, l->root, old);
    bool changed = rule && rule->now && !str_eq(str_of(rule->now), old);
    for (size_t i = 0; i < l->n; i++) {
        changed = changed && !str_eq(str_of(l->items[i].old), old);
    }
    if (changed && l->n < QUERY_LABELS_MAX && rewrite_carries(l->rw, l->root, old)) {
        l->items[l->n++] = (struct query_label){
            .old = rule->old, .now = rule->now, .host = rule->value == LABEL_HOST};
    }
}

static void add_listed(struct labels *l, const struct node *n) {
    const struct span lists[] = {n->by ? n->list : n->include, n->include};
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = lists[i].from; at < lists[i].to; at++) {
            add_label(l, l->rw->tokens->items[at].text);
        }
    }
    for (const struct node *kid = n->kids; kid; kid = kid->next) {
        add_listed(l, kid);
    }
}

size_t query_labels(const struct predecessor *from, struct str query, struct query_label *ret) {
    struct arena arena = ARENA_INIT;
    struct tokens tokens = {.n = 0};
    struct remarks found;
    struct rewrite rw = {.from = from, .tokens = &tokens, .arena = &arena, .remarks = &found};
    struct node *root = NULL;
    struct err err = ERR_INIT;
    remarks_init(&found, &arena);
    int rc = query.len > QUERY_MAX ? -E2BIG : tokens_read(query, &arena, &tokens, &err);
    rc = rc ? rc : syntax_read(&tokens, &arena, &root, &err);
    rc = rc ? rc : rewrite_read(&rw, root, &err);
    struct labels labels = {.rw = &rw, .root = root, .items = ret};
    if (!rc) {
        add_listed(&labels, root);
    }
    for (const struct label_rule *l = from->labels; !rc && l->old; l++) {
        if (str_eq(str_of(l->now), STR("container_name")) && label_is_renamed(l)) {
            add_label(&labels, str_of(l->old));
        }
    }
    arena_done(&arena);
    return labels.n;
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
