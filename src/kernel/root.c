#include "kernel/root.h"

#include <errno.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define LINKS_MAX 8

/* openat2() has no wrapper in glibc. */
static int open_2(int dir, const char *path, int flags, uint64_t resolve) {
    struct open_how how = {.flags = (unsigned)flags, .mode = 0, .resolve = resolve};
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
    return fd < 0 ? -errno : (int)fd;
}

static int open_1(int dir, const char *name, int flags) {
    int fd = openat(dir, name, flags | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

int root_init(struct root *root, const char *path) {
    int fd = open(path, ROOT_DIR);
    if (fd < 0) {
        root->fd = -1;
        return -errno;
    }
    int probe = open_2(fd, ".", ROOT_DIR, RESOLVE_IN_ROOT);
    root->fd = fd;
    root->plain = probe < 0;
    if (probe >= 0) {
        (void)close(probe);
    }
    return 0;
}

void root_done(struct root *root) {
    if (root->fd >= 0) {
        (void)close(root->fd);
    }
    root->fd = -1;
}

/* The component at text[at] as a C string; its length, 0: none, or too long. */
static size_t name_at(const char *text, size_t at, char name[NAME_MAX + 1]) {
    size_t len = strcspn(text + at, "/");
    if (len > NAME_MAX) {
        return 0;
    }
    memcpy(name, text + at, len);
    name[len] = '\0';
    return len;
}

static size_t skip_slashes(const char *text, size_t at) {
    return at + strspn(text + at, "/");
}

/* Component by component below dir, the first `end` bytes of text; *ret_at: where it stopped. */
static int walk(int dir, const char *text, size_t end, int flags, size_t *ret_at) {
    CLEANUP_FD int held = -1;
    char name[NAME_MAX + 1];
    size_t at = skip_slashes(text, 0);
    size_t len = 0;
    for (*ret_at = at; (len = name_at(text, at, name)) > 0; *ret_at = at) {
        size_t next = skip_slashes(text, at + len);
        bool last = text[next] == '\0' || next >= end;
        int fd = strcmp(name, "..") == 0
                     ? -EXDEV
                     : open_1(held < 0 ? dir : held, name, last ? flags : ROOT_DIR);
        if (fd < 0 || last) {
            return fd;
        }
        cleanup_fd(&held);
        held = fd;
        at = next;
    }
    return -ENOENT;
}

/* Puts the link at text[at] in the place of its name; false: it is none, or leads nowhere good. */
static bool splice_link(const struct root *root, char text[PATH_MAX], size_t at) {
    char name[NAME_MAX + 1];
    char target[PATH_MAX];
    char rest[PATH_MAX];
    size_t stopped = 0;
    CLEANUP_FD int dir = at ? walk(root->fd, text, at, ROOT_DIR, &stopped) : -1;
    size_t len = name_at(text, at, name);
    ssize_t n = readlinkat(dir < 0 ? root->fd : dir, name, target, sizeof(target) - 1);
    if (n <= 0) {
        return false;
    }
    target[n] = '\0';
    (void)snprintf(rest, sizeof(rest), "%s", text + at + len);
    int put = target[0] == '/' ? snprintf(text, PATH_MAX, "%s%s", target, rest)
                               : snprintf(text + at, PATH_MAX - at, "%s%s", target, rest);
    return put > 0 && (size_t)put < PATH_MAX - (target[0] == '/' ? 0 : at);
}

/* What RESOLVE_IN_ROOT does, for links without "..". */
static int open_plain(const struct root *root, const char *path, int flags) {
    char text[PATH_MAX];
    if ((size_t)snprintf(text, sizeof(text), "%s", path) >= sizeof(text)) {
        return -ENAMETOOLONG;
    }
    for (int links = 0; links < LINKS_MAX; links++) {
        size_t at = 0;
        int fd = walk(root->fd, text, strlen(text), flags, &at);
        bool may_be_link = fd == -ELOOP || fd == -ENOTDIR;
        if (!may_be_link || !splice_link(root, text, at)) {
            return fd;
        }
    }
    return -ELOOP;
}

int root_open(const struct root *root, const char *path, int flags) {
    if (root->plain) {
        return open_plain(root, path, flags);
    }
    return open_2(root->fd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int root_open_below(const struct root *root, int dir, const char *path, int flags) {
    if (!strchr(path, '/')) { /* one name: cheaper, and the same */
        return strcmp(path, "..") == 0 ? -EXDEV : open_1(dir, path, flags);
    }
    if (root->plain) {
        size_t at = 0;
        return walk(dir, path, strlen(path), flags, &at);
    }
    return open_2(dir, path, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

DIR *root_list_below(const struct root *root, int dir, const char *path) {
    int fd = root_open_below(root, dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list && fd >= 0) {
        (void)close(fd);
    }
    return list;
}

void root_list_done(DIR **list) {
    if (*list) {
        (void)closedir(*list);
    }
}
