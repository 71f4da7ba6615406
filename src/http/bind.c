#include "http/bind.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "http/holder.h"

#define BACKLOG 511
#define HOST_MAX 254
#define PORT_MAX 65535
#define UNIX_MODE 0660

struct host_port {
    char host[HOST_MAX];
    char port[8];
    uint16_t number;
    bool any; /* no host given: IPv6 and IPv4 together */
};

const char *bind_unix_path(const char *address) {
    static const char prefix[] = "unix://";
    size_t len = sizeof(prefix) - 1;
    return strncmp(address, prefix, len) == 0 ? address + len : NULL;
}

static int parse(const char *address, struct host_port *ret, struct err *err) {
    const char *colon = strrchr(address, ':');
    uint64_t port = 0;
    if (!colon || !str_to_u64(str_of(colon + 1), &port) || port > PORT_MAX) {
        return err_set(err, -EINVAL,
                       "%s: not an address to listen on; write host:port, :port, "
                       "[::1]:port or unix:///path",
                       address);
    }
    struct str host = {.ptr = address, .len = (size_t)(colon - address)};
    bool bracketed = host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (bracketed) {
        host = str_sub(host, 1, host.len - 2);
    }
    if (host.len >= HOST_MAX || (!bracketed && str_find(host, ':', 0) < host.len)) {
        return err_set(err, -EINVAL, "%s: an IPv6 address stands in brackets: [::1]:%u", address,
                       (unsigned)port);
    }
    *ret = (struct host_port){.number = (uint16_t)port, .any = colon == address};
    memcpy(ret->host, host.ptr, host.len);
    (void)snprintf(ret->port, sizeof(ret->port), "%u", (unsigned)port);
    return 0;
}

/* Why bind or listen failed, with the remedy where there is one. */
static int tell(const char *address, uint16_t port, int code, struct err *err) {
    struct holder who;
    if (code == -EADDRINUSE && holder_find(port, &who)) {
        return err_set(err, code, "%s: port %u is taken by %s (pid %d)", address, port, who.name,
                       (int)who.pid);
    }
    if (code == -EADDRINUSE) {
        return err_set(err, code, "%s: port %u is taken; see it with: ss -ltnp 'sport = :%u'",
                       address, port, port);
    }
    if (code == -EACCES) {
        return err_sys(err, code, "%s: ports below 1024 need CAP_NET_BIND_SERVICE", address);
    }
    return err_sys(err, code, "%s", address);
}

/* A listening socket on one address; a negative errno when not. */
static int open_one(const struct addrinfo *ai, bool dual) {
    int fd CLEANUP_FD = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    int one = 1;
    int only_v6 = !dual;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (ai->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
    }
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        return -errno;
    }
    return take_fd(&fd);
}

/* A static C library must not load the modules that a host's nsswitch.conf may name. */
static void use_own_resolver(void) {
#ifdef DOCKMETER_STATIC
    (void)__nss_configure_lookup("hosts", "files dns");
#endif
}

static int resolve(const char *address, const struct host_port *hp, struct addrinfo **ret,
                   struct err *err) {
    use_own_resolver();
    struct addrinfo hints = {
        .ai_family = hp->any ? AF_INET6 : AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    int rc = getaddrinfo(hp->any ? "::" : hp->host, hp->port, &hints, ret);
    if (rc != 0) {
        return err_set(err, -EINVAL, "%s: %s", address, gai_strerror(rc));
    }
    return 0;
}

static bool no_ipv6(int code) {
    return code == -EAFNOSUPPORT || code == -EADDRNOTAVAIL;
}

/* All of IPv4, for machines without IPv6. */
static int open_any_v4(uint16_t port) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct addrinfo ai = {
        .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&in, .ai_addrlen = sizeof(in)};
    return open_one(&ai, false);
}

int bind_tcp(const char *address, int fds[BIND_MAX_SOCKETS], size_t *ret_n, struct err *err) {
    struct host_port hp = {.any = false};
    struct addrinfo *found = NULL;
    int rc = parse(address, &hp, err);
    if (rc == 0) {
        rc = resolve(address, &hp, &found, err);
    }
    if (rc < 0) {
        return rc;
    }
    size_t n = 0;
    int last = -EADDRNOTAVAIL;
    bool failed = false;
    for (const struct addrinfo *ai = found; ai && n < BIND_MAX_SOCKETS && !failed;
         ai = ai->ai_next) {
        int fd = open_one(ai, hp.any);
        if (fd < 0 && hp.any && no_ipv6(fd)) {
            fd = open_any_v4(hp.number);
        }
        if (fd >= 0) {
            fds[n] = fd;
            n++;
        } else {
            /* "localhost" names ::1 on machines without IPv6, too: one address is enough then. */
            last = fd;
            failed = !no_ipv6(fd);
        }
    }
    freeaddrinfo(found);
    if (n > 0 && !failed) {
        *ret_n = n;
        return 0;
    }
    while (n > 0) {
        n--;
        (void)close(fds[n]);
    }
    return tell(address, hp.number, last, err);
}

/* Somebody answers there, or it is no socket: then it is not ours to remove. */
static int remove_stale(const struct sockaddr_un *un, struct err *err) {
    struct stat st;
    if (lstat(un->sun_path, &st) < 0) {
        return err_sys(err, -errno, "%s", un->sun_path);
    }
    if (!S_ISSOCK(st.st_mode)) {
        return err_set(err, -EEXIST, "%s exists and is not a socket", un->sun_path);
    }
    int fd CLEANUP_FD = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int refused = fd < 0 ? -errno : 0;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0) {
        refused = -errno;
    }
    struct ucred peer;
    socklen_t len = sizeof(peer);
    struct holder who;
    if (refused == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
        holder_of_pid(peer.pid, &who)) {
        return err_set(err, -EADDRINUSE, "%s is taken by %s (pid %d)", un->sun_path, who.name,
                       (int)who.pid);
    }
    if (refused != -ECONNREFUSED) {
        return err_set(err, -EADDRINUSE, "%s is taken; see it with: ss -lxp", un->sun_path);
    }
    return unlink(un->sun_path) < 0 ? err_sys(err, -errno, "%s", un->sun_path) : 0;
}

int bind_unix(const char *path, int *ret_fd, struct err *err) {
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (path[0] != '/' || len >= sizeof(un.sun_path)) {
        return err_set(err, -EINVAL,
                       "unix://%s: the path must begin with / and be at most %zu long", path,
                       sizeof(un.sun_path) - 1);
    }
    memcpy(un.sun_path, path, len);
    int fd CLEANUP_FD = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return err_sys(err, -errno, "unix://%s", path);
    }
    int rc = bind(fd, (const struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
    if (rc == -EADDRINUSE) {
        rc = remove_stale(&un, err);
        if (rc < 0) {
            return rc;
        }
        rc = bind(fd, (const struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
    }
    /* Until listen() nobody can connect, so the mode is never too wide for anyone. */
    if (rc == 0 && (chmod(path, UNIX_MODE) < 0 || listen(fd, BACKLOG) < 0)) {
        rc = -errno;
    }
    if (rc < 0) {
        return err_sys(err, rc, "unix://%s", path);
    }
    *ret_fd = take_fd(&fd);
    return 0;
}
