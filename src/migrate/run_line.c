#include "migrate/run_line.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/outfit.h"
#include "migrate/settings.h"
#include "migrate/splices.h"
#include "migrate/words.h"

/* Options of `docker run` that take no value. */
static const char *const switches[] = {"-d",
                                       "--detach",
                                       "--rm",
                                       "-i",
                                       "--interactive",
                                       "-t",
                                       "--tty",
                                       "-it",
                                       "-ti",
                                       "-dit",
                                       "-itd",
                                       "--privileged",
                                       "--init",
                                       "--read-only",
                                       "-P",
                                       "--publish-all",
                                       "--no-healthcheck",
                                       "--oom-kill-disable",
                                       "--sig-proxy",
                                       "--disable-content-trust",
                                       "-q",
                                       "--quiet"};

enum option_kind {
    RUN_OTHER,
    RUN_ENV,
    RUN_ENV_FILE,
    RUN_PORT,
    RUN_VOLUME,
    RUN_ENTRYPOINT,
    RUN_HEALTH
};

static const struct {
    const char *name;
    enum option_kind kind;
} kinds[] = {
    {"-e", RUN_ENV},
    {"--env", RUN_ENV},
    {"-p", RUN_PORT},
    {"--publish", RUN_PORT},
    {"-v", RUN_VOLUME},
    {"--volume", RUN_VOLUME},
    {"--env-file", RUN_ENV_FILE},
    {"--entrypoint", RUN_ENTRYPOINT},
    {"--health-cmd", RUN_HEALTH},
};

struct line {
    struct migration *m;
    struct words *words;
    struct settings *settings;
    struct outfit outfit;
    struct splices splices;
    bool has_preset;
};

static bool is_program(struct str word, const char *name) {
    return str_eq(word_program(word), str_of(name));
}

/* Behind "docker run", "sudo podman container run"; 0 when that is not there. */
static size_t behind_run(const struct words *words) {
    for (size_t i = 0; i + 1 < words->n; i++) {
        if (is_program(words->items[i].text, "docker") ||
            is_program(words->items[i].text, "podman")) {
            size_t at = i + 1;
            at += str_eq(words->items[at].text, STR("container"));
            bool run = at < words->n && (str_eq(words->items[at].text, STR("run")) ||
                                         str_eq(words->items[at].text, STR("create")));
            return run ? at + 1 : 0;
        }
    }
    return 0;
}

/* Whether these are a program and its flags, or flags. */
static bool is_flags(const struct words *words) {
    for (size_t i = 0; i < 2 && i < words->n; i++) {
        if (words->items[i].text.len > 1 && words->items[i].text.ptr[0] == '-') {
            return true;
        }
    }
    return false;
}

/* Reads the commands up to the one that is meant; no words when there is none. */
static int find(struct words *words, struct str bytes, bool docker_only, struct arena *arena,
                struct err *err) {
    int r = words_next(words, bytes, arena, err);
    while (!r && words->n && !behind_run(words) && (docker_only || !is_flags(words))) {
        r = words_next(words, bytes, arena, err);
    }
    return r;
}

/* Finds "docker run", or else a line with flags. */
static int find_any(struct words *words, struct str bytes, struct arena *arena, struct err *err) {
    int r = find(words, bytes, true, arena, err);
    if (!r && !words->n) {
        *words = (struct words){.n = 0};
        r = find(words, bytes, false, arena, err);
    }
    return r;
}

bool run_line_is(struct str bytes, bool docker_only) {
    struct words *words CLEANUP_FREE = calloc(1, sizeof(*words));
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct err err = ERR_INIT;
    if (!words) {
        return false;
    }
    int r =
        docker_only ? find(words, bytes, true, &arena, &err) : find_any(words, bytes, &arena, &err);
    return r == 0 ? words->n > 0 : words->n > 1 && (behind_run(words) || is_flags(words));
}

static void take_env(struct line *line, const struct word *word, struct str value) {
    size_t end = str_find(value, '=', 0);
    struct str name = str_sub(value, 0, end);
    struct str text = {.ptr = NULL};
    if (end < value.len) {
        text = str_sub(value, end + 1, value.len - end - 1);
    }
    line->has_preset |= str_eq(name, STR("DOCKMETER_PRESET"));
    line->outfit.remote |= str_eq(name, STR("DOCKER_HOST"));
    settings_add(line->settings, word->line, name, text);
}

/* An option of docker's with its value. */
static void take_option(struct line *line, const struct word *word, struct str name,
                        struct str value) {
    struct spot spot = {.line = word->line, .where = name};
    enum option_kind kind = RUN_OTHER;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        kind = str_eq(name, str_of(kinds[i].name)) ? kinds[i].kind : kind;
    }
    switch (kind) {
    case RUN_ENV:
        take_env(line, word, value);
        break;
    case RUN_PORT:
        outfit_port(&line->outfit, word->line, value);
        break;
    case RUN_VOLUME:
        outfit_volume(&line->outfit, word->line, value);
        break;
    case RUN_ENV_FILE:
        migration_note(line->m, &spot, "look at %.*s with --config too", STR_ARG(value));
        break;
    case RUN_ENTRYPOINT:
        migration_mistake(line->m, &spot,
                          "starts %.*s; leave it out, Dockmeter's image starts "
                          "Dockmeter",
                          STR_ARG(value));
        break;
    case RUN_HEALTH:
        migration_mistake(line->m, &spot,
                          "asks with a program that Dockmeter's image may lack; "
                          "write --health-cmd='dockmeter healthcheck'");
        break;
    default:
        break;
    }
}

