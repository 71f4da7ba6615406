#include "kernel/place.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>

/* The kernel writes it behind the path of a cgroup that was removed. */
static const struct str DELETED = {.ptr = " (deleted)", .len = 10};

#define ID_DIGITS_MIN 12

static bool is_hex(char c) {
    return isxdigit((unsigned char)c) != 0;
}

/* Whether it is an id at all, not a word that other groups may have as their name. */
static bool is_id(struct str id) {
    for (size_t i = 0; i < id.len; i++) {
        if (!is_hex(id.ptr[i])) {
            return false;
        }
    }
    return id.len >= ID_DIGITS_MIN;
}

/* Whether the component has the id in it, not as a part of a longer number. */
static bool names(struct str component, struct str id) {
    size_t at = str_search(component, id);
    if (!is_id(id) || at == SIZE_MAX) {
        return false;
    }
    size_t end = at + id.len;
    return (at == 0 || !is_hex(component.ptr[at - 1])) &&
           (end == component.len || !is_hex(component.ptr[end]));
}

/* Takes "/" and all "/.." off the front; true when there was a "..". */
static bool strip_dots(struct str *path) {
    bool any = false;
    while (str_starts(*path, STR("/"))) {
        *path = str_sub(*path, 1, path->len - 1);
        bool dots = str_starts(*path, STR("../")) || str_eq(*path, STR(".."));
        if (dots) {
            *path = str_sub(*path, 2, path->len - 2);
            any = true;
        }
    }
    return any;
}

/* Cuts the path behind the component that names the id; false: none does. */
static bool cut(struct str *path, struct str id) {
    struct str rest = *path;
    struct str component;
    while (str_split(&rest, '/', &component)) {
        if (component.len == 0 || str_eq(component, STR("..")) || str_eq(component, STR("."))) {
            return false;
        }
        if (names(component, id)) {
            path->len = (size_t)(component.ptr - path->ptr) + component.len;
            return true;
        }
    }
    return false;
}

/* What a line's list of controllers is to us; the unified tree's list is empty. */
static void put(struct str controllers, struct str path, bool relative, struct place *place) {
    static const struct {
        const char *controller;
        enum hierarchy hierarchy;
    } rows[] = {
        {"", HIERARCHY_UNIFIED},      {"cpu", HIERARCHY_CPU},     {"cpuacct", HIERARCHY_CPUACCT},
        {"memory", HIERARCHY_MEMORY}, {"blkio", HIERARCHY_BLKIO}, {"pids", HIERARCHY_PIDS},
    };
    struct str controller;
    while (str_split(&controllers, ',', &controller)) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (str_eq(controller, str_of(rows[i].controller))) {
                place->path[rows[i].hierarchy] = path;
                place->relative[rows[i].hierarchy] = relative;
            }
        }
    }
}

bool place_line(struct str *text, struct str *ret_controllers, struct str *ret_path) {
    struct str number;
    while (str_split(text, '\n', ret_path)) {
        if (str_split(ret_path, ':', &number) && str_split(ret_path, ':', ret_controllers) &&
            str_starts(*ret_path, STR("/"))) {
            return true;
        }
    }
    return false;
}

int place_parse(struct str text, struct str id, struct place *ret) {
    struct place place = {.relative = {false}};
    bool found = false;
    bool deleted = text.len == 0;
    struct str line;
    struct str controllers;
    while (place_line(&text, &controllers, &line)) {
        bool relative = strip_dots(&line);
        bool ours = cut(&line, id);
        if (ours && !str_ends(line, DELETED)) {
            put(controllers, line, relative, &place);
            found = true;
        }
        deleted = deleted || (ours && str_ends(line, DELETED));
    }
    if (!found) {
        return deleted ? -ENOENT : -ESTALE;
    }
    *ret = place;
    return 0;
}

/* Whether the text has a line of just these controllers and this path. */
static bool has_line(struct str text, struct str controllers, struct str path) {
    struct str others;
    struct str line;
    while (place_line(&text, &others, &line)) {
        if (str_eq(others, controllers) && str_eq(line, path)) {
            return true;
        }
    }
    return false;
}

int place_own(struct str text, struct str ours, struct str id, struct place *ret) {
    struct place place = {.own = false};
    struct str line;
    struct str controllers;
    while (place_line(&text, &controllers, &line)) {
        if (has_line(ours, controllers, line)) {
            put(controllers, id, true, &place);
            place.own = true;
        }
    }
    if (!place.own) {
        return -ESTALE;
    }
    *ret = place;
    return 0;
}
