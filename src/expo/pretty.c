#include "expo/pretty.h"

#include "base/cleanup.h"

/* `suffix{labels}`, either may be empty, on one line. */
static void write_series(struct str suffix, const struct label *labels, size_t n, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_str(&text, suffix);
    if (n) {
        buf_byte(&text, '{');
        expo_write_labels(labels, n, &text);
        buf_byte(&text, '}');
    }
    buf_plain(out, buf_view(&text));
    out->failed |= buf_failed(&text);
}

static void write_exemplar(const struct expo_exemplar *exemplar, struct buf *out) {
    buf_fmt(out, "  # %.*s", STR_ARG(exemplar->value));
    if (exemplar->n_labels) {
        buf_byte(out, ' ');
        write_series(STR(""), exemplar->labels, exemplar->n_labels, out);
    }
    if (exemplar->timestamp.len) {
        buf_fmt(out, " @ %.*s", STR_ARG(exemplar->timestamp));
    }
}

static void write_sample(const struct expo_family *f, const struct expo_sample *s, size_t column,
                         struct buf *out) {
    struct str suffix = str_sub(s->name, f->name.len, s->name.len - f->name.len);
    buf_fmt(out, "  %*s%.*s", (int)(column - s->value.len), "", STR_ARG(s->value));
    if (suffix.len || s->n_labels) {
        buf_text(out, "  ");
        write_series(suffix, s->labels, s->n_labels, out);
    }
    if (s->timestamp.len) {
        buf_fmt(out, "  @ %.*s", STR_ARG(s->timestamp));
    }
    if (s->exemplar) {
        write_exemplar(s->exemplar, out);
    }
    buf_byte(out, '\n');
}

static void write_family(const struct expo_family *f, enum expo_format format, struct buf *out) {
    size_t column = 0;
    buf_fmt(out, "%.*s  %s", STR_ARG(f->name), type_word(f->type, format));
    if (f->unit.len) {
        buf_fmt(out, ", %.*s", STR_ARG(f->unit));
    }
    buf_byte(out, '\n');
    if (f->help.len) {
        buf_text(out, "  ");
        buf_plain(out, f->help);
        buf_byte(out, '\n');
    }
    for (const struct expo_sample *s = f->first; s; s = s->next) {
        column = s->value.len > column ? s->value.len : column;
    }
    for (const struct expo_sample *s = f->first; s; s = s->next) {
        write_sample(f, s, column, out);
    }
    buf_text(out, f->first ? "\n" : "  (no samples)\n\n");
}

void pretty_write(const struct exposition *e, struct buf *out) {
    for (const struct expo_family *f = e->first; f; f = f->next) {
        write_family(f, e->format, out);
    }
    buf_fmt(out, "%zu sample%s in %zu famil%s\n", e->n_samples, e->n_samples == 1 ? "" : "s",
            e->n_families, e->n_families == 1 ? "y" : "ies");
}
