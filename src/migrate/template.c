/* Legends and annotations: names of labels between {{ and }}. */
#include <ctype.h>

#include "base/cleanup.h"
#include "migrate/query.h"

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

/* Bytes in front of a label's name: $labels.name, .Labels.name, $x.Labels.name. */
static size_t labels_prefix(struct str s) {
    static const struct str prefixes[] = {{"$labels.", 8}, {".Labels.", 8}};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (str_starts(s, prefixes[i])) {
            return prefixes[i].len;
        }
    }
    return 0;
}

/* An action of Go's templates, strings in it aside. */
static void put_action(const struct predecessor *from, struct str inner, struct buf *out,
                       struct remarks *remarks) {
    char quote = '\0';
    for (size_t at = 0; at < inner.len;) {
        struct str rest = str_sub(inner, at, inner.len - at);
        size_t skip = quote ? 0 : labels_prefix(rest);
        char c = inner.ptr[at];
        buf_str(out, str_sub(rest, 0, skip ? skip : 1));
        at += skip ? skip : 1;
        if (skip) {
            struct str name = str_sub(rest, skip, name_len(str_sub(rest, skip, rest.len - skip)));
            put_label(from, name, out, remarks);
            at += name.len;
        } else if (quote && c == '\\' && quote != '`' && at < inner.len) {
            buf_byte(out, inner.ptr[at++]);
        } else if (quote ? c == quote : c == '"' || c == '`') {
            quote = quote ? '\0' : c;
        }
    }
}

void template_rewrite(const struct predecessor *from, struct str text, struct buf *out,
                      struct remarks *remarks) {
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
            put_action(from, inner, out, remarks);
        }
        buf_text(out, "}}");
        text = str_sub(behind, close + 2, behind.len - close - 2);
    }
    buf_str(out, text);
}
