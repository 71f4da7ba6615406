#include "migrate/guide.h"

#include <string.h>

#include "base/cleanup.h"
#include "migrate/form.h"
#include "migrate/query.h"

#define NONE "–" /* in place of what there is not */
#define THE_SAME "the same"

/* Code in a table's cell: a bar would end the cell. */
static void put_code(struct buf *out, struct str text) {
    buf_byte(out, '`');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '|') {
            buf_byte(out, '\\');
        }
        buf_byte(out, text.ptr[i]);
    }
    buf_byte(out, '`');
}

/* Words in a table's cell. */
static void put_words(struct buf *out, struct str text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '|' || text.ptr[i] == '*') {
            buf_byte(out, '\\');
        }
        buf_byte(out, text.ptr[i]);
    }
}

static const struct guide *find_guide(const struct predecessor *p) {
    for (size_t i = 0; i < n_guides; i++) {
        if (str_eq(str_of(guides[i].predecessor), str_of(p->name))) {
            return &guides[i];
        }
    }
    return NULL;
}

static bool is_same(const struct family_rule *f) {
    struct buf form CLEANUP_BUF = BUF_INIT;
    if (!f->form || f->root || f->when[0]) {
        return false;
    }
    form_describe(f, &form);
    return str_eq(buf_view(&form), str_of(f->old));
}

static void put_family(const struct family_rule *f, struct buf *out) {
    struct buf name CLEANUP_BUF = BUF_INIT;
    buf_text(&name, f->old);
    if (f->root) {
        buf_text(&name, "{id=\"/\"}");
    } else if (f->when[0]) {
        buf_fmt(&name, "{%s=\"%s\"}", f->when[0], f->when[1]);
    }
    put_code(out, buf_view(&name));
}

static void put_native(const struct family_rule *f, struct buf *out) {
    struct buf form CLEANUP_BUF = BUF_INIT;
    if (!f->form) {
        buf_text(out, NONE " ");
        put_words(out, str_of(f->lost));
        return;
    }
    if (is_same(f)) {
        buf_text(out, THE_SAME);
        return;
    }
    form_describe(f, &form);
    put_code(out, buf_view(&form));
    if (f->differs) {
        buf_text(out, ": ");
        put_words(out, str_of(f->differs));
    }
}

static void write_names(const struct predecessor *p,
                        const char *(*difference)(const char *profile, const char *family),
                        struct buf *out) {
    const char *between = "";
    buf_text(out, "\n## Families\n\nThe same on both pages: ");
    for (size_t i = 0; i < p->n_families; i++) {
        const struct family_rule *f = &p->families[i];
        if (is_same(f) && !difference(p->name, f->old)) {
            buf_text(out, between);
            put_family(f, out);
            between = ", ";
        }
    }
    buf_fmt(out, "%s\n\n| family | profile `%s` |%s\n|---|---|%s\n", *between ? "." : "none.",
            p->name, p->same_names ? "" : " profile `native` |", p->same_names ? "" : "---|");
    for (size_t i = 0; i < p->n_families; i++) {
        const struct family_rule *f = &p->families[i];
        const char *why = difference(p->name, f->old);
        if (is_same(f) && !why) {
            continue;
        }
        buf_text(out, "| ");
        put_family(f, out);
        buf_text(out, " | ");
        put_words(out, why ? str_of(why) : STR(THE_SAME));
        if (f->needs) {
            buf_fmt(out, ", with `%s`", f->needs);
        }
        if (!p->same_names) {
            buf_text(out, " | ");
            put_native(f, out);
        }
        buf_text(out, " |\n");
    }
}

static void write_label(const struct label_rule *l, const char *family, struct buf *out) {
    buf_fmt(out, "| `%s`%s%s%s | ", l->old, family ? " of `" : "", family ? family : "",
            family ? "`" : "");
    if (l->now) {
        put_code(out, str_of(l->now));
    } else {
        buf_text(out, NONE);
    }
    buf_text(out, " | ");
    put_words(out, str_of(l->why));
    buf_text(out, " |\n");
}

