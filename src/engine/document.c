#include "engine/document.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define REPLACEMENT STR("\xEF\xBF\xBD")
#define INT64_DIGITS 19 /* an integer of fewer digits fits */
#define REAL_DIGITS 300 /* a real without exponent of fewer digits fits */

/* What one look over the bytes found. */
struct survey {
    size_t depth_max;
    size_t values;
    bool needs_repair;
};

/* Index behind the string that starts at `at` (its quote), or s.len when it does not end. */
static size_t string_end(struct str s, size_t at) {
    size_t from = at + 1;
    size_t quote = str_find(s, '"', from);
    size_t escape;
    while ((escape = str_find(str_sub(s, 0, quote), '\\', from)) < quote) {
        from = escape + 2;
        quote = from > quote ? str_find(s, '"', from) : quote;
    }
    return quote < s.len ? quote + 1 : s.len;
}

static bool is_digit(struct str s, size_t at) {
    return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9';
}

/* Index behind the digits at `at`. */
static size_t digits_end(struct str s, size_t at) {
    while (is_digit(s, at)) {
        at++;
    }
    return at;
}

/*
 * Index behind the JSON number at `at`, or `at` when there is none. *unfit tells that jansson would
 * refuse it for its size.
 */
static size_t number_end(struct str s, size_t at, bool *unfit) {
    size_t first = at + (s.ptr[at] == '-');
    size_t end = digits_end(s, first);
    if (end == first || (s.ptr[first] == '0' && end > first + 1)) {
        return at;
    }
    size_t n_digits = end - first;
    bool real = false;
    if (end < s.len && s.ptr[end] == '.' && is_digit(s, end + 1)) {
        real = true;
        end = digits_end(s, end + 1);
    }
    bool exponent = false;
    if (end < s.len && (s.ptr[end] | 0x20) == 'e') {
        size_t sign = end + 1;
        sign += sign < s.len && (s.ptr[sign] == '+' || s.ptr[sign] == '-');
        exponent = is_digit(s, sign);
        end = exponent ? digits_end(s, sign) : end;
    }
    if (exponent) {
        *unfit = end - at >= 5; /* 1e999; shorter ones fit */
    } else if (real) {
        *unfit = n_digits >= REAL_DIGITS;
    } else if (n_digits >= INT64_DIGITS) {
        uint64_t value = 0;
        *unfit = !str_to_u64(str_sub(s, first, n_digits), &value) || value > INT64_MAX;
    }
    return end;
}

/* The 16 bits of the \uXXXX at `at`, or -1. */
static int32_t escape_unit(struct str s, size_t at) {
    if (at + 6 > s.len || s.ptr[at] != '\\' || s.ptr[at + 1] != 'u') {
        return -1;
    }
    int32_t unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = s.ptr[i];
        char low = (char)(c | 0x20);
        if (is_digit(s, i)) {
            unit = unit * 16 + (c - '0');
        } else if (low >= 'a' && low <= 'f') {
            unit = unit * 16 + (low - 'a' + 10);
        } else {
            return -1;
        }
    }
    return unit;
}

/* One character or escape of a string. */
struct piece {
    size_t len;
    bool bad; /* becomes U+FFFD */
    bool nul; /* \u0000 */
};

/* The piece at `at`, which is inside a string. */
static struct piece piece_at(struct str s, size_t at) {
    if (s.ptr[at] != '\\') {
        size_t len = str_utf8_len(s, at);
        return (struct piece){.len = len ? len : 1, .bad = len == 0};
    }
    int32_t unit = escape_unit(s, at);
    if (unit < 0) {
        return (struct piece){.len = at + 1 < s.len ? 2 : 1};
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return (struct piece){.len = 6, .nul = unit == 0};
    }
    int32_t low = unit < 0xDC00 ? escape_unit(s, at + 6) : -1;
    if (low >= 0xDC00 && low <= 0xDFFF) {
        return (struct piece){.len = 12};
    }
    return (struct piece){.len = 6, .bad = true};
}

