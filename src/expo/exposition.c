#include "expo/exposition.h"

bool expo_has_meta(const struct expo_family *f, enum expo_meta meta) {
    for (size_t i = 0; i < f->n_metas; i++) {
        if (f->metas[i] == meta) {
            return true;
        }
    }
    return false;
}

/* Room for s in which each byte needs an escape. */
static size_t escaped_bound(struct str s) {
    return s.len * 2;
}

static char *put(char *to, struct str s) {
    if (s.len) {
        memcpy(to, s.ptr, s.len);
    }
    return to + s.len;
}

static char *put_escaped(char *to, struct str s, bool quotes) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\' || c == '\n' || (c == '"' && quotes)) {
            *to++ = '\\';
            c = c == '\n' ? 'n' : c;
        }
        *to++ = c;
    }
    return to;
}

static size_t labels_bound(const struct label *labels, size_t n) {
    size_t bound = 0;
    for (size_t i = 0; i < n; i++) {
        bound += labels[i].name.len + escaped_bound(labels[i].value) + sizeof(",=\"\"");
    }
    return bound;
}

static char *put_labels(char *to, const struct label *labels, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i) {
            *to++ = ',';
        }
        to = put(to, labels[i].name);
        to = put(to, STR("=\""));
        to = put_escaped(to, labels[i].value, true);
        *to++ = '"';
    }
    return to;
}

void expo_write_labels(const struct label *labels, size_t n, struct buf *out) {
    char *at = buf_reserve(out, labels_bound(labels, n));
    if (at) {
        out->len += (size_t)(put_labels(at, labels, n) - at);
    }
}

static void write_exemplar(const struct expo_exemplar *exemplar, struct buf *out) {
    buf_str(out, STR(" # {"));
    expo_write_labels(exemplar->labels, exemplar->n_labels, out);
    buf_str(out, STR("} "));
    buf_str(out, exemplar->value);
    if (exemplar->timestamp.len) {
        buf_byte(out, ' ');
        buf_str(out, exemplar->timestamp);
    }
}

static void write_sample(const struct expo_sample *s, struct buf *out) {
    size_t need = s->name.len + labels_bound(s->labels, s->n_labels) + s->value.len +
                  s->timestamp.len + sizeof("{}  \n");
    char *start = buf_reserve(out, need);
    if (!start) {
        return;
    }
    char *to = put(start, s->name);
    if (s->n_labels) {
        *to++ = '{';
        to = put_labels(to, s->labels, s->n_labels);
        *to++ = '}';
    }
    *to++ = ' ';
    to = put(to, s->value);
    if (s->timestamp.len) {
        *to++ = ' ';
        to = put(to, s->timestamp);
    }
    out->len += (size_t)(to - start);
    if (s->exemplar) {
        write_exemplar(s->exemplar, out);
    }
    buf_byte(out, '\n');
}

static void write_meta(const struct expo_family *f, enum expo_meta meta, enum expo_format format,
                       struct buf *out) {
    static const char *const words[] = {
        [EXPO_META_HELP] = "# HELP ", [EXPO_META_TYPE] = "# TYPE ", [EXPO_META_UNIT] = "# UNIT "};
    buf_text(out, words[meta]);
    buf_str(out, f->name);
    buf_byte(out, ' ');
    if (meta == EXPO_META_TYPE) {
        buf_text(out, type_word(f->type, format));
    } else if (meta == EXPO_META_UNIT) {
        buf_str(out, f->unit);
    } else {
        char *at = buf_reserve(out, escaped_bound(f->help));
        out->len += at ? (size_t)(put_escaped(at, f->help, format == EXPO_OPENMETRICS) - at) : 0;
    }
    buf_byte(out, '\n');
}

void exposition_write(const struct exposition *e, struct buf *out) {
    for (const struct expo_family *f = e->first; f; f = f->next) {
        for (size_t i = 0; i < f->n_metas; i++) {
            write_meta(f, f->metas[i], e->format, out);
        }
        for (const struct expo_sample *s = f->first; s; s = s->next) {
            write_sample(s, out);
        }
    }
    if (e->format == EXPO_OPENMETRICS) {
        buf_str(out, STR("# EOF\n"));
    }
}
