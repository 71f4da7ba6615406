#include "migrate/already.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "migrate/token.h"

/* Words of forms that are no names of native's: PromQL's, and labels of every target. */
static const char *const common[] = {
    "and",   "or",  "on",       "by",   "without",        "bool",
    "sum",   "max", "min",      "rate", "last_over_time", "group_left",
    "count", "job", "instance", "up",   "unless"};

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether the word stands in a form, which may be NULL. */
static bool has_word(const char *form, struct str word) {
    for (const char *at = form ? form : ""; *at;) {
        size_t len = 0;
        while (is_name_char(at[len])) {
            len++;
        }
        if (str_eq((struct str){.ptr = at, .len = len}, word)) {
            return true;
        }
        at += len ? len : 1;
    }
    return false;
}

static bool is_given(const struct label_rule *labels, struct str word) {
    for (; labels && labels->old; labels++) {
        if (str_eq(str_of(labels->now), word)) {
            return true;
        }
    }
    return false;
}

/* Whether some rule's new form has the name. */
static bool is_new(const struct predecessor *from, struct str word) {
    bool new = is_given(from->labels, word);
    for (size_t i = 0; !new &&i < from->n_families; i++) {
        const struct family_rule *family = &from->families[i];
        new = is_given(family->labels, word) || has_word(family->form, word) ||
              has_word(family->sum, word) || has_word(family->mask, word);
    }
    return new;
}

static bool is_common(struct str word) {
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (str_eq(word, str_of(common[i]))) {
            return true;
        }
    }
    return false;
}

bool already_native(const struct predecessor *from, struct str query) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct tokens tokens = {.n = 0};
    struct err err = ERR_INIT;
    bool new_alone = false;
    if (tokens_read(query, &arena, &tokens, &err) < 0) {
        return false;
    }
    for (size_t i = 0; i < tokens.n; i++) {
        struct str word = tokens.items[i].text;
        if (tokens.items[i].kind != TOKEN_WORD || tokens.items[i].variable || is_common(word)) {
            continue;
        }
        bool old = predecessor_family(from, word) || predecessor_label_rule(from, NULL, word);
        bool new = is_new(from, word);
        if (old && !new) {
            return false;
        }
        new_alone |= new && !old;
    }
    return new_alone;
}
