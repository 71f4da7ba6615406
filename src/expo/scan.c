#include "expo/scan.h"

/* What a byte may be, as bits. */
enum class { NAME_FIRST = 1, NAME = 2, COLON = 4, BLANK = 8, QUOTED_END = 16 };

static const unsigned char classes[256] = {
    ['a' ... 'z'] = NAME_FIRST | NAME,
    ['A' ... 'Z'] = NAME_FIRST | NAME,
    ['_'] = NAME_FIRST | NAME,
    ['0' ... '9'] = NAME,
    [':'] = COLON,
    [' '] = BLANK,
    ['\t'] = BLANK,
    ['"'] = QUOTED_END,
    ['\\'] = QUOTED_END,
    ['\n'] = QUOTED_END,
};

static bool is(char c, unsigned class) {
    return (classes[(unsigned char)c] & class) != 0;
}

static struct str between(const char *from, const char *to) {
    return (struct str){.ptr = from, .len = (size_t)(to - from)};
}

/* What stands at a place, for a message. */
static const char *seen(const struct scan *s, const char *at, char shown[8]) {
    static const struct {
        char c;
        const char *word;
    } words[] = {{' ', "a blank"},
                 {'\t', "a tab"},
                 {'\n', "the line's end"},
                 {'\0', "a NUL"},
                 {'\r', "a carriage return"}};
    if (at == s->end) {
        return "the page's end";
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].c == *at) {
            return words[i].word;
        }
    }
    size_t len = str_utf8_len(between(at, s->end), 0);
    shown[0] = '\'';
    memcpy(shown + 1, at, len);
    memcpy(shown + 1 + len, "'", 2);
    return shown;
}

void scan_blanks(struct scan *s) {
    while (s->format == EXPO_TEXT && is(*s->at, BLANK)) {
        s->at++;
    }
}

int scan_gap(struct scan *s, const char *before) {
    char shown[8];
    const char *from = s->at;
    if (s->format == EXPO_OPENMETRICS && *from == ' ' && !is(from[1], BLANK)) {
        s->at++;
        return 0;
    }
    if (s->format == EXPO_OPENMETRICS && is(*from, BLANK)) {
        return fault_set(&s->fault, from, "in OpenMetrics one blank stands before %s", before);
    }
    scan_blanks(s);
    if (s->at == from) {
        return fault_set(&s->fault, from, "%s instead of a blank before %s", seen(s, from, shown),
                         before);
    }
    return 0;
}

bool scan_is(struct scan *s, char c) {
    bool found = s->at < s->end && *s->at == c;
    s->at += found;
    return found;
}

static int scan_name(struct scan *s, unsigned class, const char *what, struct str *ret) {
    char shown[8];
    const char *from = s->at;
    const char *to = from;
    if (!is(*from, NAME_FIRST | (class & COLON))) {
        return fault_set(&s->fault, from,
                         "%s instead of %s, which begins with a letter or an underscore",
                         seen(s, from, shown), what);
    }
    while (is(*to, class)) {
        to++;
    }
    if (to - from > SCAN_NAME_MAX) {
        return fault_limit(&s->fault, from, "%s of more than %d bytes", what, SCAN_NAME_MAX);
    }
    s->at = to;
    *ret = between(from, to);
    return 0;
}

int scan_metric_name(struct scan *s, const char *what, struct str *ret) {
    return scan_name(s, NAME | COLON, what, ret);
}

int scan_label_name(struct scan *s, struct str *ret) {
    return scan_name(s, NAME, "a label's name", ret);
}

struct str scan_word(struct scan *s) {
    const char *from = s->at;
    while (s->at < s->end && !is(*s->at, BLANK) && *s->at != '\n') {
        s->at++;
    }
    return between(from, s->at);
}

struct str scan_rest(struct scan *s) {
    struct str left = between(s->at, s->end);
    struct str line = str_sub(left, 0, str_find(left, '\n', 0));
    s->at += line.len + (line.len < left.len);
    return line;
}

int scan_newline(struct scan *s, const char *behind) {
    char shown[8];
    if (scan_is(s, '\n')) {
        return 0;
    }
    if (s->at == s->end) {
        return fault_set(&s->fault, s->at,
                         "the page ends inside a line; the last line ends in a "
                         "line feed too");
    }
    return fault_set(&s->fault, s->at, "%s behind %s, where the line ends", seen(s, s->at, shown),
                     behind);
}

/* Which characters may stand behind a backslash, and what they are for. */
struct escapes {
    const char *allowed;
    const char *told;
};

static const struct escapes in_value = {"\\n\"", "\\\\, \\n and \\\""};
static const struct escapes in_text_help = {"\\n", "\\\\ and \\n"};

/* A copy without escapes; in OpenMetrics a backslash before any other character means itself. */
static int unescape(struct scan *s, struct str raw, const struct escapes *escapes,
                    struct str *ret) {
    char *copy = arena_alloc(s->arena, raw.len);
    char *to = copy;
    if (!copy) {
        return fault_memory(&s->fault);
    }
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        char next = i + 1 < raw.len ? raw.ptr[i + 1] : '\0';
        bool known = c == '\\' && next && strchr(escapes->allowed, next);
        if (c == '\\' && !known && (s->format == EXPO_TEXT || i + 1 == raw.len)) {
            return fault_set(&s->fault, raw.ptr + i,
                             "a backslash that escapes nothing; there are %s", escapes->told);
        }
        if (known) {
            c = next == 'n' ? '\n' : next;
            i++;
        }
        *to++ = c;
    }
    *ret = between(copy, to);
    return 0;
}

