#include "cli/beside.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define FILE_MAX ((size_t)128 * 1024)
#define READ_BYTES 4096

/* All of it, or nothing: half of a flag would be another one. */
static struct str read_all(const char *path, struct buf *text) {
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    text->max = FILE_MAX;
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0) {
        char *to = buf_reserve(text, READ_BYTES);
        n = to ? read(fd, to, READ_BYTES) : -1;
        text->len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        buf_reset(text);
    }
    return (struct str){.ptr = text->data, .len = text->len};
}

static bool next_word(struct str *rest, struct str *ret_word) {
    return rest->len && str_split(rest, '\0', ret_word);
}

/* "dockmeter" in any folder; a file of a release has version and architecture behind that. */
static bool is_dockmeter(struct str word) {
    const char *slash = word.len ? memrchr(word.ptr, '/', word.len) : NULL;
    size_t from = slash ? (size_t)(slash - word.ptr) + 1 : 0;
    return str_starts(str_sub(word, from, word.len - from), STR("dockmeter"));
}

/* Moves *rest behind the program's name, and behind an init in front of it. */
static bool skip_program(struct str *rest, bool *ret_init) {
    struct str word = STR("");
    bool found = next_word(rest, &word) && is_dockmeter(word);
    *ret_init = !found && next_word(rest, &word) && str_eq(word, STR("--"));
    return found || (*ret_init && next_word(rest, &word) && is_dockmeter(word));
}

/* Moves *rest behind the command's name; false for another command than the server. */
static bool skip_command(struct str *rest) {
    struct str behind = *rest;
    struct str word = STR("-");
    (void)next_word(&behind, &word);
    bool flag = str_starts(word, STR("-"));
    *rest = flag ? *rest : behind;
    return flag || str_eq(word, STR("serve"));
}

/* Whether the command line is a server's, behind an init or without; moves *rest to its flags. */
static bool is_server(struct str *rest, bool *ret_init) {
    return skip_program(rest, ret_init) && skip_command(rest);
}

/* Process 1's; empty when this is it. */
static struct str read_cmdline(struct buf *text) {
    return getpid() != 1 ? read_all("/proc/1/cmdline", text) : STR("");
}

struct beside beside_parse(struct str cmdline, struct arena *arena) {
    struct str rest = cmdline;
    struct str word = STR("");
    bool init = false;
    if (!is_server(&rest, &init)) {
        return (struct beside){.n = 0};
    }
    size_t n = 0;
    const char **flags = arena_array(arena, rest.len + 1, sizeof(*flags));
    while (flags && next_word(&rest, &word)) {
        flags[n++] = arena_str(arena, word).ptr;
    }
    return arena_failed(arena) ? (struct beside){.n = 0} : (struct beside){.flags = flags, .n = n};
}

struct beside beside_choose(const char *const *args, size_t n, struct arena *arena) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    if (n > 0) {
        return (struct beside){.flags = args, .n = n};
    }
    return beside_parse(read_cmdline(&text), arena);
}

/* Whether the number is one of a line of /proc/PID/status. */
static bool status_has(struct str status, const char *line, char sep, uint64_t number) {
    size_t at = str_search(status, str_of(line));
    size_t from = at + strlen(line);
    struct str part = STR("");
    if (at == SIZE_MAX) {
        return false;
    }
    struct str rest = str_sub(status, from, str_find(status, '\n', from) - from);
    while (str_split(&rest, sep, &part)) {
        uint64_t found = 0;
        if (str_to_u64(str_trim(part), &found) && found == number) {
            return true;
        }
    }
    return false;
}

bool beside_may_write(struct str status, const struct stat *file) {
    if (status_has(status, "\nUid:\t", '\t', 0)) {
        return true;
    }
    if (status_has(status, "\nUid:\t", '\t', file->st_uid)) {
        return (file->st_mode & S_IWUSR) != 0;
    }
    bool member = status_has(status, "\nGid:\t", '\t', file->st_gid) ||
                  status_has(status, "\nGroups:\t", ' ', file->st_gid);
    return (file->st_mode & (member ? S_IWGRP : S_IWOTH)) != 0;
}

/* Of the server: process 1, or the oldest child of the init that is process 1. */
static struct str read_status(bool init, struct buf *text) {
    struct buf children CLEANUP_BUF = BUF_INIT;
    char path[64];
    struct str rest = init ? read_all("/proc/1/task/1/children", &children) : STR("1");
    struct str pid = STR("");
    if (!str_split(&rest, ' ', &pid) || pid.len == 0) {
        return STR("");
    }
    (void)snprintf(path, sizeof(path), "/proc/%.*s/status", STR_ARG(pid));
    return read_all(path, text);
}

bool beside_is_refused(const struct stat *file) {
    struct buf cmdline CLEANUP_BUF = BUF_INIT;
    struct buf status CLEANUP_BUF = BUF_INIT;
    struct buf own CLEANUP_BUF = BUF_INIT;
    struct str rest = read_cmdline(&cmdline);
    bool init = false;
    if (!is_server(&rest, &init)) {
        return false;
    }
    struct str server = read_status(init, &status);
    return server.len > 0 && !beside_may_write(server, file) &&
           beside_may_write(read_all("/proc/self/status", &own), file);
}
