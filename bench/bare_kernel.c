/*
 * The bare loop that a scrape of the kernel's files is compared with, and the client of both: one
 * clock, in turns. Each round asks for a page over one kept connection, blocking, and then reads
 * the very same files in the same way: those that are held open by pread, the others by open, read
 * and close below a directory that is held. Nothing is parsed.
 *
 *   bare_kernel PORT ROUNDS PAUSE_MS < list     PORT 0: no page
 *
 * The list is what one scrape did, in its order, a line each:
 *   held PATH              pread
 *   file DIRECTORY NAME    open, read, close
 *   dir DIRECTORY NAME     open, close
 * Prints a line for each round: microseconds of the scrape, of the loop, bytes of the page.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reading.h"

#define STEPS_MAX 400000
#define DIRS_MAX 40000
#define LINE_MAX_BYTES 4096
#define REQUEST                                                                                    \
    "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Prometheus-Scrape-Timeout-Seconds: 60\r\n\r\n"

struct step {
    int fd;     /* of the file, or of the directory */
    char *name; /* NULL: the file is held */
    int flags;
};

struct directory {
    char *path;
    int fd;
};

static struct step steps[STEPS_MAX];
static size_t n_steps;
static struct directory dirs[DIRS_MAX];
static size_t n_dirs;

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* The list has the files of a directory together, so the last ones are looked at first. */
static int directory(const char *path) {
    for (size_t i = n_dirs; i-- > 0;) {
        if (strcmp(dirs[i].path, path) == 0) {
            return dirs[i].fd;
        }
    }
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || n_dirs == DIRS_MAX) {
        die(path);
    }
    dirs[n_dirs++] = (struct directory){.path = strdup(path), .fd = fd};
    return fd;
}

static void take_line(char *line) {
    char *rest = NULL;
    const char *what = strtok_r(line, " \n", &rest);
    const char *path = strtok_r(NULL, " \n", &rest);
    const char *name = strtok_r(NULL, " \n", &rest);
    if (!what || !path || n_steps == STEPS_MAX) {
        die("list");
    }
    struct step *s = &steps[n_steps++];
    if (strcmp(what, "held") == 0) {
        *s = (struct step){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    } else {
        int flags = strcmp(what, "dir") == 0 ? O_PATH | O_DIRECTORY : O_RDONLY;
        *s = (struct step){.fd = directory(path), .name = strdup(name), .flags = flags | O_CLOEXEC};
    }
    if (s->fd < 0) {
        die(path);
    }
}

static double loop_us(void) {
    double start = now_us();
    for (size_t i = 0; i < n_steps; i++) {
        const struct step *s = &steps[i];
        if (!s->name) {
            read_whole(s->fd);
            continue;
        }
        int fd = openat(s->fd, s->name, s->flags);
        if (!(s->flags & O_PATH)) {
            read_whole(fd);
        }
        (void)close(fd);
    }
    return now_us() - start;
}

static int connect_to(unsigned short port) {
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0) {
        die("connect");
    }
    return fd;
}

/* How long the answer is, head and body; 0: its head is not complete. */
static size_t answer_len(const char *head, size_t *ret_body) {
    const char *end = strstr(head, "\r\n\r\n");
    const char *length = strcasestr(head, "\r\ncontent-length:");
    if (!end) {
        return 0;
    }
    if (strncmp(head, "HTTP/1.1 200", 12) != 0 || !length || length > end) {
        (void)fprintf(stderr, "%.400s\n", head);
        exit(1);
    }
    *ret_body = strtoul(length + 17, NULL, 10);
    return (size_t)(end + 4 - head) + *ret_body;
}

/* One page, read to its end. */
static double scrape_us(int fd, size_t *ret_body) {
    static char to[1 << 20];
    double start = now_us();
    if (write(fd, REQUEST, strlen(REQUEST)) != (ssize_t)strlen(REQUEST)) {
        die("write");
    }
    size_t len = 0;
    size_t want = 0;
    while (want == 0 || len < want) {
        size_t at = want ? 0 : len; /* the body goes over itself */
        ssize_t n = read(fd, to + at, sizeof(to) - at - 1);
        if (n <= 0) {
            die("read");
        }
        len += (size_t)n;
        if (want == 0) {
            to[len] = '\0';
            want = answer_len(to, ret_body);
        }
    }
    return now_us() - start;
}

int main(int argc, char **argv) {
    static char line[LINE_MAX_BYTES];
    if (argc != 4) {
        (void)fputs("usage: bare_kernel PORT ROUNDS PAUSE_MS < list\n", stderr);
        return 2;
    }
    struct rlimit files;
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    while (fgets(line, sizeof(line), stdin)) {
        take_line(line);
    }
    unsigned short port = (unsigned short)strtoul(argv[1], NULL, 10);
    unsigned long rounds = strtoul(argv[2], NULL, 10);
    long pause_ms = strtol(argv[3], NULL, 10);
    const struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};
    int fd = port ? connect_to(port) : -1;
    size_t body = 0;
    for (unsigned long i = 0; i < rounds; i++) {
        (void)nanosleep(&pause, NULL);
        double scrape = port ? scrape_us(fd, &body) : 0;
        (void)nanosleep(&pause, NULL);
        (void)printf("%.1f %.1f %zu\n", scrape, loop_us(), body);
    }
    return 0;
}