/* Whether the string that ends at `end` is an object's key. */
static bool is_key(struct str s, size_t end) {
    while (end < s.len && strchr(" \t\r\n", s.ptr[end]) && s.ptr[end]) {
        end++;
    }
    return end < s.len && s.ptr[end] == ':';
}

/* Goes over one string; with `out` writes it there repaired. True when a repair was or is needed.
 */
static bool pass_string(struct str s, size_t from, size_t to, struct buf *out) {
    bool key = is_key(s, to);
    bool repair = false;
    struct str part = str_sub(s, 0, to);
    for (size_t at = from; at < to;) {
        struct piece piece = piece_at(part, at);
        bool bad = piece.bad || (piece.nul && key);
        repair |= bad;
        if (out) {
            buf_str(out, bad ? REPLACEMENT : str_sub(s, at, piece.len));
        }
        at += piece.len;
    }
    return repair;
}

/*
 * Goes over the whole document; with `out` writes a repaired copy there. Brackets are only counted:
 * whether they match is the parser's matter.
 */
static struct survey pass(struct str s, struct buf *out) {
    struct survey found = {.depth_max = 0, .values = 1, .needs_repair = false};
    size_t depth = 0;
    for (size_t at = 0; at < s.len;) {
        char c = s.ptr[at];
        size_t end = at + 1;
        bool unfit = false;
        if (c == '"') {
            end = string_end(s, at);
            found.needs_repair |= pass_string(s, at, end, out);
            at = end;
            continue;
        }
        if (c == '-' || is_digit(s, at)) {
            end = number_end(s, at, &unfit);
            end = end == at ? at + 1 : end;
        } else if (c == '[' || c == '{') {
            depth++;
            found.values++;
            found.depth_max = depth > found.depth_max ? depth : found.depth_max;
        } else if (c == ']' || c == '}') {
            depth -= depth > 0;
        } else if (c == ',') {
            found.values++;
        }
        found.needs_repair |= unfit;
        if (out) {
            buf_str(out, unfit ? STR("null") : str_sub(s, at, end - at));
        }
        at = end;
    }
    return found;
}

/* jansson's words, made one line without control characters (they may quote the peer). */
static int malformed(const json_error_t *e, struct err *err) {
    char text[JSON_ERROR_TEXT_LENGTH];
    size_t n = 0;
    for (const char *c = e->text; *c && n + 1 < sizeof(text); c++) {
        text[n++] = (unsigned char)*c < 0x20 || *c == 0x7F ? ' ' : *c;
    }
    text[n] = '\0';
    return err_set(err, -EPROTO, "not the expected JSON: byte %d: %s", e->position, text);
}

int document_parse(struct str bytes, json_t **ret, struct err *err) {
    struct survey found = pass(bytes, NULL);
    if (found.depth_max > DOCUMENT_DEPTH_MAX) {
        return err_set(err, -EFBIG, "the JSON is nested deeper than %d", DOCUMENT_DEPTH_MAX);
    }
    if (found.values > DOCUMENT_VALUES_MAX) {
        return err_set(err, -EFBIG, "the JSON holds more than %d values", DOCUMENT_VALUES_MAX);
    }
    CLEANUP_BUF struct buf repaired = BUF_INIT;
    if (found.needs_repair) {
        (void)pass(bytes, &repaired);
        if (buf_failed(&repaired)) {
            return err_set(err, -ENOMEM, "out of memory");
        }
        bytes = buf_view(&repaired);
    }
    json_error_t e;
    json_t *root = json_loadb(bytes.ptr ? bytes.ptr : "", bytes.len, JSON_ALLOW_NUL, &e);
    if (!root && json_error_code(&e) == json_error_out_of_memory) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (!root) {
        return malformed(&e, err);
    }
    *ret = root;
    return 0;
}

int document_object(struct str json, json_t **ret, struct err *err) {
    json_t *root = NULL;
    if (document_parse(json, &root, err) != 0) {
        return err->code;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        return err_set(err, -EPROTO, "not the expected JSON object");
    }
    *ret = root;
    return 0;
}

