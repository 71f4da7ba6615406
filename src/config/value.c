#include "config/value.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/units.h"

#define SHOWN_MAX 60

/* The code point of a character of len bytes. */
static unsigned code_point(const unsigned char *c, size_t len) {
    unsigned code = len == 1 ? c[0] : c[0] & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        code = code << 6 | (c[i] & 0x3FU);
    }
    return code;
}

/* Whether YAML or a terminal would make something of it: controls, line breaks, byte order marks.
 */
static bool is_special(unsigned code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
           code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

void value_quote(struct str s, struct buf *out) {
    buf_byte(out, '"');
    for (size_t at = 0, len = 0; at < s.len; at += len ? len : 1) {
        len = str_utf8_len(s, at);
        unsigned code = code_point((const unsigned char *)s.ptr + at, len);
        if (len == 0) {
            buf_text(out, "\\uFFFD");
        } else if (is_special(code)) {
            buf_fmt(out, "\\u%04X", code);
        } else {
            buf_text(out, code == '"' || code == '\\' ? "\\" : "");
            buf_bytes(out, s.ptr + at, len);
        }
    }
    buf_byte(out, '"');
}

/* A value from outside for a message: quoted, escaped, cut; a secret is not shown. */
static void show(const struct option *o, struct str text, struct buf *out) {
    if (o->type == OPTION_SECRET) {
        buf_text(out, "the value");
        return;
    }
    struct str cut = text.len > SHOWN_MAX ? str_sub(text, 0, SHOWN_MAX) : text;
    while (cut.len && cut.len < text.len && ((unsigned char)text.ptr[cut.len] & 0xC0U) == 0x80U) {
        cut.len--;
    }
    value_quote(cut, out);
    buf_text(out, cut.len < text.len ? "..." : "");
}

static void list_choices(const struct option *o, struct buf *out) {
    for (size_t i = 0; o->choices[i]; i++) {
        buf_text(out, i ? ", " : "");
        buf_text(out, o->choices[i]);
    }
}

static void expected_choice(const struct option *o, struct buf *out) {
    buf_text(out, o->choices[1] ? "one of " : "");
    list_choices(o, out);
}

void value_expected(const struct option *o, struct buf *out) {
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    switch (o->type) {
    case OPTION_BOOL:
        buf_text(out, "true or false");
        break;
    case OPTION_UINT:
        buf_fmt(out, "a whole number%s%s from %llu to %llu", o->unit ? " of " : "",
                o->unit ? o->unit : "", (unsigned long long)o->min, (unsigned long long)o->max);
        break;
    case OPTION_DURATION:
        buf_fmt(out, "a duration from %.*s to %.*s, like 15, 500ms or 1m30s",
                STR_ARG(units_format_duration((int64_t)o->min, low)),
                STR_ARG(units_format_duration((int64_t)o->max, high)));
        break;
    case OPTION_STRING:
    case OPTION_SECRET:
        buf_text(out, "text");
        break;
    case OPTION_ENUM:
        expected_choice(o, out);
        break;
    case OPTION_LIST:
        buf_text(out, o->choices ? "a list of the words " : "a list of texts");
        if (o->choices) {
            list_choices(o, out);
        }
        break;
    case OPTION_PAIRS:
        buf_text(out, "a mapping of names to texts");
        break;
    }
}

/* -EINVAL with "VALUE is WHAT EXPECTED". */
static int refuse(const struct option *o, struct str text, const char *what, struct err *err) {
    struct buf shown CLEANUP_BUF = BUF_INIT;
    show(o, text, &shown);
    struct buf right CLEANUP_BUF = BUF_INIT;
    value_expected(o, &right);
    return err_set(err, -EINVAL, "%s is %s %s", buf_cstr(&shown), what, buf_cstr(&right));
}

bool value_truth(struct str text, bool *ret) {
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_eq_nocase(text, str_of(words[i]))) {
            *ret = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static int parse_bool(const struct option *o, struct str text, bool *ret, struct err *err) {
    return value_truth(text, ret) ? 0 : refuse(o, text, "not", err);
}

static bool is_number(struct str text) {
    size_t n = 0;
    while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9') {
        n++;
    }
    return n > 0 && n == text.len;
}

static int parse_uint(const struct option *o, struct str text, uint64_t *ret, struct err *err) {
    uint64_t number = 0;
    if (!is_number(text)) {
        return refuse(o, text, "not", err);
    }
    if (!str_to_u64(text, &number) || number < o->min || number > o->max) {
        return refuse(o, text, "out of range, not", err);
    }
    *ret = number;
    return 0;
}

static int parse_duration(const struct option *o, struct str text, int64_t *ret, struct err *err) {
    int64_t ns = 0;
    if (!units_parse_duration(text, &ns)) {
        return refuse(o, text, is_number(text) ? "out of range, not" : "not", err);
    }
    if ((uint64_t)ns < o->min || (uint64_t)ns > o->max) {
        return refuse(o, text, "out of range, not", err);
    }
    *ret = ns;
    return 0;
}

/* The refusal of a word that is no choice, with the nearest one. */
static int refuse_choice(const struct option *o, struct str text, struct err *err) {
    struct buf shown CLEANUP_BUF = BUF_INIT;
    show(o, text, &shown);
    struct buf right CLEANUP_BUF = BUF_INIT;
    expected_choice(o, &right);
    size_t n = 0;
    while (o->choices[n]) {
        n++;
    }
    const char *nearest = str_nearest(text, o->choices, n);
    return err_set(err, -EINVAL, "%s is not %s%s%s%s", buf_cstr(&shown), buf_cstr(&right),
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* The choice that the text is, in any case; NULL: none. */
static const char *choice_of(const struct option *o, struct str text) {
    for (size_t i = 0; o->choices[i]; i++) {
        if (str_eq_nocase(text, str_of(o->choices[i]))) {
            return o->choices[i];
        }
    }
    return NULL;
}

/* A choice in any case, by its alias, or nothing where that is the default. */
static int parse_choice(const struct option *o, struct str text, struct str *ret, struct err *err) {
    if (o->alias[0] && str_eq_nocase(text, str_of(o->alias[0]))) {
        *ret = str_of(o->alias[1]);
        return 0;
    }
    if (text.len == 0 && o->fallback[0] == '\0') {
        *ret = STR("");
        return 0;
    }
    const char *choice = choice_of(o, text);
    if (!choice) {
        return refuse_choice(o, text, err);
    }
    *ret = str_of(choice);
    return 0;
}

int value_choose_items(const struct option *o, struct str_list *list, struct err *err) {
    for (size_t i = 0; o->choices && i < list->n; i++) {
        const char *choice = choice_of(o, list->items[i]);
        if (!choice) {
            return refuse_choice(o, list->items[i], err);
        }
        list->items[i] = str_of(choice);
    }
    return 0;
}

int value_copy_text(struct str text, bool empty, struct arena *arena, struct str *ret,
                    struct err *err) {
    if (text.len == 0 && !empty) {
        return err_set(err, -EINVAL, "an empty text; remove it or fill it in");
    }
    if (text.len > OPTION_TEXT_MAX) {
        return err_set(err, -EINVAL, "a text of %zu bytes; at most %d are allowed", text.len,
                       OPTION_TEXT_MAX);
    }
    for (size_t at = 0, len = 0; at < text.len; at += len) {
        len = str_utf8_len(text, at);
        if (len == 0 || text.ptr[at] == '\0') {
            return err_set(err, -EINVAL, "a text with %s in it; it must be UTF-8 text",
                           len ? "a NUL" : "bytes that are not UTF-8");
        }
    }
    *ret = arena_str(arena, text);
    return 0;
}

int value_add_item(struct str_list *list, struct str item, struct arena *arena, struct err *err) {
    if (list->n == OPTION_LIST_MAX) {
        return err_set(err, -EINVAL, "too many items; at most %d are allowed", OPTION_LIST_MAX);
    }
    struct str *items = arena_array(arena, list->n + 1, sizeof(*items));
    if (!items) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (list->n) {
        memcpy(items, list->items, list->n * sizeof(*items));
    }
    items[list->n] = item;
    *list = (struct str_list){.items = items, .n = list->n + 1};
    return 0;
}

int value_add_pair(struct pair_list *pairs, struct str_pair pair, struct arena *arena,
                   struct err *err) {
    for (size_t i = 0; i < pairs->n; i++) {
        if (str_eq(pairs->items[i].key, pair.key)) {
            struct buf shown CLEANUP_BUF = BUF_INIT;
            value_quote(pair.key, &shown);
            return err_set(err, -EINVAL, "%s is given twice", buf_cstr(&shown));
        }
    }
    if (pairs->n == OPTION_LIST_MAX) {
        return err_set(err, -EINVAL, "too many pairs; at most %d are allowed", OPTION_LIST_MAX);
    }
    struct str_pair *items = arena_array(arena, pairs->n + 1, sizeof(*items));
    if (!items) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (pairs->n) {
        memcpy(items, pairs->items, pairs->n * sizeof(*items));
    }
    items[pairs->n] = pair;
    *pairs = (struct pair_list){.items = items, .n = pairs->n + 1};
    return 0;
}

/* Where the bracket at `at` closes, or `at` when it does not. */
static size_t closing(struct str s, size_t at) {
    static const char open[] = "([{";
    static const char close[] = ")]}";
    const char *kind = s.ptr[at] ? strchr(open, s.ptr[at]) : NULL;
    size_t depth = 0;
    for (size_t i = at; kind && i < s.len; i++) {
        if (s.ptr[i] == '\\') {
            i++;
        } else if (s.ptr[i] == *kind) {
            depth++;
        } else if (s.ptr[i] == close[kind - open] && --depth == 0) {
            return i;
        }
    }
    return at;
}

/* Takes the first item off *rest: up to a comma that separates, blanks around it removed, "\," as
   ",". The bytes go to the arena. */
static struct str take_item(struct str *rest, struct arena *arena) {
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != ',') {
        end = rest->ptr[end] == '\\' ? end + 1 : closing(*rest, end);
        end++;
    }
    end = end < rest->len ? end : rest->len;
    struct str raw = str_trim(str_sub(*rest, 0, end));
    *rest = end == rest->len ? (struct str){.ptr = NULL, .len = 0}
                             : str_sub(*rest, end + 1, rest->len - end - 1);
    char *item = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; item && i < raw.len; i++) {
        bool escapes = raw.ptr[i] == '\\' && i + 1 < raw.len && raw.ptr[i + 1] == ',';
        i += escapes ? 1 : 0;
        item[len++] = raw.ptr[i];
    }
    return (struct str){.ptr = item, .len = len};
}

/* The items of a text, for pairs too. */
static int parse_items(struct str text, struct arena *arena, struct str_list *ret,
                       struct err *err) {
    struct str_list list = {.n = 0};
    struct str rest = str_trim(text);
    int r = 0;
    while (!r && rest.ptr && text.len) {
        struct str item = STR("");
        r = value_copy_text(take_item(&rest, arena), false, arena, &item, err);
        r = r ? r : value_add_item(&list, item, arena, err);
    }
    if (!r) {
        *ret = list;
    }
    return r;
}

static int parse_list(const struct option *o, struct str text, struct arena *arena,
                      struct str_list *ret, struct err *err) {
    int r = parse_items(text, arena, ret, err);
    return r ? r : value_choose_items(o, ret, err);
}

static int parse_pairs(const struct option *o, struct str text, struct arena *arena,
                       struct pair_list *ret, struct err *err) {
    struct str_list list = {.n = 0};
    struct pair_list pairs = {.n = 0};
    int r = parse_items(text, arena, &list, err);
    for (size_t i = 0; !r && i < list.n; i++) {
        size_t at = str_find(list.items[i], '=', 0);
        if (at == list.items[i].len || at == 0) {
            struct buf shown CLEANUP_BUF = BUF_INIT;
            show(o, list.items[i], &shown);
            return err_set(err, -EINVAL, "%s is not name=value", buf_cstr(&shown));
        }
        struct str_pair pair = {
            .key = arena_str(arena, str_sub(list.items[i], 0, at)),
            .value = arena_str(arena, str_sub(list.items[i], at + 1, list.items[i].len - at - 1))};
        r = value_add_pair(&pairs, pair, arena, err);
    }
    if (!r) {
        *ret = pairs;
    }
    return r;
}

int value_parse(const struct option *o, struct str text, struct arena *arena, struct value *ret,
                struct err *err) {
    *ret = (struct value){.on = false};
    switch (o->type) {
    case OPTION_BOOL:
        return parse_bool(o, text, &ret->on, err);
    case OPTION_UINT:
        return parse_uint(o, text, &ret->number, err);
    case OPTION_DURATION:
        return parse_duration(o, text, &ret->ns, err);
    case OPTION_ENUM:
        return parse_choice(o, text, &ret->text, err);
    case OPTION_STRING:
    case OPTION_SECRET:
        return value_copy_text(text, true, arena, &ret->text, err);
    case OPTION_LIST:
        return parse_list(o, text, arena, &ret->list, err);
    case OPTION_PAIRS:
        return parse_pairs(o, text, arena, &ret->pairs, err);
    }
    return err_set(err, -EINVAL, "unknown type of option");
}

void value_store(struct config *config, const struct option *o, const struct value *value) {
    void *field = (char *)config + o->at;
    switch (o->type) {
    case OPTION_BOOL:
        *(bool *)field = value->on;
        break;
    case OPTION_UINT:
        *(uint64_t *)field = value->number;
        break;
    case OPTION_DURATION:
        *(int64_t *)field = value->ns;
        break;
    case OPTION_ENUM:
    case OPTION_STRING:
    case OPTION_SECRET:
        *(struct str *)field = value->text;
        break;
    case OPTION_LIST:
        *(struct str_list *)field = value->list;
        break;
    case OPTION_PAIRS:
        *(struct pair_list *)field = value->pairs;
        break;
    }
}

struct value value_load(const struct config *config, const struct option *o) {
    const void *field = (const char *)config + o->at;
    struct value value = {.on = false};
    switch (o->type) {
    case OPTION_BOOL:
        value.on = *(const bool *)field;
        break;
    case OPTION_UINT:
        value.number = *(const uint64_t *)field;
        break;
    case OPTION_DURATION:
        value.ns = *(const int64_t *)field;
        break;
    case OPTION_ENUM:
    case OPTION_STRING:
    case OPTION_SECRET:
        value.text = *(const struct str *)field;
        break;
    case OPTION_LIST:
        value.list = *(const struct str_list *)field;
        break;
    case OPTION_PAIRS:
        value.pairs = *(const struct pair_list *)field;
        break;
    }
    return value;
}

static void write_list(const struct str_list *list, struct buf *out) {
    buf_byte(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        buf_text(out, i ? ", " : "");
        value_quote(list->items[i], out);
    }
    buf_byte(out, ']');
}

static void write_pairs(const struct pair_list *pairs, struct buf *out) {
    buf_byte(out, '{');
    for (size_t i = 0; i < pairs->n; i++) {
        buf_text(out, i ? ", " : "");
        value_quote(pairs->items[i].key, out);
        buf_text(out, ": ");
        value_quote(pairs->items[i].value, out);
    }
    buf_byte(out, '}');
}

void value_write(const struct option *o, const struct value *value, bool masked, struct buf *out) {
    char text[UNITS_TEXT_MAX];
    switch (o->type) {
    case OPTION_BOOL:
        buf_text(out, value->on ? "true" : "false");
        break;
    case OPTION_UINT:
        buf_u64(out, value->number);
        break;
    case OPTION_DURATION:
        buf_str(out, units_format_duration(value->ns, text));
        break;
    case OPTION_ENUM:
    case OPTION_STRING:
        value_quote(value->text, out);
        break;
    case OPTION_SECRET:
        value_quote(masked && value->text.len ? STR("***") : value->text, out);
        break;
    case OPTION_LIST:
        write_list(&value->list, out);
        break;
    case OPTION_PAIRS:
        write_pairs(&value->pairs, out);
        break;
    }
}

void value_write_default(const struct option *o, struct buf *out) {
    struct arena arena = ARENA_INIT;
    struct value value;
    struct err err = ERR_INIT;
    if (value_parse(o, str_of(o->fallback), &arena, &value, &err) == 0) {
        value_write(o, &value, false, out);
    }
    arena_done(&arena);
}
