#include "cli/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/tty.h"

#define WIDTH_USUAL 80
#define HEIGHT_USUAL 24
#define TYPED_MAX 256
#define LOOK_MS 200

/* Alternate screen, no cursor, no wrapping at the right edge; and all of it back again. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

enum place {
    LEFT,   /* the terminal is as it was found */
    BEHIND, /* entered, and another's since */
    FRONT,  /* entered, and its keys are read */
};

struct screen {
    struct loop *loop;
    struct screen_calls calls;
    enum place place;
    int input;             /* where keys are read; -1: standard input is no terminal */
    struct watch *keys;    /* NULL unless FRONT */
    struct termios before; /* of the input, when it was entered */
    struct timer *look;    /* whether the terminal is ours again, of which no signal need tell */
    struct tty *output;
    bool stale; /* a picture was not drawn, since the one before it still waits */
    struct buf picture;
};

bool screen_possible(void) {
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

/* Whether the terminal is not the shell's or another job's just now: to change its modes or to read
   its keys then would stop us. */
static bool in_foreground(void) {
    pid_t group = tcgetpgrp(STDOUT_FILENO); /* -1: no shell controls it */
    return group < 0 || group == getpgrp();
}

/* Keys come one by one and unseen; Ctrl-C and Ctrl-Z stay signals, Ctrl-S must not stop us. */
static void set_modes(struct screen *screen) {
    if (screen->place == LEFT) {
        (void)tcgetattr(screen->input, &screen->before);
    }
    struct termios raw = screen->before;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    raw.c_iflag &= (tcflag_t)~IXON;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    (void)tcsetattr(screen->input, TCSANOW, &raw);
}

/* The terminal is another's now. */
static void step_back(struct screen *screen) {
    watch_free(screen->keys);
    screen->keys = NULL;
    screen->place = screen->place == FRONT ? BEHIND : screen->place;
}

/* The same until it is ours again: a shell that brings a running job to the front sends nothing. */
static void wait_behind(struct screen *screen) {
    step_back(screen);
    timer_after_ms(screen->look, LOOK_MS);
}

static void on_look(void *arg) {
    struct screen *screen = arg;
    if (in_foreground()) {
        screen->calls.redraw(screen->calls.arg);
    } else {
        timer_after_ms(screen->look, LOOK_MS);
    }
}

/* That the terminal became another's meanwhile, no signal has told. */
static void on_typed(void *arg) {
    struct screen *screen = arg;
    char bytes[TYPED_MAX];
    if (!in_foreground()) {
        wait_behind(screen);
        return;
    }
    ssize_t n = read(screen->input, bytes, sizeof(bytes));
    if (n > 0) {
        screen->calls.typed(screen->calls.arg, (struct str){.ptr = bytes, .len = (size_t)n});
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        screen->calls.gone(screen->calls.arg);
    }
}

static void take_keys(struct screen *screen) {
    set_modes(screen);
    if (!screen->keys) {
        screen->keys = watch_new(screen->loop, screen->input, WATCH_READ, on_typed, screen);
    }
}

static void enter(struct screen *screen) {
    if (!in_foreground()) {
        return;
    }
    if (screen->input >= 0) {
        take_keys(screen);
    }
    tty_put(screen->output, STR(ENTER));
    screen->place = screen->input < 0 || screen->keys ? FRONT : BEHIND; /* without them: again */
}

static void leave(struct screen *screen) {
    step_back(screen);
    if (screen->place == LEFT) {
        return;
    }
    tty_put_last(screen->output, STR(LEAVE));
    if (screen->input >= 0 && in_foreground()) {
        (void)tcsetattr(screen->input, TCSANOW, &screen->before);
    }
    screen->place = LEFT;
}

/* The picture that waited is out; what came after it is not. */
static void on_taken(void *arg) {
    struct screen *screen = arg;
    if (screen->stale) {
        screen->calls.redraw(screen->calls.arg);
    }
}

/* Stops as any other program: the shell gets its screen, and this one comes back with the picture
   that is drawn next. SIGCONT is not told of: it would come back twice. Where nobody could continue
   it (a container's first process) the kernel does not stop it. */
static void stop(struct screen *screen) {
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    struct sigaction on_stop;
    struct sigaction on_continue;
    leave(screen);
    if (sigaction(SIGTSTP, &usual, &on_stop) == 0 &&
        sigaction(SIGCONT, &usual, &on_continue) == 0) {
        (void)raise(SIGTSTP);
        (void)sigaction(SIGCONT, &on_continue, NULL);
        (void)sigaction(SIGTSTP, &on_stop, NULL);
    }
}

static void on_signal(int signo, void *arg) {
    struct screen *screen = arg;
    if (signo == SIGTSTP) {
        stop(screen);
    } else if (signo == SIGCONT) {
        enter(screen); /* whoever had the terminal meanwhile may have changed it */
    }
    screen->calls.redraw(screen->calls.arg);
}

/* Where keys are read; -1: standard input is no terminal. */
static int open_input(void) {
    int own = tty_open_input();
    return own < 0 && isatty(STDIN_FILENO) ? STDIN_FILENO : own;
}

int screen_new(struct loop *loop, const struct screen_calls *calls, struct screen **ret,
               struct err *err) {
    static const int signals[] = {SIGWINCH, SIGTSTP, SIGCONT};
    struct screen *screen = calloc(1, sizeof(*screen));
    if (!screen) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    screen->loop = loop;
    screen->calls = *calls;
    screen->input = open_input();
    screen->look = timer_new(loop, on_look, screen);
    int r = screen->look ? tty_new(loop, on_taken, screen, &screen->output, err)
                         : err_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]) && r == 0; i++) {
        r = loop_on_signal(loop, signals[i], on_signal, screen, err);
    }
    if (r < 0) {
        screen_free(screen);
        return r;
    }
    enter(screen);
    *ret = screen;
    return 0;
}

void screen_free(struct screen *screen) {
    if (screen) {
        leave(screen);
        if (screen->input > STDIN_FILENO) {
            (void)close(screen->input);
        }
        timer_free(screen->look);
        tty_free(screen->output);
        buf_done(&screen->picture);
        free(screen);
    }
}

void screen_size(const struct screen *screen, size_t *ret_width, size_t *ret_height) {
    struct winsize size = {.ws_col = 0};
    (void)screen;
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    *ret_width = size.ws_col ? size.ws_col : WIDTH_USUAL;
    *ret_height = size.ws_row ? size.ws_row : HEIGHT_USUAL;
}

/* Into screen->picture. */
static void paint(struct screen *screen, struct str lines) {
    struct buf *picture = &screen->picture;
    struct str line;
    bool first = true;
    buf_reset(picture);
    buf_text(picture, "\033[H");
    while (str_split(&lines, '\n', &line) && lines.ptr) {
        /* Cleared before and not behind: there, the last character of a full line would go. */
        buf_text(picture, first ? "" : "\r\n");
        buf_text(picture, lines.len ? "\033[K" : "\033[J");
        buf_str(picture, line);
        first = false;
    }
}

void screen_draw(struct screen *screen, struct str lines) {
    if (!in_foreground()) {
        wait_behind(screen);
        return;
    }
    if (screen->place != FRONT) {
        enter(screen);
    }
    screen->stale = !tty_idle(screen->output);
    if (!screen->stale) {
        paint(screen, lines);
        tty_put(screen->output, buf_view(&screen->picture));
    }
}
