/*
 * How long a server takes from its exec() to its first answered scrape.
 *
 * Usage: start PORT PROGRAM ARGUMENT…; prints milliseconds to the first accepted connection, to the
 * end of the first answer to GET /metrics, and the answer's bytes. The program is ended with
 * SIGTERM.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US 100
#define TRIES_MAX 100000

static const char request[] = "GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

static double now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms_of(struct timeval t) {
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

/* A connection as soon as there can be one, or -1. */
static int reach(unsigned port) {
    const struct sockaddr_in addr = {.sin_family = AF_INET,
                                     .sin_port = htons((unsigned short)port),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < TRIES_MAX; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0) {
            return fd;
        }
        (void)close(fd);
        (void)usleep(PAUSE_US);
    }
    return -1;
}

/* Bytes of the answer, read to its end; 0 unless its status is 200. */
static size_t scrape(int fd) {
    static char answer[65536];
    size_t size = 0;
    ssize_t n = write(fd, request, sizeof(request) - 1);
    while (n > 0 && (n = read(fd, answer, sizeof(answer))) > 0) {
        if (size == 0 && strncmp(answer, "HTTP/1.1 200", 12) != 0) {
            return 0;
        }
        size += (size_t)n;
    }
    return size;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        (void)fputs("usage: start PORT PROGRAM ARGUMENT...\n", stderr);
        return 2;
    }
    double start = now_ms();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)execv(argv[2], argv + 2);
        _exit(127);
    }
    int fd = reach((unsigned)strtoul(argv[1], NULL, 10));
    double reached = now_ms() - start;
    size_t size = fd < 0 ? 0 : scrape(fd);
    double answered = now_ms() - start;
    (void)close(fd);
    (void)kill(pid, SIGTERM);
    struct rusage spent = {.ru_maxrss = 0};
    (void)wait4(pid, NULL, 0, &spent);
    (void)printf("%.3f %.3f %.3f %zu\n", reached, answered,
                 ms_of(spent.ru_utime) + ms_of(spent.ru_stime), size);
    return size ? 0 : 1;
}
