#include "migrate/migration.h"

#include <errno.h>
#include <stdarg.h>

#include "base/cleanup.h"
#include "migrate/already.h"
#include "migrate/query.h"

#define SAID_MAX 1024

void migration_init(struct migration *m, const struct predecessor *from, const char *file) {
    *m = (struct migration){.from = from, .file = file, .lines = BUF_INIT};
}

void migration_done(struct migration *m) {
    buf_done(&m->lines);
}

/* "FILE:LINE: word: where: ", each as far as there is one. */
static void begin(struct migration *m, const char *word, const struct spot *spot) {
    buf_plain(&m->lines, str_of(m->file));
    if (spot->line) {
        buf_fmt(&m->lines, ":%zu", spot->line);
    }
    buf_fmt(&m->lines, ": %s: ", word);
    buf_plain(&m->lines, spot->where);
    buf_text(&m->lines, spot->where.len ? ": " : "");
}

static void say(struct migration *m, const char *word, const struct spot *spot, const char *fmt,
                va_list ap) __attribute__((format(printf, 4, 0)));

static void say(struct migration *m, const char *word, const struct spot *spot, const char *fmt,
                va_list ap) {
    char text[SAID_MAX];
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    begin(m, word, spot);
    buf_plain(&m->lines, str_of(text));
    buf_byte(&m->lines, '\n');
}

void migration_say(struct migration *m, enum remark_kind kind, const struct spot *spot,
                   const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(m, remark_word(kind), spot, fmt, ap);
    va_end(ap);
    m->counts[kind]++;
}

void migration_note(struct migration *m, const struct spot *spot, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(m, "note", spot, fmt, ap);
    va_end(ap);
}

void migration_mistake(struct migration *m, const struct spot *spot, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(m, "wrong", spot, fmt, ap);
    va_end(ap);
    m->mistakes++;
}

int migration_check(const struct migration *m, struct err *err) {
    if (!m->mistakes) {
        return 0;
    }
    return err_set(err, -EINVAL, "%zu mistake%s to mend first; nothing was written", m->mistakes,
                   m->mistakes > 1 ? "s" : "");
}

/* A line for each remark. */
static void pass_on(struct migration *m, const struct spot *spot, const struct remarks *remarks) {
    for (size_t i = 0; i < remarks->n; i++) {
        const struct remark *remark = &remarks->items[i];
        begin(m, remark_word(remark->kind), spot);
        buf_plain(&m->lines, remark->subject);
        buf_text(&m->lines, remark->subject.len && remark->text.len ? ": " : "");
        buf_plain(&m->lines, remark->text);
        buf_byte(&m->lines, '\n');
        m->counts[remark->kind]++;
    }
    if (remarks->left_out) {
        migration_note(m, spot, "%zu more of the kind", remarks->left_out);
    }
}

int migration_query(struct migration *m, const struct spot *spot, struct str query, struct buf *out,
                    struct err *err) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct remarks remarks;
    size_t from = out->len;
    remarks_init(&remarks, &arena);
    if (already_native(m->from, query)) {
        migration_say(m, REMARK_SAME, spot, "in the new form already");
        buf_str(out, query);
        return buf_failed(out) ? err_set(err, -ENOMEM, "out of memory") : QUERY_SAME;
    }
    int r = query_rewrite(m->from, query, out, &remarks, err);
    if (r < 0) {
        return r == -ENOMEM ? r : -EINVAL;
    }
    pass_on(m, spot, &remarks);
    if (!remarks.n) {
        migration_say(m, REMARK_SAME, spot, "works as it is");
    }
    if (buf_failed(out)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (!str_eq(str_sub(buf_view(out), from, out->len - from), query)) {
        return QUERY_CHANGED;
    }
    bool lost = remarks_count(&remarks, REMARK_LOST) > 0;
    return !lost && predecessor_within(m->from, query) ? QUERY_SAME : QUERY_LEFT;
}

bool migration_template(struct migration *m, const struct spot *spot, struct str text,
                        struct buf *out) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct remarks remarks;
    size_t from = out->len;
    remarks_init(&remarks, &arena);
    template_rewrite(m->from, text, out, &remarks);
    pass_on(m, spot, &remarks);
    return !buf_failed(out) && !str_eq(str_sub(buf_view(out), from, out->len - from), text);
}
