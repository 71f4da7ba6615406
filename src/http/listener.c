#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "http/bind.h"

#define URL_MAX 192
#define REST_MS 100

struct listener {
    struct listener *next;
    struct listener_events events;
    struct evconnlistener *ev;
    struct timer *rest;
    int spare_fd; /* given up for a moment when there is no other descriptor */
    char *path;   /* of a unix socket, or NULL */
    dev_t dev;
    ino_t ino;
    char url[URL_MAX];
};

static int open_spare(void) {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accepted(struct evconnlistener *ev, evutil_socket_t fd, struct sockaddr *peer, int len,
                     void *arg) {
    (void)ev;
    (void)len;
    struct listener *l = arg;
    l->events.on_accept(l->events.arg, fd, peer);
}

static void rested(void *arg) {
    struct listener *l = arg;
    if (l->spare_fd < 0) {
        l->spare_fd = open_spare();
    }
    (void)evconnlistener_enable(l->ev);
}

/* Out of descriptors (or memory): take one connection off the queue with the spare, or rest. */
static void accept_failed(struct evconnlistener *ev, void *arg) {
    struct listener *l = arg;
    if (l->spare_fd >= 0) {
        (void)close(take_fd(&l->spare_fd));
        int fd = accept4(evconnlistener_get_fd(ev), NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            (void)close(fd);
            l->events.on_drop(l->events.arg);
        }
        l->spare_fd = open_spare();
        if (fd >= 0 && l->spare_fd >= 0) {
            return;
        }
    }
    (void)evconnlistener_disable(ev);
    timer_after_ms(l->rest, REST_MS);
}

static void describe_tcp(struct listener *l, int fd) {
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof(at);
    (void)getsockname(fd, (struct sockaddr *)&at, &len);
    char host[INET6_ADDRSTRLEN] = "";
    if (at.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &at, sizeof(in6));
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
        (void)snprintf(l->url, sizeof(l->url), "%s://[%s]:%u", l->events.scheme, host,
                       ntohs(in6.sin6_port));
    } else {
        struct sockaddr_in in;
        memcpy(&in, &at, sizeof(in));
        (void)inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
        (void)snprintf(l->url, sizeof(l->url), "%s://%s:%u", l->events.scheme, host,
                       ntohs(in.sin_port));
    }
}

/* Remembers which file the socket is, so that a successor's is never removed. */
static bool describe_unix(struct listener *l, const char *path) {
    struct stat st = {0};
    (void)stat(path, &st);
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    l->path = strdup(path);
    (void)snprintf(l->url, sizeof(l->url), "unix://%s", path);
    return l->path != NULL;
}

static void listener_free(struct listener *l) {
    struct stat st;
    if (l->path && stat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino) {
        (void)unlink(l->path);
    }
    if (l->ev) {
        evconnlistener_free(l->ev);
    }
    timer_free(l->rest);
    if (l->spare_fd >= 0) {
        (void)close(l->spare_fd);
    }
    free(l->path);
    free(l);
}

/* Takes the listening socket over, also when it fails. */
static struct listener *listener_new(struct loop *loop, int fd, const char *path,
                                     const struct listener_events *events) {
    struct listener *l = calloc(1, sizeof(*l));
    if (!l) {
        (void)close(fd);
        return NULL;
    }
    l->events = *events;
    l->spare_fd = open_spare();
    l->rest = timer_new(loop, rested, l);
    if (path) {
        (void)describe_unix(l, path);
    } else {
        describe_tcp(l, fd);
    }
    l->ev = evconnlistener_new(loop_base(loop), accepted, l,
                               LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!l->ev) {
        (void)close(fd);
    }
    if (!l->ev || !l->rest || (path && !l->path)) {
        listener_free(l);
        return NULL;
    }
    evconnlistener_set_error_cb(l->ev, accept_failed);
    return l;
}

int listener_open(struct loop *loop, const char *address, const struct listener_events *events,
                  struct listener **list, struct err *err) {
    int fds[BIND_MAX_SOCKETS];
    size_t n = 1;
    const char *path = bind_unix_path(address);
    int rc = path ? bind_unix(path, &fds[0], err) : bind_tcp(address, fds, &n, err);
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        struct listener *l = listener_new(loop, fds[i], path, events);
        if (l) {
            l->next = *list;
            *list = l;
        } else {
            rc = err_sys(err, -ENOMEM, "%s", address);
        }
    }
    return rc;
}

void listener_free_all(struct listener *list) {
    while (list) {
        struct listener *next = list->next;
        listener_free(list);
        list = next;
    }
}

struct listener *listener_next(const struct listener *l) {
    return l->next;
}

const char *listener_url(const struct listener *l) {
    return l->url;
}
