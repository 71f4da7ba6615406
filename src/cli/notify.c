#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define US_PER_MS 1000
/* What a signal cuts short is a try, too. */
#define SEND_TRIES 3
#define SEND_WAIT_US 300000

/* The socket's address; a name with '@' in front is an abstract one. 0: there is none to use. */
static socklen_t manager_address(struct sockaddr_un *ret) {
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    if (len == 0 || len >= sizeof(ret->sun_path) || (path[0] != '/' && path[0] != '@')) {
        return 0;
    }
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path, path, len);
    if (path[0] == '@') {
        ret->sun_path[0] = '\0';
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* Whether a job of the manager ends with it, and else only when its time is over. */
static bool is_awaited(const char *state) {
    return str_starts(str_of(state), STR("READY=")) || str_starts(str_of(state), STR("RELOADING="));
}

void notify_send(const char *state) {
    const struct timeval wait = {.tv_usec = SEND_WAIT_US};
    struct sockaddr_un address;
    socklen_t len = manager_address(&address);
    int fd CLEANUP_FD = len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0) {
        return;
    }
    int flags = is_awaited(state) ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT;
    int tries = is_awaited(state) ? SEND_TRIES : 1;
    ssize_t n = -1;
    do {
        n = sendto(fd, state, strlen(state), flags, (const struct sockaddr *)&address, len);
    } while (n < 0 && (errno == EAGAIN || errno == EINTR) && --tries > 0);
}

int64_t notify_watchdog_ms(void) {
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    uint64_t interval = 0;
    uint64_t watched = 0;
    bool ours = !pid || (str_to_u64(str_of(pid), &watched) && watched == (uint64_t)getpid());
    if (!usec || !ours || !str_to_u64(str_of(usec), &interval) || interval > INT64_MAX) {
        return 0;
    }
    /* Below 2 ms this is 0, on purpose: reading the kernel alone takes the loop 5 ms at a time, so
       no such watch could be kept, and trying would only burn a core until the manager's kill. */
    return (int64_t)(interval / US_PER_MS / 2);
}
