#include "migrate/edit.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>

int edits_init(struct edits *e, const struct tokens *tokens, struct arena *arena, struct err *err) {
    *e = (struct edits){.tokens = tokens, .arena = arena};
    e->items = arena_array(arena, tokens->n, sizeof(*e->items));
    return e->items ? 0 : err_set(err, -ENOMEM, "out of memory");
}

void edit_replace(struct edits *e, struct span span, struct str text) {
    e->any = true;
    for (size_t i = span.from; i < span.to; i++) {
        e->items[i].replaced = i == span.from;
        e->items[i].gone = i != span.from;
    }
    e->items[span.from].instead = arena_str(e->arena, text);
}

static struct str joined(struct arena *arena, struct str a, struct str b) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_str(&text, a);
    buf_str(&text, b);
    return arena_str(arena, buf_view(&text));
}

void edit_wrap(struct edits *e, struct span span, struct str before, struct str after) {
    struct edit *first = &e->items[span.from];
    struct edit *last = &e->items[span.to - 1];
    e->any = true;
    first->before = joined(e->arena, first->before, before);
    last->after = joined(e->arena, after, last->after);
}

static bool is_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Appends; a name that would run into the one before it is kept apart. */
static void put(struct buf *out, size_t begin, struct str text) {
    if (out->len > begin && text.len && is_name(out->data[out->len - 1]) && is_name(text.ptr[0])) {
        buf_byte(out, ' ');
    }
    buf_str(out, text);
}

void edits_print(const struct edits *e, struct buf *out) {
    size_t begin = out->len;
    for (size_t i = 0; i < e->tokens->n; i++) {
        const struct token *t = &e->tokens->items[i];
        const struct edit *edit = &e->items[i];
        buf_str(out, edit->gone ? STR("") : t->lead);
        put(out, begin, edit->before);
        put(out, begin, edit->gone ? STR("") : edit->replaced ? edit->instead : t->text);
        buf_str(out, edit->after);
    }
}
