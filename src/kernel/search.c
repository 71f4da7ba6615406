#include "kernel/search.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define ID_DIGITS 64
#define QUIET_FACTOR 20

/* Where the Engine's two cgroup drivers put containers. */
static const char *const usual_parents[] = {"docker", "system.slice"};

/* What they put around an id to name a cgroup; the first: nothing, as around a path. */
static const struct {
    const char *front;
    const char *behind;
} namings[] = {{"", ""}, {"docker-", ".scope"}, {"libpod-", ".scope"}, {"libpod-", ""}};

void search_done(struct search *s) {
    for (size_t i = 0; i < s->n_parents; i++) {
        free(s->parents[i]);
    }
    s->n_parents = 0;
}

/* Opens it in this parent, by the first name that is there. */
static int open_at(const struct root *root, int top, const char *parent, struct search_for what,
                   char full[PATH_MAX]) {
    size_t n_namings = what.id ? sizeof(namings) / sizeof(namings[0]) : 1;
    int fd = -ENOENT;
    for (size_t i = 0; i < n_namings && fd == -ENOENT; i++) {
        int n = snprintf(full, PATH_MAX, "%s%s%s%.*s%s", parent, *parent ? "/" : "",
                         namings[i].front, STR_ARG(what.path), namings[i].behind);
        fd = n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : root_open_below(root, top, full, ROOT_DIR);
    }
    return fd;
}

/* Remembers where a container was found; when there is no room the usual ones still serve. */
static void learn(struct search *s, const char *parent) {
    for (size_t i = 0; i < s->n_parents; i++) {
        if (strcmp(s->parents[i], parent) == 0) {
            return;
        }
    }
    if (s->n_parents < SEARCH_PARENTS_MAX) {
        s->parents[s->n_parents] = strdup(parent);
        s->n_parents += s->parents[s->n_parents] != NULL;
    }
}

static int try_parents(const char *const *parents, size_t n, const struct root *root, int top,
                       struct search_for what, char full[PATH_MAX]) {
    int fd = -ENOENT;
    for (size_t i = 0; i < n && fd < 0; i++) {
        fd = open_at(root, top, parents[i], what, full);
    }
    return fd;
}

/* A cgroup that is some container's own: nothing that we look for is inside of it. */
static bool is_container(const char *name) {
    size_t run = 0;
    for (; *name && run < ID_DIGITS; name++) {
        run = isxdigit((unsigned char)*name) ? run + 1 : 0;
    }
    return run == ID_DIGITS;
}

/* One walk: directories still to look into, breadth first, as paths that end in NUL. */
struct walk {
    const struct root *root;
    int top;
    struct search_for what;
    struct buf queue;
    size_t next;
    size_t looked_into;
};

static size_t depth_of(const char *path) {
    size_t depth = *path != '\0';
    for (; *path; path++) {
        depth += *path == '/';
    }
    return depth;
}

/* Puts the directories in `parent` at the end of the queue. */
static void queue_children(struct walk *w, const char *parent) {
    char path[PATH_MAX];
    CLEANUP(root_list_done) DIR *dir = root_list_below(w->root, w->top, *parent ? parent : ".");
    const struct dirent *entry = dir ? readdir(dir) : NULL;
    for (; entry; entry = readdir(dir)) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || is_container(entry->d_name)) {
            continue;
        }
        int n = snprintf(path, sizeof(path), "%s%s%s", parent, *parent ? "/" : "", entry->d_name);
        if (n > 0 && (size_t)n < sizeof(path)) {
            buf_bytes(&w->queue, path, (size_t)n + 1);
        }
    }
}

/* Looks into directories one after another; the descriptor, with the parent where it was found. */
static int walk_run(struct walk *w, char parent[PATH_MAX], char full[PATH_MAX]) {
    buf_byte(&w->queue, '\0'); /* the top */
    while (!buf_failed(&w->queue) && w->next < w->queue.len &&
           w->looked_into++ < SEARCH_DIRECTORIES_MAX) {
        (void)snprintf(parent, PATH_MAX, "%s", w->queue.data + w->next);
        w->next += strlen(parent) + 1;
        int fd = open_at(w->root, w->top, parent, w->what, full);
        if (fd >= 0) {
            return fd;
        }
        if (depth_of(parent) < SEARCH_DEPTH_MAX) {
            queue_children(w, parent);
        }
    }
    return buf_failed(&w->queue) ? -ENOMEM : -ENOENT;
}

static int walk_for(struct search *s, const struct root *root, int top, struct search_for what,
                    char full[PATH_MAX]) {
    int64_t started = clock_mono_ns();
    if (started < s->quiet_until_ns) {
        return -ENOENT;
    }
    char parent[PATH_MAX];
    struct walk w = {.root = root, .top = top, .what = what, .queue = BUF_INIT};
    int fd = walk_run(&w, parent, full);
    buf_done(&w.queue);
    if (fd >= 0) {
        learn(s, parent);
        return fd;
    }
    int64_t now = clock_mono_ns();
    s->quiet_until_ns = now + (now - started) * QUIET_FACTOR;
    return fd;
}

int search_find(struct search *s, const struct root *root, int top, struct search_for what,
                char **ret_path, int *ret_fd) {
    char full[PATH_MAX];
    CLEANUP_FD int fd = open_at(root, top, "", what, full);
    if (fd == -ENOENT && what.relative) {
        fd = try_parents((const char *const *)s->parents, s->n_parents, root, top, what, full);
    }
    if (fd == -ENOENT && what.relative) {
        fd = try_parents(usual_parents, sizeof(usual_parents) / sizeof(usual_parents[0]), root, top,
                         what, full);
    }
    if (fd == -ENOENT && what.relative) {
        fd = walk_for(s, root, top, what, full);
    }
    if (fd < 0) {
        return fd;
    }
    char *path = strdup(full);
    if (!path) {
        return -ENOMEM;
    }
    *ret_path = path;
    *ret_fd = take_fd(&fd);
    return 0;
}
