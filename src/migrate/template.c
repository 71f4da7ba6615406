/* Legends and annotations: names of labels between {{ and }}. */
#include <ctype.h>

#include "base/cleanup.h"
#include "migrate/already.h"
#include "migrate/query.h"

struct template {
    const struct predecessor *from;
    struct remarks *remarks;
    struct str labels; /* a variable that the labels were given to, "$l" */
};

static bool is_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static size_t name_len(struct str s) {
    size_t len = 0;
    while (len < s.len && is_name(s.ptr[len])) {
        len++;
    }
    return len;
}

static void put_label(const struct predecessor *from, struct str old, struct buf *out,
                      struct remarks *remarks) {
    const struct label_rule *rule = predecessor_label_rule(from, NULL, old);
    if (!rule || (rule->now && str_eq(str_of(rule->now), old))) {
        buf_str(out, old);
        return;
    }
    if (!rule->now) {
        remarks_add(remarks, REMARK_LOST, old,
                    rule->why ? str_of(rule->why) : STR("native has no such label"));
        buf_str(out, old);
        return;
    }
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_fmt(&text, "now %s%s%s", rule->now, rule->why ? "; " : "", rule->why ? rule->why : "");
    remarks_add(remarks, rule->why ? REMARK_DIFFERS : REMARK_CHANGED, old, buf_view(&text));
    buf_text(out, rule->now);
}

/* {{name}} or {{ .name }}: Grafana's legend, which is one name and nothing else. */
static bool put_legend(const struct predecessor *from, struct str inner, struct buf *out,
                       struct remarks *remarks) {
    size_t start = 0;
    while (start < inner.len && inner.ptr[start] == ' ') {
        start++;
    }
    start += start < inner.len && inner.ptr[start] == '.';
    struct str name = str_sub(inner, start, name_len(str_sub(inner, start, inner.len - start)));
    size_t end = start + name.len;
    if (name.len == 0 || str_trim(str_sub(inner, end, inner.len - end)).len) {
        return false;
    }
    buf_str(out, str_sub(inner, 0, start));
    put_label(from, name, out, remarks);
    buf_str(out, str_sub(inner, end, inner.len - end));
    return true;
}

/* Bytes in front of a label's name: $labels.name, .Labels.name, $x.Labels.name; $l.name behind
   {{ $l := $labels }}. */
static size_t labels_prefix(const struct template *t, struct str s) {
    static const struct str prefixes[] = {{"$labels.", 8}, {".Labels.", 8}};
    size_t len = t->labels.len;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (str_starts(s, prefixes[i])) {
            return prefixes[i].len;
        }
    }
    return len && str_starts(s, t->labels) && s.len > len && s.ptr[len] == '.' ? len + 1 : 0;
}

/* The last word, between blanks and brackets; *ret_before is what stands before it. */
static struct str last_word(struct str s, struct str *ret_before) {
    size_t end = s.len;
    while (end && strchr(" \t\r\n", s.ptr[end - 1])) {
        end--;
    }
    size_t from = end;
    while (from && !strchr(" \t\r\n()|", s.ptr[from - 1])) {
        from--;
    }
    *ret_before = str_sub(s, 0, from);
    return str_sub(s, from, end - from);
}

static bool is_labels(const struct template *t, struct str word) {
    return str_eq(word, STR("$labels")) || str_ends(word, STR(".Labels")) ||
           (t->labels.len && str_eq(word, t->labels));
}

/* Whether a string behind this is a label's name: index $labels "name", label "name". */
static bool wants_label(const struct template *t, struct str before) {
    struct str word = last_word(before, &before);
    if (str_eq(word, STR("label")) || str_eq(word, STR("sortByLabel"))) {
        return true;
    }
    return is_labels(t, word) && str_eq(last_word(before, &before), STR("index"));
}

/* Whether the action asks Prometheus: query "…", printf "…" | query. */
static bool asks(struct str action) {
    while (action.len) {
        if (str_eq(last_word(action, &action), STR("query"))) {
            return true;
        }
        while (action.len && strchr("()|", action.ptr[action.len - 1])) {
            action.len--;
        }
    }
    return false;
}

/* What a string between double quotes says; escapes besides \" and \\ stay. */
static void unescape(struct str s, struct buf *out) {
    for (size_t i = 0; i < s.len; i++) {
        i += s.ptr[i] == '\\' && i + 1 < s.len && strchr("\"\\", s.ptr[i + 1]);
        buf_byte(out, s.ptr[i]);
    }
}

