/*
 * The bare client that a scrape is compared with: the same requests, as many at once as asked,
 * nothing decoded. Usage: bare SOCKET PARALLEL < targets (one a line). Prints milliseconds.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TARGETS_MAX 20000
#define TARGET_LEN 160

static char targets[TARGETS_MAX][TARGET_LEN];
static struct pollfd polls[TARGETS_MAX];

static double now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A connection with its request sent, or -1. A full backlog blocks until there is room. */
static int request(const char *path, const char *target) {
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char text[256];
    (void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(text, sizeof(text),
                       "GET %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n", target);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        write(fd, text, (size_t)len) != len) {
        perror(path);
        return -1;
    }
    return fd;
}

/* Reads what is there; false at the end of the answer. */
static bool drain(int fd) {
    static char sink[65536];
    return read(fd, sink, sizeof(sink)) > 0;
}

static int run(const char *path, size_t n, size_t parallel) {
    size_t next = 0;
    size_t open = 0;
    while (next < n || open > 0) {
        while (open < parallel && next < n) {
            polls[open].fd = request(path, targets[next++]);
            polls[open].events = POLLIN;
            if (polls[open++].fd < 0) {
                return 1;
            }
        }
        if (poll(polls, open, -1) < 0) {
            return 1;
        }
        for (size_t i = open; i-- > 0;) {
            if (polls[i].revents && !drain(polls[i].fd)) {
                (void)close(polls[i].fd);
                polls[i] = polls[--open];
            }
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        (void)fputs("usage: bare SOCKET PARALLEL < targets\n", stderr);
        return 2;
    }
    size_t n = 0;
    while (n < TARGETS_MAX && fgets(targets[n], sizeof(targets[n]), stdin)) {
        targets[n][strcspn(targets[n], "\n")] = '\0';
        n++;
    }
    double start = now_ms();
    int status = run(argv[1], n, (size_t)strtoul(argv[2], NULL, 10));
    (void)printf("%.2f\n", now_ms() - start);
    return status;
}
