/*
 * What it costs to read files in each of three ways: by their whole path, below a directory that is
 * held open, and held open themselves; in time, and in kernel memory, which the caller looks up.
 *
 *   read LIST ROUNDS
 *
 * LIST is a file with a path on each line. Prints "start 0 0", and for each way its name, the
 * microseconds that all files take (the median of the rounds), and how many descriptors it holds;
 * after each line, with these held, it waits for a line of its standard input.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "reading.h"

#define FILES_MAX 100000
#define ROUNDS_MAX 1001
#define PATH_MAX_BYTES 4096

struct file {
    char *path;
    char *name; /* its last component */
    int fd;
};

static struct file files[FILES_MAX];
static size_t n_files;

static void read_opened(int fd) {
    read_whole(fd);
    (void)close(fd);
}

static void by_path(const struct file *file) {
    read_opened(open(file->path, O_RDONLY | O_CLOEXEC));
}

static void below(const struct file *file) {
    read_opened(openat(file->fd, file->name, O_RDONLY | O_CLOEXEC));
}

static void held(const struct file *file) {
    read_whole(file->fd);
}

static size_t hold_nothing(void) {
    return 0;
}

/* One descriptor for each directory; its files are together in the list. */
static size_t hold_directories(void) {
    size_t n = 0;
    size_t len = 0;
    for (size_t i = 0; i < n_files; i++) {
        struct file *f = &files[i];
        size_t before = len;
        len = (size_t)(f->name - f->path);
        if (i > 0 && before == len && strncmp(f->path, files[i - 1].path, len) == 0) {
            f->fd = files[i - 1].fd;
            continue;
        }
        f->name[-1] = '\0';
        f->fd = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        f->name[-1] = '/';
        n++;
    }
    return n;
}

static size_t hold_files(void) {
    for (size_t i = 0; i < n_files; i++) {
        files[i].fd = open(files[i].path, O_RDONLY | O_CLOEXEC);
        read_whole(files[i].fd);
    }
    return n_files;
}

static void close_all(void) {
    for (size_t i = 0; i < n_files; i++) {
        if (files[i].fd >= 0 && (i == 0 || files[i].fd != files[i - 1].fd)) {
            (void)close(files[i].fd);
        }
    }
    for (size_t i = 0; i < n_files; i++) {
        files[i].fd = -1;
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_us(void (*one)(const struct file *file), size_t rounds) {
    static double took[ROUNDS_MAX];
    for (size_t r = 0; r < rounds; r++) {
        double start = now_us();
        for (size_t i = 0; i < n_files; i++) {
            one(&files[i]);
        }
        took[r] = now_us() - start;
    }
    qsort(took, rounds, sizeof(took[0]), by_value);
    return took[rounds / 2];
}

static void tell(const char *name, double us, size_t descriptors) {
    char line[16];
    (void)printf("%s %.1f %zu\n", name, us, descriptors);
    (void)fflush(stdout);
    if (!fgets(line, sizeof(line), stdin)) {
        exit(1);
    }
}

static void load(const char *path) {
    static char line[PATH_MAX_BYTES];
    FILE *list = fopen(path, "re");
    while (list && n_files < FILES_MAX && fgets(line, sizeof(line), list)) {
        line[strcspn(line, "\n")] = '\0';
        struct file *f = &files[n_files++];
        f->path = strdup(line);
        f->name = strrchr(f->path, '/') + 1;
        f->fd = -1;
        by_path(f);
    }
    if (!list || fclose(list) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        size_t (*hold)(void);
        void (*one)(const struct file *file);
    } ways[] = {{"path", hold_nothing, by_path},
                {"below", hold_directories, below},
                {"held", hold_files, held}};
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fputs("usage: read LIST ROUNDS\n", stderr);
        return 2;
    }
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    load(argv[1]);
    tell("start", 0, 0);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        size_t descriptors = ways[i].hold();
        tell(ways[i].name, median_us(ways[i].one, rounds), descriptors);
        close_all();
    }
    return 0;
}