static void escape(struct str s, struct buf *out) {
    for (size_t i = 0; i < s.len; i++) {
        buf_text(out, s.ptr[i] == '"' || s.ptr[i] == '\\' ? "\\" : "");
        buf_byte(out, s.ptr[i]);
    }
}

/* A query inside of quotes. */
static void put_query(const struct template *t, struct str inner, char quote, struct buf *out) {
    struct buf query CLEANUP_BUF = BUF_INIT;
    struct buf new CLEANUP_BUF = BUF_INIT;
    struct err ignored = ERR_INIT;
    if (quote == '"') {
        unescape(inner, &query);
    } else {
        buf_str(&query, inner);
    }
    bool asks =
        !already_native(t->from, buf_view(&query)) && predecessor_within(t->from, buf_view(&query));
    bool known = asks && query_rewrite(t->from, buf_view(&query), &new, t->remarks, &ignored) == 0;
    if (asks && !known) {
        remarks_add(t->remarks, REMARK_LOST, buf_view(&query), STR("is no query as it stands"));
    }
    if (!known || str_eq(buf_view(&new), buf_view(&query))) {
        buf_str(out, inner);
    } else if (quote == '"') {
        escape(buf_view(&new), out);
    } else {
        buf_str(out, buf_view(&new)); /* a form has no ` */
    }
}

/* The string that begins at `at`, with its quotes; how long it is. */
static size_t put_string(const struct template *t, struct str action, size_t at, struct buf *out) {
    char quote = action.ptr[at];
    size_t end = at + 1;
    for (; end < action.len && action.ptr[end] != quote; end++) {
        end += quote == '"' && action.ptr[end] == '\\' && end + 1 < action.len;
    }
    struct str inner = str_sub(action, at + 1, end - at - 1);
    buf_byte(out, quote);
    if (wants_label(t, str_sub(action, 0, at)) && name_len(inner) == inner.len) {
        put_label(t->from, inner, out, t->remarks);
    } else if (asks(action)) {
        put_query(t, inner, quote, out);
    } else {
        buf_str(out, inner);
    }
    buf_str(out, str_sub(action, end, end < action.len));
    return end + (end < action.len) - at;
}

/* An action of Go's templates. */
static void put_action(const struct template *t, struct str inner, struct buf *out) {
    for (size_t at = 0; at < inner.len;) {
        struct str rest = str_sub(inner, at, inner.len - at);
        size_t skip = labels_prefix(t, rest);
        if (skip) {
            struct str name = str_sub(rest, skip, name_len(str_sub(rest, skip, rest.len - skip)));
            buf_str(out, str_sub(rest, 0, skip));
            put_label(t->from, name, out, t->remarks);
            at += skip + name.len;
        } else if (inner.ptr[at] == '"' || inner.ptr[at] == '`') {
            at += put_string(t, inner, at, out);
        } else {
            buf_byte(out, inner.ptr[at++]);
        }
    }
}

/* {{ $l := $labels }} gives the labels another name. */
static void take_name(struct template *t, struct str action) {
    struct str before;
    bool trimmed = str_ends(action, STR("-"));
    struct str word = last_word(trimmed ? str_sub(action, 0, action.len - 1) : action, &before);
    if (is_labels(t, word) && str_eq(last_word(before, &before), STR(":="))) {
        struct str name = last_word(before, &before);
        t->labels = str_starts(name, STR("$")) ? name : t->labels;
    }
}

void template_rewrite(const struct predecessor *from, struct str text, struct buf *out,
                      struct remarks *remarks) {
    struct template t = {.from = from, .remarks = remarks};
    while (text.len) {
        size_t open = str_search(text, STR("{{"));
        if (open == SIZE_MAX) {
            break;
        }
        struct str behind = str_sub(text, open + 2, text.len - open - 2);
        size_t close = str_search(behind, STR("}}"));
        if (close == SIZE_MAX) {
            break;
        }
        struct str inner = str_sub(behind, 0, close);
        buf_str(out, str_sub(text, 0, open + 2));
        if (!put_legend(from, inner, out, remarks)) {
            put_action(&t, inner, out);
            take_name(&t, inner);
        }
        buf_text(out, "}}");
        text = str_sub(behind, close + 2, behind.len - close - 2);
    }
    buf_str(out, text);
}