/* Each list once, whatever number of families share it. */
static void write_labels(const struct predecessor *p, struct buf *out) {
    const struct label_rule *last = NULL;
    buf_text(out, "\n## Labels\n\n| label | on `native` | |\n|---|---|---|\n");
    for (const struct label_rule *l = p->labels; l->old; l++) {
        write_label(l, NULL, out);
    }
    for (size_t i = 0; i < p->n_families; i++) {
        const struct family_rule *f = &p->families[i];
        for (const struct label_rule *l = f->labels; l && l != last && l->old; l++) {
            write_label(l, f->old, out);
        }
        last = f->labels ? f->labels : last;
    }
}

static void put_lost(const struct remarks *remarks, struct buf *out) {
    const char *between = "stays as it is: ";
    for (size_t i = 0; i < remarks->n; i++) {
        const struct remark *r = &remarks->items[i];
        if (r->kind == REMARK_LOST) {
            buf_text(out, between);
            put_words(out, r->text);
            between = "; ";
        }
    }
}

static void write_query(const struct predecessor *p, const char *query, struct buf *out) {
    struct buf now CLEANUP_BUF = BUF_INIT;
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct remarks remarks;
    remarks_init(&remarks, &arena);
    int rc = query_rewrite(p, str_of(query), &now, &remarks, &err);
    buf_text(out, "| ");
    put_code(out, str_of(query));
    buf_text(out, " | ");
    if (rc) {
        put_words(out, str_of(err.text));
    } else if (remarks_count(&remarks, REMARK_LOST)) {
        put_lost(&remarks, out);
    } else if (str_eq(buf_view(&now), str_of(query))) {
        buf_text(out, THE_SAME);
    } else {
        put_code(out, buf_view(&now));
    }
    buf_text(out, " |\n");
    arena_done(&arena);
}

static void write_settings(const struct guide *g, struct buf *out) {
    buf_text(out, "\n## Settings\n\n| was | is | |\n|---|---|---|\n");
    for (const struct guide_setting *s = g->settings; s->old; s++) {
        bool words = strchr(s->old, ' ') && !strchr(s->old, ',');
        buf_fmt(out, words ? "| %s | " : "| `%s` | ", s->old);
        if (s->now && !str_eq(str_of(s->now), STR(THE_SAME))) {
            put_code(out, str_of(s->now));
        } else {
            buf_text(out, s->now ? THE_SAME : NONE);
        }
        buf_text(out, " | ");
        put_words(out, str_of(s->note));
        buf_text(out, " |\n");
    }
}

void guide_write(const struct predecessor *p,
                 const char *(*difference)(const char *profile, const char *family),
                 struct buf *out) {
    const struct guide *g = find_guide(p);
    if (!g) {
        return;
    }
    buf_fmt(out, "# From %s to Dockmeter\n\nWritten from the program's tables; do not edit.\n",
            p->title);
    buf_fmt(out, "\n## What to change\n\n%s", g->change);
    buf_fmt(out,
            "\n`dockmeter migrate --from %s --config FILE` does this to a compose file, an "
            "environment file or a `docker run` line, and says what of it has no effect. With "
            "`--dashboard` and `--rules` it takes those too; several at once go to a folder, "
            "`--output DIR`.\n",
            p->name);
    buf_fmt(out, "\n## What differs\n\n%s", g->values);
    write_names(p, difference, out);
    write_labels(p, out);
    buf_fmt(
        out,
        "\n## Queries\n\n`dockmeter migrate --from %s` rewrites whole dashboards and rule files "
        "in this way.\n\n| on the old page | on `native` |\n|---|---|\n",
        p->name);
    for (const char *const *query = g->queries; *query; query++) {
        write_query(p, *query, out);
    }
    write_settings(g, out);
}