/* A text of the page as it stands there, without its escapes. */
static int take_text(struct scan *s, struct str raw, bool escaped, const struct escapes *escapes,
                     struct str *ret) {
    if (raw.len > SCAN_TEXT_MAX) {
        return fault_limit(&s->fault, raw.ptr, "a text of %zu bytes, more than %zu", raw.len,
                           SCAN_TEXT_MAX);
    }
    if (escaped) {
        return unescape(s, raw, escapes, ret);
    }
    *ret = raw;
    return 0;
}

/* OpenMetrics has quotes in a HELP escaped, too. */
static int check_quotes(struct scan *s, struct str raw) {
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] == '\\') {
            i++;
        } else if (raw.ptr[i] == '"') {
            return fault_set(&s->fault, raw.ptr + i,
                             "a quote in a HELP is written \\\" in OpenMetrics");
        }
    }
    return 0;
}

int scan_help(struct scan *s, struct str *ret) {
    const char *from = s->at;
    struct str raw = scan_rest(s);
    bool escaped = str_find(raw, '\\', 0) < raw.len;
    int r = take_text(s, raw, escaped, s->format == EXPO_TEXT ? &in_text_help : &in_value, ret);
    if (r == 0 && s->format == EXPO_OPENMETRICS) {
        r = check_quotes(s, raw);
    }
    s->at = r < 0 ? from : s->at;
    return r;
}

/* The end of a quoted text, its closing quote. */
static int find_quote(struct scan *s, const char *from, bool *ret_escaped, const char **ret) {
    const char *to = from;
    bool escaped = false;
    while (true) {
        while (!is(*to, QUOTED_END) && to < s->end) {
            to++;
        }
        if (to == s->end || *to == '\n') {
            return fault_set(&s->fault, from - 1,
                             "the quote is not closed on this line; a line feed in a label's value "
                             "is written \\n");
        }
        if (*to == '"') {
            *ret = to;
            *ret_escaped = escaped;
            return 0;
        }
        escaped = true;
        to += to[1] == '\\' || to[1] == '"' ? 2 : 1;
    }
}

/* `name="value"` */
static int scan_label(struct scan *s, struct label *ret) {
    char shown[8];
    const char *end = NULL;
    bool escaped = false;
    int r = scan_label_name(s, &ret->name);
    if (r < 0) {
        return r;
    }
    scan_blanks(s);
    if (!scan_is(s, '=')) {
        return fault_set(&s->fault, s->at, "%s instead of '=' behind the label's name",
                         seen(s, s->at, shown));
    }
    scan_blanks(s);
    if (!scan_is(s, '"')) {
        return fault_set(&s->fault, s->at, "%s instead of a quote before the label's value",
                         seen(s, s->at, shown));
    }
    r = find_quote(s, s->at, &escaped, &end);
    r = r < 0 ? r : take_text(s, between(s->at, end), escaped, &in_value, &ret->value);
    s->at = r < 0 ? s->at : end + 1;
    return r;
}

/* The last label against those before it, where only names in ascending order are known to differ.
 */
static int check_label(struct scan *s, const struct scan_labels *labels, bool *ascending) {
    struct str name = labels->items[labels->n - 1].name;
    size_t before = labels->n - 1;
    if (str_eq(name, STR("__name__"))) {
        return fault_set(&s->fault, name.ptr, "the label __name__ is the metric's name itself");
    }
    if (before == 0 || (*ascending && str_cmp(labels->items[before - 1].name, name) < 0)) {
        return 0;
    }
    *ascending = false;
    for (size_t i = 0; i < before; i++) {
        if (str_eq(labels->items[i].name, name)) {
            return fault_set(&s->fault, name.ptr, "the label %.*s stands twice in this set",
                             FAULT_ARG(name));
        }
    }
    return 0;
}

/* One label and the comma behind it; *more is false behind the closing brace. */
static int scan_next_label(struct scan *s, struct scan_labels *labels, bool *ascending,
                           bool *more) {
    char shown[8];
    if (labels->n == SCAN_LABELS_MAX) {
        return fault_limit(&s->fault, s->at, "more than %d labels", SCAN_LABELS_MAX);
    }
    int r = scan_label(s, &labels->items[labels->n]);
    labels->n++;
    r = r < 0 ? r : check_label(s, labels, ascending);
    if (r < 0) {
        return r;
    }
    scan_blanks(s);
    bool comma = scan_is(s, ',');
    scan_blanks(s);
    *more = comma && !(s->format == EXPO_TEXT && *s->at == '}');
    if (!*more && !scan_is(s, '}')) {
        return fault_set(&s->fault, s->at, "%s instead of ',' or '}' behind a label",
                         seen(s, s->at, shown));
    }
    return 0;
}

int scan_label_set(struct scan *s, struct scan_labels *ret) {
    const char *from = s->at;
    bool ascending = true;
    ret->n = 0;
    scan_blanks(s);
    bool more = !scan_is(s, '}');
    while (more) {
        int r = scan_next_label(s, ret, &ascending, &more);
        if (r < 0) {
            s->at = from;
            return r;
        }
        scan_blanks(s);
    }
    return 0;
}