/* Index of the first byte at or after `at` that is no white space. */
static size_t skip_space(struct str s, size_t at) {
    while (at < s.len &&
           (s.ptr[at] == ' ' || s.ptr[at] == '\t' || s.ptr[at] == '\r' || s.ptr[at] == '\n')) {
        at++;
    }
    return at;
}

/* Index of the comma or closing bracket that ends the element at `at`, or s.len. */
static size_t element_end(struct str s, size_t at, char closing) {
    size_t depth = 0;
    while (at < s.len) {
        char c = s.ptr[at];
        if (c == '"') {
            at = string_end(s, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == closing)) {
            return at;
        }
        if (c == '[' || c == '{') {
            depth++;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
        at++;
    }
    return s.len;
}

int document_next(struct str *rest, struct str *ret, struct err *err) {
    struct str s = *rest;
    size_t at = skip_space(s, 0);
    if (at == s.len || (s.ptr[at] != '[' && s.ptr[at] != ',' && s.ptr[at] != ']')) {
        return err_set(err, -EPROTO, "not the expected JSON array");
    }
    bool opened = s.ptr[at] == '[';
    size_t from = s.ptr[at] == ']' ? at : skip_space(s, at + 1);
    size_t end = element_end(s, from, ']');
    if (end == s.len) {
        return err_set(err, -EPROTO, "the JSON array ends early");
    }
    if (end == from) { /* nothing there: only right as "[]" or behind the last element */
        bool proper = s.ptr[end] == ']' && (opened || end == at) && skip_space(s, end + 1) == s.len;
        return proper ? 0 : err_set(err, -EPROTO, "not the expected JSON array");
    }
    *ret = str_sub(s, from, end - from);
    *rest = str_sub(s, end, s.len - end);
    return 1;
}

/* A member's key and value at `at`; the index behind it, or 0: it is none. */
static size_t member_at(struct str s, size_t at, struct str *ret_key, struct str *ret_value) {
    size_t key_end = at < s.len && s.ptr[at] == '"' ? string_end(s, at) : s.len;
    size_t colon = skip_space(s, key_end);
    if (colon >= s.len || s.ptr[colon] != ':') {
        return 0;
    }
    size_t from = skip_space(s, colon + 1);
    size_t end = element_end(s, from, '}');
    if (end == s.len || end == from) {
        return 0;
    }
    *ret_key = str_sub(s, at + 1, key_end - at - 2);
    *ret_value = str_sub(s, from, end - from);
    return end;
}

int document_member(struct str *rest, struct str *ret_key, struct str *ret_value, struct err *err) {
    struct str s = *rest;
    size_t at = skip_space(s, 0);
    if (at == s.len || (s.ptr[at] != '{' && s.ptr[at] != ',' && s.ptr[at] != '}')) {
        return err_set(err, -EPROTO, "not the expected JSON object");
    }
    bool opened = s.ptr[at] == '{';
    size_t from = s.ptr[at] == '}' ? at : skip_space(s, at + 1);
    bool closes = from < s.len && s.ptr[from] == '}';
    if (closes && (opened || from == at) && skip_space(s, from + 1) == s.len) {
        return 0;
    }
    size_t end = member_at(s, from, ret_key, ret_value);
    if (end == 0) {
        return err_set(err, -EPROTO, "not the expected JSON object");
    }
    *rest = str_sub(s, end, s.len - end);
    return 1;
}

struct str document_str(const json_t *o, const char *key) {
    const json_t *value = json_object_get(o, key);
    return (struct str){.ptr = json_string_value(value), .len = json_string_length(value)};
}

bool document_i64(const json_t *o, const char *key, int64_t *ret) {
    const json_t *value = json_object_get(o, key);
    if (!json_is_integer(value)) {
        return false;
    }
    *ret = json_integer_value(value);
    return true;
}

bool document_u64(const json_t *o, const char *key, uint64_t *ret) {
    int64_t value = 0;
    if (!document_i64(o, key, &value) || value < 0) {
        return false;
    }
    *ret = (uint64_t)value;
    return true;
}

bool document_true(const json_t *o, const char *key) {
    return json_is_true(json_object_get(o, key));
}
