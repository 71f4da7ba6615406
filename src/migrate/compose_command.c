#include "migrate/compose_command.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/words.h"

/* Programs that start another: what else stands before that one's own flags. */
enum starter { STARTER_NONE, STARTER_WRAPPER, STARTER_INTERPRETER, STARTER_SHELL };

static const struct {
    const char *name;
    enum starter kind;
} starters[] = {
    {"tini", STARTER_WRAPPER},        {"dumb-init", STARTER_WRAPPER},
    {"exec", STARTER_WRAPPER},        {"python", STARTER_INTERPRETER},
    {"python2", STARTER_INTERPRETER}, {"python3", STARTER_INTERPRETER},
    {"node", STARTER_INTERPRETER},    {"sh", STARTER_SHELL},
    {"ash", STARTER_SHELL},           {"bash", STARTER_SHELL},
};

/* The words of both members, one behind the other. */
struct start {
    struct words words;
    struct arena arena;
    size_t n_entrypoint;
};

static void start_free(struct start **start) {
    if (*start) {
        arena_done(&(*start)->arena);
        free(*start);
    }
}

/* Adds a member's words: a list, or a text as a shell takes it apart. */
static int read_member(const struct compose_service *s, const char *key, struct start *start,
                       struct err *err) {
    int node = yaml_get(s->text, s->node, key);
    struct words *words = &start->words;
    struct str text = yaml_value(s->text, node);
    if (text.ptr) {
        int r = words_all(words, text, &start->arena, err);
        return r == -EINVAL ? err_set(err, r, "%zu: %s: a quote is not closed",
                                      yaml_line(s->text, node), key)
                            : r;
    }
    for (size_t i = 0; yaml_item_at(s->text, node, i); i++) {
        int item = yaml_item_at(s->text, node, i);
        if (words->n == WORDS_MAX) {
            return err_set(err, -E2BIG, "%zu: %s: more than %d words", yaml_line(s->text, node),
                           key, WORDS_MAX);
        }
        words->items[words->n++] = (struct word){.text = yaml_value(s->text, item)};
    }
    return 0;
}

static enum starter starter_of(struct str word) {
    for (size_t i = 0; i < sizeof(starters) / sizeof(starters[0]); i++) {
        if (str_eq(word_program(word), str_of(starters[i].name))) {
            return starters[i].kind;
        }
    }
    return STARTER_NONE;
}

static bool is_flag(const struct words *words, size_t at) {
    return at < words->n && str_starts(words->items[at].text, STR("-"));
}

/* How many words are the program and what starts it: "tini -- python3 -u -m exporter". */
static size_t program_len(const struct words *words) {
    size_t at = 0;
    while (at < words->n && starter_of(words->items[at].text) == STARTER_WRAPPER) {
        for (at++; is_flag(words, at); at++) {
        }
    }
    enum starter kind = at < words->n ? starter_of(words->items[at].text) : STARTER_NONE;
    if (kind == STARTER_INTERPRETER) {
        for (at++; is_flag(words, at) && !str_eq(words->items[at].text, STR("-m")); at++) {
        }
        at += is_flag(words, at);
    }
    return kind != STARTER_SHELL && at < words->n ? at + 1 : at;
}

/* The words from `at` on, with blanks between them or as a list in brackets. */
static void write_words(const struct words *words, size_t at, bool list, struct buf *out) {
    buf_text(out, list ? "[" : "");
    for (size_t i = at; i < words->n; i++) {
        struct str text = words->items[i].text;
        buf_text(out, i == at ? "" : list ? ", " : " ");
        if (list) {
            buf_json(out, text);
        } else {
            buf_str(out, text);
        }
    }
    buf_text(out, list ? "]" : "");
}

/* Nothing of both stays; what stood behind the program is told. */
static void remove_all(struct compose_service *s, const struct words *words, size_t at,
                       const char *key) {
    struct buf rest CLEANUP_BUF = BUF_INIT;
    struct spot spot = compose_spot(s, yaml_get_key(s->text, s->node, key), key);
    write_words(words, at, false, &rest);
    if (rest.len) {
        migration_say(s->m, REMARK_LOST, &spot,
                      "%s: was not looked at; write flags that shall stay as command: "
                      "[\"--flag=value\"]",
                      buf_cstr(&rest));
    }
    if (yaml_get_key(s->text, s->node, "command")) {
        compose_remove(s, "command");
    }
}

/* The flags, which began behind the program, become the command. */
static void put_flags(struct compose_service *s, const struct words *words, size_t at,
                      const char *key) {
    struct buf list CLEANUP_BUF = BUF_INIT;
    struct spot spot = compose_spot(s, yaml_get_key(s->text, s->node, key), key);
    write_words(words, at, true, &list);
    compose_put(s, key, "command", buf_cstr(&list));
    migration_say(s->m, REMARK_CHANGED, &spot, "started the old program; now command: %s",
                  buf_cstr(&list));
}

/* Gives both members their new form; `at` is where the flags begin. */
static void change(struct compose_service *s, const struct start *start, size_t at) {
    const struct words *words = &start->words;
    bool has_entrypoint = yaml_get_key(s->text, s->node, "entrypoint");
    bool has_command = yaml_get_key(s->text, s->node, "command");
    const char *key = has_command ? "command" : "entrypoint";
    bool flags = is_flag(words, at);
    if (has_entrypoint && (has_command || !flags)) {
        compose_remove(s, "entrypoint");
    }
    if (!flags) {
        remove_all(s, words, at, key);
    } else if (at != start->n_entrypoint) {
        put_flags(s, words, at, key);
    }
}

int compose_take_command(struct compose_service *s, struct err *err) {
    struct start *start CLEANUP(start_free) = calloc(1, sizeof(*start));
    if (!start) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = read_member(s, "entrypoint", start, err);
    start->n_entrypoint = start->words.n;
    r = r ? r : read_member(s, "command", start, err);
    if (r || (!start->words.n && !yaml_get_key(s->text, s->node, "entrypoint"))) {
        return r;
    }
    bool flags_alone = !start->n_entrypoint && is_flag(&start->words, 0);
    size_t at = flags_alone ? 0 : program_len(&start->words);
    change(s, start, at);
    for (size_t i = at; is_flag(&start->words, at) && i < start->words.n; i++) {
        const char *key = i < start->n_entrypoint ? "entrypoint" : "command";
        int node = yaml_get(s->text, s->node, key);
        settings_add_flag(s->settings, yaml_line(s->text, node), start->words.items[i].text);
    }
    return 0;
}
