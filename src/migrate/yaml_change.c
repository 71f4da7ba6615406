#include "migrate/yaml_change.h"

#include <errno.h>

#include "base/cleanup.h"

void yaml_changes_init(struct yaml_changes *changes, const struct yaml_text *text) {
    *changes = (struct yaml_changes){.text = text, .splices = SPLICES_INIT};
    changes->values = calloc((size_t)text->n + 1, sizeof(*changes->values));
    changes->failed = !changes->values;
}

void yaml_changes_done(struct yaml_changes *changes) {
    splices_done(&changes->splices);
    free(changes->values);
    changes->values = NULL;
}

static yaml_scalar_style_t style_of(const struct yaml_text *text, int node) {
    return yaml_node(text, node)->data.scalar.style;
}

static bool is_block(yaml_scalar_style_t style) {
    return style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
}

static struct str whole(const struct yaml_text *text, int node) {
    const struct yaml_place *place = yaml_place(text, node);
    return str_sub(text->source, place->from, place->end - place->from);
}

/* Where the own bytes begin in the whole, and how many bytes of it are behind them. */
static void edges(yaml_scalar_style_t style, struct str s, size_t *ret_head, size_t *ret_tail) {
    size_t line = str_find(s, '\n', 0);
    bool quoted =
        style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    *ret_head = is_block(style) ? line + (line < s.len) : quoted;
    *ret_tail = quoted;
}

struct str yaml_body(const struct yaml_text *text, int node) {
    yaml_scalar_style_t style = style_of(text, node);
    struct str s = whole(text, node);
    size_t head = 0;
    size_t tail = 0;
    edges(style, s, &head, &tail);
    struct str body = str_sub(s, head, s.len - head - tail);
    bool escapes =
        (style == YAML_SINGLE_QUOTED_SCALAR_STYLE && str_find(body, '\'', 0) < body.len) ||
        (style == YAML_DOUBLE_QUOTED_SCALAR_STYLE && str_find(body, '\\', 0) < body.len);
    return escapes ? (struct str){.ptr = NULL} : body;
}

/* Whether the written scalar, as the value of a key, means the value. */
static bool means(struct str written, bool flow, struct str value) {
    struct buf small CLEANUP_BUF = BUF_INIT;
    struct yaml_text text CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct err err = ERR_INIT;
    buf_text(&small, flow ? "{k: " : "k: ");
    buf_str(&small, written);
    buf_text(&small, flow ? "}\n" : "\n");
    return !buf_failed(&small) && yaml_text_parse(buf_view(&small), &text, &err) == 0 &&
           text.n == 3 && !text.more && str_eq(yaml_value(&text, 3), value);
}

/* The old scalar with other own bytes. */
static bool write_body(const struct yaml_text *text, int node, struct str value, struct str body,
                       struct buf *out) {
    struct str s = whole(text, node);
    size_t head = 0;
    size_t tail = 0;
    if (!body.ptr) {
        return false;
    }
    edges(style_of(text, node), s, &head, &tail);
    buf_str(out, str_sub(s, 0, head));
    buf_str(out, body);
    buf_str(out, str_sub(s, s.len - tail, tail));
    return means(buf_view(out), yaml_place(text, node)->flow, value);
}

/* 'it''s' */
static bool write_single(const struct yaml_text *text, int node, struct str value,
                         struct buf *out) {
    if (style_of(text, node) != YAML_SINGLE_QUOTED_SCALAR_STYLE) {
        return false;
    }
    buf_byte(out, '\'');
    for (size_t i = 0; i < value.len; i++) {
        buf_text(out, value.ptr[i] == '\'' ? "'" : "");
        buf_byte(out, value.ptr[i]);
    }
    buf_byte(out, '\'');
    return means(buf_view(out), yaml_place(text, node)->flow, value);
}

void yaml_change(struct yaml_changes *changes, int node, struct str value, struct str body) {
    const struct yaml_text *text = changes->text;
    struct buf written CLEANUP_BUF = BUF_INIT;
    if (changes->failed || changes->values[node - 1].ptr) {
        return;
    }
    bool done = write_body(text, node, value, body, &written);
    if (!done) {
        buf_reset(&written);
        done = write_single(text, node, value, &written);
    }
    if (!done) {
        buf_reset(&written);
        buf_json(&written, value); /* between double quotes anything can be said */
    }
    const struct yaml_place *place = yaml_place(text, node);
    splices_add(&changes->splices, place->from, place->end - place->from, buf_view(&written));
    changes->values[node - 1] = arena_str(&changes->splices.arena, value);
    changes->failed = buf_failed(&written) || arena_failed(&changes->splices.arena);
}

/* Whether a node of the new text means what it shall. */
static bool node_is_right(const struct yaml_changes *changes, const struct yaml_text *now,
                          int node) {
    struct str value = changes->values[node - 1];
    value = value.ptr ? value : yaml_value(changes->text, node);
    return yaml_is(now, node, yaml_node(changes->text, node)->type) &&
           str_eq(value, yaml_value(now, node));
}

/* The first node of the old text that the new one has not rightly, or 0. */
static int first_wrong(const struct yaml_changes *changes, const struct yaml_text *now) {
    for (int node = 1; node <= changes->text->n; node++) {
        if (!node_is_right(changes, now, node)) {
            return node;
        }
    }
    return now->n == changes->text->n ? 0 : 1;
}

static int check(const struct yaml_changes *changes, struct str written, struct err *err) {
    struct yaml_text now CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    int r = yaml_text_parse(written, &now, err);
    int wrong = r ? 1 : first_wrong(changes, &now);
    if (r == -ENOMEM || !wrong) {
        return r;
    }
    return err_set(err, -EINVAL,
                   "%zu: cannot be changed in place; write it on one line between quotes",
                   yaml_line(changes->text, wrong));
}

int yaml_changes_write(struct yaml_changes *changes, struct buf *out, struct err *err) {
    struct buf written CLEANUP_BUF = BUF_INIT;
    splices_apply(&changes->splices, changes->text->source, &written);
    if (changes->failed || buf_failed(&written)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = check(changes, buf_view(&written), err);
    if (!r) {
        buf_str(out, buf_view(&written));
    }
    return r;
}
