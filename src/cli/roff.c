#include "cli/roff.h"

#include "base/cleanup.h"

#define COLUMNS 78
/* A page must have a date. It goes with the version and not with the build, so that the same
   sources are the same page. */
#define DATE "2026-11-21"

/* Bytes that roff reads as something else, or draws as another character. */
static const char *escaped(char c) {
    static const struct {
        char c;
        const char *text;
    } rows[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                {'^', "\\(ha"}, {'~', "\\(ti"}, {'`', "\\(ga"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].c == c) {
            return rows[i].text;
        }
    }
    return NULL;
}

/* As it stands; at the beginning of a line nothing may look like a request. */
static void write_plain(struct str s, struct buf *out) {
    if (s.len && s.ptr[0] == '.') {
        buf_text(out, "\\&");
    }
    for (size_t i = 0; i < s.len; i++) {
        const char *text = escaped(s.ptr[i]);
        if (text) {
            buf_text(out, text);
        } else {
            buf_byte(out, s.ptr[i]);
        }
    }
}

/* A word with its marks as changes of the font; *bold lasts over words. */
static void write_word(struct str word, bool *bold, struct buf *out) {
    size_t from = 0;
    for (size_t i = 0; i <= word.len; i++) {
        char c = i < word.len ? word.ptr[i] : '\0';
        if (c != '`' && c != '<' && c != '>' && c != '\0') {
            continue;
        }
        write_plain(str_sub(word, from, i - from), out);
        from = i + 1;
        *bold = c == '`' ? !*bold : *bold;
        if (c) {
            buf_text(out, c == '<' ? "\\fI" : *bold ? "\\fB" : "\\fR");
        }
    }
}

static bool ends_sentence(struct str word) {
    while (word.len && strchr("`)>", word.ptr[word.len - 1])) {
        word.len--;
    }
    return word.len && strchr(".?!", word.ptr[word.len - 1]) != NULL;
}

void roff_text(struct buf *out, const char *text) {
    struct str rest = str_of(text);
    struct str word = STR("");
    bool bold = false;
    bool ended = false;
    size_t column = 0;
    while (str_split(&rest, ' ', &word)) {
        struct buf shown CLEANUP_BUF = BUF_INIT;
        write_word(word, &bold, &shown);
        bool fits = column + 1 + shown.len <= COLUMNS;
        if (column) {
            buf_byte(out, fits && !ended ? ' ' : '\n');
        }
        column = (column && fits && !ended ? column + 1 : 0) + shown.len;
        ended = ends_sentence(word);
        buf_str(out, buf_view(&shown));
    }
    buf_byte(out, '\n');
}

void roff_title(struct buf *out, const char *name, const char *section, const char *volume) {
    buf_fmt(out, ".TH %s %s \"%s\" \"dockmeter %s\" \"%s\"\n", name, section, DATE,
            DOCKMETER_VERSION, volume);
    /* Flags and addresses are long words: neither hyphens nor stretched blanks. */
    buf_text(out, ".nh\n.ad l\n");
}

void roff_section(struct buf *out, const char *title) {
    buf_fmt(out, ".SH %s\n", title);
}

void roff_subsection(struct buf *out, const char *title) {
    buf_fmt(out, ".SS %s\n", title);
}

/* A term is one line, whatever its length. */
static void write_term(const char *term, struct buf *out) {
    bool bold = false;
    write_word(str_of(term), &bold, out);
    buf_byte(out, '\n');
}

void roff_item(struct buf *out, const char *term) {
    buf_text(out, ".TP\n");
    write_term(term, out);
}

void roff_item_also(struct buf *out, const char *term) {
    buf_text(out, ".TQ\n");
    write_term(term, out);
}

/* Whether a heading is the last line: no paragraph need begin behind it. */
static bool after_heading(const struct buf *out) {
    size_t at = out->len;
    while (at > 1 && out->data[at - 2] != '\n') {
        at--;
    }
    return at && str_starts(str_sub(buf_view(out), at - 1, out->len - at + 1), STR(".S"));
}

static void write_example(const char *text, struct buf *out) {
    struct str rest = str_of(text);
    struct str line = STR("");
    buf_text(out, ".RS 4\n.nf\n");
    while (str_split(&rest, '\n', &line)) {
        write_plain(line, out);
        buf_byte(out, '\n');
    }
    buf_text(out, ".fi\n.RE\n");
}

static void write_piece(const struct roff *piece, struct buf *out) {
    switch (piece->kind) {
    case ROFF_SECTION:
        roff_section(out, piece->text);
        break;
    case ROFF_SUBSECTION:
        roff_subsection(out, piece->text);
        break;
    case ROFF_ITEM:
        roff_item(out, piece->term);
        roff_text(out, piece->text);
        break;
    case ROFF_TEXT:
        buf_text(out, after_heading(out) ? "" : ".PP\n");
        roff_text(out, piece->text);
        break;
    case ROFF_EXAMPLE:
        buf_text(out, after_heading(out) ? "" : ".PP\n");
        write_example(piece->text, out);
        break;
    }
}

void roff_write(struct buf *out, const struct roff *pieces, size_t n) {
    for (size_t i = 0; i < n; i++) {
        write_piece(&pieces[i], out);
    }
}
