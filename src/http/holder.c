#include "http/holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"

#define STATE_LISTEN "0A"
#define COLUMN_LOCAL 1
#define COLUMN_STATE 3
#define COLUMN_INODE 9
#define COLUMNS 10
#define LINK_MAX_BYTES 64

static void close_dir(DIR **dir) {
    if (*dir) {
        (void)closedir(*dir);
    }
}

static void close_file(FILE **file) {
    if (*file) {
        (void)fclose(*file);
    }
}

bool holder_parse_line(struct str line, uint16_t port, uint64_t *ret_inode) {
    struct str column[COLUMNS];
    size_t n = 0;
    struct str word;
    while (n < COLUMNS && str_split(&line, ' ', &word)) {
        if (word.len) {
            column[n] = word;
            n++;
        }
    }
    if (n < COLUMNS || !str_eq(column[COLUMN_STATE], STR(STATE_LISTEN))) {
        return false;
    }
    char suffix[8];
    (void)snprintf(suffix, sizeof(suffix), ":%04X", port);
    return str_ends(column[COLUMN_LOCAL], str_of(suffix)) &&
           str_to_u64(column[COLUMN_INODE], ret_inode);
}

static bool find_inode(const char *table, uint16_t port, uint64_t *ret_inode) {
    FILE *file CLEANUP(close_file) = fopen(table, "re");
    char line[512];
    while (file && fgets(line, sizeof(line), file)) {
        if (holder_parse_line(str_of(line), port, ret_inode)) {
            return true;
        }
    }
    return false;
}

/* True when one of the process's descriptors is that socket. */
static bool has_socket(const char *pid, const char *wanted) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *dir CLEANUP(close_dir) = opendir(path);
    if (!dir) {
        return false;
    }
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        char link[LINK_MAX_BYTES];
        ssize_t len = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
        if (len > 0) {
            link[len] = '\0';
            if (strcmp(link, wanted) == 0) {
                return true;
            }
        }
    }
    return false;
}

bool holder_of_pid(pid_t pid, struct holder *ret) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    int fd CLEANUP_FD = open(path, O_RDONLY | O_CLOEXEC);
    char name[HOLDER_NAME_MAX];
    ssize_t len = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);
    if (len <= 0) {
        return false;
    }
    name[len] = '\0';
    name[strcspn(name, "\n")] = '\0';
    memcpy(ret->name, name, sizeof(name));
    ret->pid = pid;
    return true;
}

bool holder_find(uint16_t port, struct holder *ret) {
    uint64_t inode = 0;
    if (!find_inode("/proc/net/tcp", port, &inode) && !find_inode("/proc/net/tcp6", port, &inode)) {
        return false;
    }
    char wanted[LINK_MAX_BYTES];
    (void)snprintf(wanted, sizeof(wanted), "socket:[%llu]", (unsigned long long)inode);
    DIR *proc CLEANUP(close_dir) = opendir("/proc");
    if (!proc) {
        return false;
    }
    for (struct dirent *e = readdir(proc); e; e = readdir(proc)) {
        uint64_t pid = 0;
        if (str_to_u64(str_of(e->d_name), &pid) && has_socket(e->d_name, wanted)) {
            return holder_of_pid((pid_t)pid, ret);
        }
    }
    return false;
}