static bool is_switch(struct str word) {
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (str_eq(word, str_of(switches[i]))) {
            return true;
        }
    }
    return false;
}

/* Takes docker's options from `at` on; returns where the image stands. */
static size_t take_options(struct line *line, size_t at) {
    const struct words *words = line->words;
    for (; at < words->n && words->items[at].text.len && words->items[at].text.ptr[0] == '-';
         at++) {
        const struct word *word = &words->items[at];
        struct str text = word->text;
        size_t end = str_find(text, '=', 0);
        bool is_short = text.len > 2 && text.ptr[1] != '-';
        if (is_switch(text)) {
            continue;
        }
        if (text.ptr[1] == '-' && end < text.len) {
            take_option(line, word, str_sub(text, 0, end),
                        str_sub(text, end + 1, text.len - end - 1));
        } else if (is_short) {
            take_option(line, word, str_sub(text, 0, 2), str_sub(text, 2, text.len - 2));
        } else if (at + 1 < words->n) {
            take_option(line, word, text, words->items[++at].text);
        }
    }
    return at;
}

static void take_flags(struct line *line, size_t at) {
    for (; at < line->words->n; at++) {
        const struct word *word = &line->words->items[at];
        line->has_preset |= str_starts(word->text, STR("--preset"));
        settings_add_flag(line->settings, word->line, word->text);
    }
}

/* "docker run": the image, the preset before it. */
static int take_run(struct line *line, size_t at, struct err *err) {
    const char *preset = settings_preset(line->m->from);
    at = take_options(line, at);
    if (at == line->words->n) {
        return err_set(err, -EINVAL, "%zu: no image behind docker's options",
                       line->words->items[at - 1].line);
    }
    const struct word *image = &line->words->items[at];
    struct spot spot = {.line = image->line, .where = STR("image")};
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (preset && !line->has_preset) {
        buf_fmt(&text, "-e DOCKMETER_PRESET=%s ", preset);
    }
    if (outfit_is_ours(image->text)) {
        buf_str(&text, image->text);
    } else {
        buf_text(&text, OUTFIT_IMAGE);
        migration_say(line->m, REMARK_CHANGED, &spot, "%.*s: now %s", STR_ARG(image->text),
                      buf_cstr(&text));
    }
    splices_add(&line->splices, image->from, image->end - image->from, buf_view(&text));
    take_flags(line, at + 1);
    return 0;
}

/* A program with its flags, or the flags alone. */
static void take_program(struct line *line) {
    const char *preset = settings_preset(line->m->from);
    const struct word *first = &line->words->items[0];
    bool flags_alone = str_starts(first->text, STR("-"));
    size_t name_len = str_find(first->text, '=', 0);
    if (!flags_alone && name_len < first->text.len) {
        struct spot unit = {.line = first->line, .where = str_sub(first->text, 0, name_len)};
        migration_mistake(line->m, &unit,
                          "is no command line; give the program and its flags alone, without what "
                          "stands before \"=\"");
        return;
    }
    struct spot spot = {.line = first->line, .where = STR("command")};
    struct buf text CLEANUP_BUF = BUF_INIT;
    take_flags(line, flags_alone ? 0 : 1);
    if (!flags_alone) {
        buf_text(&text, OUTFIT_IMAGE);
    }
    if (preset && !line->has_preset) {
        buf_fmt(&text, "%s--preset=%s%s", flags_alone ? "" : " ", preset, flags_alone ? " " : "");
    }
    if (flags_alone || !is_program(first->text, OUTFIT_IMAGE) || (preset && !line->has_preset)) {
        splices_add(&line->splices, first->from, flags_alone ? 0 : first->end - first->from,
                    buf_view(&text));
        migration_say(line->m, REMARK_CHANGED, &spot, "now %s", buf_cstr(&text));
    }
}

static int migrate(struct line *line, struct str bytes, struct arena *arena, struct buf *out,
                   struct err *err) {
    uint64_t port = 0;
    int r = find_any(line->words, bytes, arena, err);
    if (r) {
        return r;
    }
    if (line->words->n == 0) {
        return err_set(err, -EINVAL, "there is no docker run and no flag in it");
    }
    size_t run = behind_run(line->words);
    if (run) {
        r = take_run(line, run, err);
    } else {
        take_program(line);
    }
    r = r ? r : settings_judge(line->settings, &port, err);
    if (!r && run) {
        outfit_judge(&line->outfit, port);
    }
    r = r ? r : migration_check(line->m, err);
    if (!r) {
        splices_apply(&line->splices, bytes, out);
    }
    return r;
}

int run_line_migrate(struct migration *m, struct str bytes, struct buf *out, struct err *err) {
    struct words *words CLEANUP_FREE = calloc(1, sizeof(*words));
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct line line = {.m = m,
                        .words = words,
                        .settings = settings_new(m),
                        .outfit = {.m = m},
                        .splices = SPLICES_INIT};
    int r = words && line.settings ? migrate(&line, bytes, &arena, out, err)
                                   : err_set(err, -ENOMEM, "out of memory");
    settings_free(line.settings);
    splices_done(&line.splices);
    return r;
}
