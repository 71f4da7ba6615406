#include "cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

struct tty {
    struct loop *loop;
    int fd;
    struct buf out; /* what was put … */
    size_t sent;    /* … and how much of it was taken */
    struct watch *room;
    void (*taken)(void *arg);
    void *arg;
};

/* Whether both are the same terminal. */
static bool is_same(int fd, int other_fd) {
    unsigned device = 0;
    unsigned other = 0;
    return ioctl(fd, TIOCGDEV, &device) == 0 && ioctl(other_fd, TIOCGDEV, &other) == 0 &&
           device == other;
}

/* The terminal behind a standard descriptor, opened for ourselves; -1: not to be had. The second
   place is open to whoever controls it, whomever it belongs to. */
static int open_own(int standard, const char *path, int mode) {
    const char *const places[] = {path, "/dev/tty"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int fd CLEANUP_FD = open(places[i], mode | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && is_same(fd, standard)) {
            return take_fd(&fd);
        }
    }
    return -1;
}

static int open_output(void) {
    return open_own(STDOUT_FILENO, "/proc/self/fd/1", O_WRONLY);
}

int tty_open_input(void) {
    return open_own(STDIN_FILENO, "/proc/self/fd/0", O_RDONLY);
}

int tty_new(struct loop *loop, void (*taken)(void *arg), void *arg, struct tty **ret,
            struct err *err) {
    struct tty *tty = calloc(1, sizeof(*tty));
    if (!tty) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *tty = (struct tty){.loop = loop, .fd = open_output(), .taken = taken, .arg = arg};
    *ret = tty;
    return 0;
}

/* Forgets what waits. */
static void drop(struct tty *tty) {
    watch_free(tty->room);
    tty->room = NULL;
    tty->sent = 0;
    buf_reset(&tty->out);
}

void tty_free(struct tty *tty) {
    if (tty) {
        drop(tty);
        buf_done(&tty->out);
        if (tty->fd >= 0) {
            (void)close(tty->fd);
        }
        free(tty);
    }
}

static bool waits(const struct tty *tty) {
    return tty->sent < tty->out.len;
}

static int output(const struct tty *tty) {
    return tty->fd >= 0 ? tty->fd : STDOUT_FILENO;
}

/* As much as is taken now. */
static void push(struct tty *tty) {
    while (waits(tty)) {
        ssize_t n = write(output(tty), tty->out.data + tty->sent, tty->out.len - tty->sent);
        if (n == 0 || (n < 0 && errno == EAGAIN)) {
            return;
        }
        if (n < 0 && errno != EINTR) {
            break;
        }
        tty->sent += n > 0 ? (size_t)n : 0;
    }
    drop(tty);
}

bool tty_idle(struct tty *tty) {
    push(tty);
    return !waits(tty);
}

static void on_room(void *arg) {
    struct tty *tty = arg;
    if (tty_idle(tty)) {
        tty->taken(tty->arg);
    }
}

void tty_put(struct tty *tty, struct str bytes) {
    drop(tty);
    buf_str(&tty->out, bytes);
    if (!tty_idle(tty)) {
        tty->room = watch_new(tty->loop, output(tty), WATCH_WRITE, on_room, tty);
    }
}

/* Ctrl-S holds as long as the terminal minds it (IXON); TCOON is for one stopped by a program. In
   the background the terminal is somebody else's, and all this would stop us. */
static void start_again(int fd) {
    struct termios before;
    pid_t group = tcgetpgrp(fd);
    if (group >= 0 && group != getpgrp()) {
        return;
    }
    (void)tcflush(fd, TCOFLUSH);
    (void)tcflow(fd, TCOON);
    if (tcgetattr(fd, &before) == 0 && (before.c_iflag & IXON) != 0) {
        struct termios minding = before;
        minding.c_iflag &= (tcflag_t)~IXON;
        (void)tcsetattr(fd, TCSANOW, &minding);
        (void)tcsetattr(fd, TCSANOW, &before);
    }
}

void tty_put_last(struct tty *tty, struct str bytes) {
    drop(tty);
    buf_str(&tty->out, bytes);
    if (!tty_idle(tty)) {
        start_again(output(tty));
        tty->sent = 0; /* a part that was taken may have been thrown away */
        push(tty);
        drop(tty);
    }
}
