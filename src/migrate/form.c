#include "migrate/form.h"

#include <ctype.h>

#define FAMILY_OF_CONTAINERS "container_"

static bool is_name(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == ':';
}

/* Where the name in front of the brace at `brace` begins. */
static size_t name_start(struct str form, size_t brace) {
    while (brace && is_name(form.ptr[brace - 1])) {
        brace--;
    }
    return brace;
}

bool form_is_plain(const char *form) {
    struct str f = str_of(form);
    size_t brace = str_find(f, '{', 0);
    return name_start(f, brace) == 0 && str_find(f, '}', 0) + 1 == f.len;
}

bool form_is_atom(const char *form) {
    static const struct str operators[] = {{" + ", 3}, {" - ", 3},   {" * ", 3}, {" / ", 3},
                                           {" < ", 3}, {" and ", 5}, {" or ", 4}};
    size_t depth = 0;
    for (const char *c = form; *c; c++) {
        depth += *c == '(';
        depth -= *c == ')';
        for (size_t i = 0; !depth && i < sizeof(operators) / sizeof(operators[0]); i++) {
            if (str_starts(str_of(c), operators[i])) {
                return false;
            }
        }
    }
    return true;
}

struct str form_carrier(const struct family_rule *rule) {
    struct str form = str_of(rule->form);
    size_t brace = str_find(form, '{', 0);
    size_t start = name_start(form, brace);
    return rule->mask ? str_of(rule->mask) : str_sub(form, start, brace - start);
}

/* {fixed, matchers}, without those that the family cannot have; nothing instead of {}. */
static void put_matchers(struct str family, struct str fixed, const struct selector *s,
                         struct buf *out) {
    bool container = str_starts(family, STR(FAMILY_OF_CONTAINERS));
    bool begun = fixed.len > 0;
    if (begun) {
        buf_byte(out, '{');
        buf_str(out, fixed);
    }
    for (size_t i = 0; i < s->n_now; i++) {
        if (s->now[i].of_container && !container) {
            continue;
        }
        buf_text(out, begun ? ", " : "{");
        buf_str(out, s->now[i].text);
        begun = true;
    }
    if (begun) {
        buf_byte(out, '}');
    }
}

void form_print(const char *form, const struct selector *s, struct str modifiers, struct buf *out) {
    struct str rest = str_of(form);
    for (;;) {
        size_t open = str_find(rest, '{', 0);
        buf_str(out, str_sub(rest, 0, open));
        if (open == rest.len) {
            return;
        }
        size_t close = str_find(rest, '}', open);
        size_t start = name_start(rest, open);
        put_matchers(str_sub(rest, start, open - start), str_sub(rest, open + 1, close - open - 1),
                     s, out);
        rest = str_sub(rest, close + 1, rest.len - close - 1);
        if (str_starts(rest, STR("["))) {
            size_t end = str_find(rest, ']', 0) + 1;
            buf_str(out, str_sub(rest, 0, end));
            rest = str_sub(rest, end, rest.len - end);
        }
        buf_str(out, modifiers);
    }
}

void form_print_family(struct str family, const struct selector *s, struct str modifiers,
                       struct buf *out) {
    buf_str(out, family);
    put_matchers(family, STR(""), s, out);
    buf_str(out, modifiers);
}

void form_describe(const struct family_rule *rule, struct buf *out) {
    static const struct selector all = {.n_now = 0};
    if (rule->sum) {
        buf_fmt(out, "sum %s (", rule->sum);
    }
    form_print(rule->form, &all, STR(""), out);
    if (rule->sum) {
        buf_byte(out, ')');
    }
    if (rule->mask) {
        buf_fmt(out, " and %s", rule->mask);
    }
}
