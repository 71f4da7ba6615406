/* The options as YAML: the effective ones with their origins, and the sample file. */
#include "base/cleanup.h"
#include "config/load.h"

#define INDENT 2
#define COMMENT_COLUMNS 96

static void indent(struct buf *out, size_t depth) {
    for (size_t i = 0; i < depth * INDENT; i++) {
        buf_byte(out, ' ');
    }
}

/* Where the part behind the common groups of two paths starts: behind "a.b." for a.b.c and a.b.d.
 */
static size_t common_groups(struct str a, struct str b) {
    size_t common = 0;
    for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++) {
        if (a.ptr[i] == '.') {
            common = i + 1;
        }
    }
    return common;
}

/* Writes the groups that `name` has and the option before it had not; returns the depth and the
   option's own part of the path. */
static size_t open_groups(struct str before, struct str name, struct buf *out,
                          struct str *ret_leaf) {
    size_t shared = common_groups(before, name);
    size_t depth = 0;
    size_t at = 0;
    for (size_t dot = str_find(name, '.', 0); dot < name.len; dot = str_find(name, '.', at)) {
        if (at >= shared) {
            buf_text(out, depth == 0 && before.len ? "\n" : "");
            indent(out, depth);
            buf_str(out, str_sub(name, at, dot - at));
            buf_text(out, ":\n");
        }
        depth++;
        at = dot + 1;
    }
    *ret_leaf = str_sub(name, at, name.len - at);
    return depth;
}

/* A text that must stay on its line: quoted when it has more than printable ASCII. */
static void write_line(struct str text, struct buf *out) {
    bool plain = true;
    for (size_t i = 0; i < text.len; i++) {
        plain = plain && text.ptr[i] >= ' ' && text.ptr[i] <= '~';
    }
    if (plain) {
        buf_str(out, text);
    } else {
        value_quote(text, out);
    }
}

void config_write(const struct config *config, struct buf *out) {
    struct str before = STR("");
    for (size_t i = 0; i < n_options; i++) {
        const struct option *o = &options[i];
        struct value value = value_load(config, o);
        struct str leaf = STR("");
        indent(out, open_groups(before, str_of(o->name), out, &leaf));
        buf_str(out, leaf);
        buf_text(out, ": ");
        value_write(o, &value, true, out);
        struct buf origin CLEANUP_BUF = BUF_INIT;
        origin_write(&config->origins[i], &origin);
        buf_text(out, "  # from ");
        write_line(buf_view(&origin), out);
        buf_byte(out, '\n');
        before = str_of(o->name);
    }
}

/* Writes a text as comment lines, broken at blanks. */
static void comment(struct str text, size_t depth, struct buf *out) {
    size_t width = COMMENT_COLUMNS - depth * INDENT - 2;
    while (text.len) {
        size_t end = text.len;
        if (end > width) {
            for (end = width; end && text.ptr[end] != ' '; end--) {
            }
            end = end ? end : width;
        }
        indent(out, depth);
        buf_text(out, "# ");
        buf_str(out, str_sub(text, 0, end));
        buf_byte(out, '\n');
        text = str_trim(str_sub(text, end, text.len - end));
    }
}

void config_write_example(struct buf *out) {
    buf_text(out,
             "# Dockmeter's configuration with all options at their defaults. Keep what you "
             "change.\n"
             "# dockmeter --config.file=config.yaml; docs/configuration.md explains more.\n\n");
    struct str before = STR("");
    for (size_t i = 0; i < n_options; i++) {
        const struct option *o = &options[i];
        struct str leaf = STR("");
        size_t depth = open_groups(before, str_of(o->name), out, &leaf);
        struct buf text CLEANUP_BUF = BUF_INIT;
        buf_text(&text, o->help);
        if (o->type != OPTION_STRING && o->type != OPTION_SECRET) {
            buf_text(&text, " Value: ");
            value_expected(o, &text);
        }
        if (o->change == OPTION_AT_RESTART) {
            buf_text(&text, text.data[text.len - 1] == '.' ? " " : ". ");
            buf_text(&text, "A change needs a restart.");
        }
        comment(str_of(buf_cstr(&text)), depth, out);
        indent(out, depth);
        buf_str(out, leaf);
        buf_text(out, ": ");
        value_write_default(o, out);
        buf_byte(out, '\n');
        before = str_of(o->name);
    }
}
