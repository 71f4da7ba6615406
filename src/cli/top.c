/*
 * Containers live in the terminal: a table that is drawn anew every interval, or, where standard
 * output is no terminal, once after the second reading.
 *
 *   engine answers ─► ready? ─► tick ─► collection ─► rows ─► drawn
 *                                 ▲                      │
 *                                 └────── interval ──────┘
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/beside.h"
#include "cli/command.h"
#include "cli/own_flags.h"
#include "cli/owner.h"
#include "cli/screen.h"
#include "top/frame.h"
#include "top/key.h"
#include "top/rows.h"

#define INTERVAL_NS (2 * NS_PER_S)
#define INTERVAL_MIN_NS (100 * NS_PER_MS)
/* What comes first with an Engine: its facts, and whether its events can be followed. */
#define READY_POLL_MS 10
/* An Engine that answers statistics on a one-second tick is waited for so long. */
#define DEADLINE_MIN_MS 3000
/* Of a terminal that makes no signal of it. */
#define CTRL_C 3
/* As many rows as are shown. */
#define A_PAGE (SIZE_MAX - 1)

static const int end_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

/* What the arguments of its own ask for. */
struct asked {
    int64_t interval_ns;
    bool once;
};

struct top {
    struct app app;
    struct asked asked;
    struct screen *screen; /* NULL: the table is printed once */
    struct timer *tick;
    struct collect_wait *wait;
    struct snapshot *before; /* references; NULL: not yet */
    struct snapshot *now;
    struct owner owner;
    struct arena machine; /* of what the kernel tells of the machine */
    struct rows rows;
    enum row_sort sort;
    bool reversed;
    bool live_only;
    size_t first;    /* the row that is shown first */
    size_t page;     /* rows that were shown last */
    struct err note; /* what went wrong in the last collection; code 0: nothing */
    struct buf text;
    int status;
};

/* The machine: as the Engine has it, else as the kernel does if that is the Engine's. */
static void put_machine(struct top *top, struct frame_head *head) {
    const struct engine_facts *engine = &top->now->engine;
    struct machine machine;
    if (engine_facts_has(engine, ENGINE_CPU_CORES) &&
        engine_facts_has(engine, ENGINE_MEMORY_BYTES)) {
        head->cores = engine->number[ENGINE_CPU_CORES];
        head->mem_bytes = engine->number[ENGINE_MEMORY_BYTES];
        head->host_name = engine->host_name;
        return;
    }
    owner_learn(&top->owner, top->now);
    arena_reset(&top->machine);
    if (app_reads_kernel(&top->app) &&
        kernel_identity(top->app.kernel, &top->machine, &machine) == 0 &&
        owner_is_engine(&top->owner, top->now, machine.host_name)) {
        head->cores = machine.cores;
        head->mem_bytes = machine.mem_bytes;
        head->host_name = machine.host_name;
    }
}

/* "Docker 20.10.24", as far as it is known. */
static void put_engine(const struct top *top, struct buf *out) {
    const struct engine_status *status = engine_status(top->app.engine);
    if (status->version.len) {
        buf_text(out, status->podman ? "Podman " : "Docker ");
        buf_str(out, status->version);
    }
}

/* Why there is nothing to see, or less. */
static void put_trouble(const struct top *top, struct buf *out) {
    const struct engine_status *status = engine_status(top->app.engine);
    if (!status->up) {
        buf_fmt(out, "%s: %s", top->app.address.shown,
                status->err.code ? status->err.text : "no answer yet");
    } else if (top->note.code) {
        buf_text(out, top->note.text);
    }
}

/* The rows as they are known now. */
static void make_rows(struct top *top, const struct frame_head *head) {
    const struct rows_inputs in = {
        .before = top->before,
        .now = top->now,
        .machine_mem_bytes = head->mem_bytes,
        .unix_ns = clock_unix_ns(),
        .live_only = top->live_only,
    };
    if (rows_make(&top->rows, &in) < 0) {
        (void)err_set(&top->note, -ENOMEM, "out of memory");
    }
    rows_sort(&top->rows, top->sort, top->reversed);
    top->first = top->first < top->rows.n ? top->first : 0;
}

/* The whole picture, into top->text. */
static void draw(struct top *top) {
    struct buf engine CLEANUP_BUF = BUF_INIT;
    struct buf trouble CLEANUP_BUF = BUF_INIT;
    struct frame_head head = {.cores = 0};
    if (top->now) {
        put_machine(top, &head);
        make_rows(top, &head);
        head.by_state = top->now->states_known ? top->now->by_state : NULL;
    }
    put_engine(top, &engine);
    put_trouble(top, &trouble);
    head.engine = buf_view(&engine);
    head.trouble = buf_view(&trouble);
    struct frame_view view = {.first = top->first, .sort = top->sort, .colour = top->screen};
    if (top->screen) {
        screen_size(top->screen, &view.width, &view.height);
    }
    buf_reset(&top->text);
    top->page = frame_draw(&view, &head, &top->rows, &top->text);
}

static void redraw(void *arg) {
    struct top *top = arg;
    draw(top);
    screen_draw(top->screen, buf_view(&top->text));
}

static void end(struct top *top, int status) {
    top->status = status;
    loop_stop(top->app.loop);
}

/* They end the program wherever it is, for nothing has to be put back. */
static void end_as_usual(void) {
    for (size_t i = 0; i < sizeof(end_signals) / sizeof(end_signals[0]); i++) {
        (void)signal(end_signals[i], SIG_DFL);
    }
}

/* Once: all of it, to whatever standard output is, even one that does not take it for a long time;
   a reader that has seen enough is no error. */
static void print(struct top *top) {
    draw(top);
    end_as_usual();
    bool known = top->now->engine_up && top->now->states_known;
    struct str rest = buf_view(&top->text);
    ssize_t n = 0;
    while (rest.len && (n = write(STDOUT_FILENO, rest.ptr, rest.len)) > 0) {
        rest = str_sub(rest, (size_t)n, rest.len - (size_t)n);
    }
    if (buf_failed(&top->text) || (rest.len && errno != EPIPE)) {
        (void)fputs("dockmeter: cannot write to standard output\n", stderr);
        known = false;
    }
    end(top, known ? 0 : 1);
}

static void on_snapshot(void *arg, struct snapshot *snapshot) {
    struct top *top = arg;
    top->wait = NULL;
    if (!snapshot) {
        (void)err_set(&top->note, -ENOMEM, "out of memory");
    } else {
        snapshot_unref(top->before);
        top->before = top->now;
        top->now = snapshot_ref(snapshot);
    }
    if (top->screen) {
        redraw(top);
    } else if (top->before) {
        print(top);
    }
}

static void on_tick(void *arg) {
    struct top *top = arg;
    struct collect_wait *wait = NULL;
    int64_t interval_ms = top->asked.interval_ns / NS_PER_MS;
    int64_t deadline_ms = interval_ms > DEADLINE_MIN_MS ? interval_ms : DEADLINE_MIN_MS;
    if (!top->now && collect_is_starting(top->app.collect)) {
        timer_after_ms(top->tick, READY_POLL_MS);
        return;
    }
    timer_after_ms(top->tick, interval_ms);
    if (top->wait) {
        return;
    }
    err_clear(&top->note);
    if (collect_ask(top->app.collect, deadline_ms, true, on_snapshot, top, &wait) == 0) {
        top->wait = wait;
    }
}

/* Without a screen, an Engine that does not answer is the end: the log has said why. */
static void on_engine(void *arg) {
    struct top *top = arg;
    bool up = engine_status(top->app.engine)->up;
    if (!top->screen && !up) {
        end(top, 1);
    } else if (top->screen || !top->now) {
        timer_after_ms(top->tick, 0);
    }
}

static void on_trouble(void *arg, enum collect_trouble what, const struct err *err) {
    struct top *top = arg;
    if (what == TROUBLE_ENGINE || what == TROUBLE_KERNEL) {
        err_copy(&top->note, err);
    }
}

static void on_signal(int signo, void *arg) {
    (void)signo;
    end(arg, 0);
}

static void on_gone(void *arg) {
    end(arg, 0);
}

/* What keys do, each with the number of its row below. */
static void quit(struct top *top, size_t status) {
    end(top, (int)status);
}

static void reverse(struct top *top, size_t ignored) {
    (void)ignored;
    top->reversed = !top->reversed;
}

static void toggle_stopped(struct top *top, size_t ignored) {
    (void)ignored;
    top->live_only = !top->live_only;
}

static void sort_by(struct top *top, size_t sort) {
    top->sort = (enum row_sort)sort;
    top->first = 0;
}

/* To the next sort so many places to the right, round and round. */
static void sort_beside(struct top *top, size_t places) {
    sort_by(top, (top->sort + places) % SORTS);
}

static size_t rows_of(const struct top *top, size_t rows) {
    return rows == A_PAGE ? top->page : rows;
}

static void scroll_up(struct top *top, size_t rows) {
    size_t back = rows_of(top, rows);
    top->first = top->first > back ? top->first - back : 0;
}

static void scroll_down(struct top *top, size_t rows) {
    size_t last = top->rows.n > top->page ? top->rows.n - top->page : 0;
    size_t on = rows_of(top, rows);
    top->first = top->first > last || on > last - top->first ? last : top->first + on;
}

static void press(struct top *top, int key) {
    static const struct {
        int key;
        void (*act)(struct top *top, size_t number);
        size_t number;
    } keys[] = {
        {'q', quit, 0},
        {'Q', quit, 0},
        {CTRL_C, quit, 0},
        {'c', sort_by, SORT_CPU},
        {'m', sort_by, SORT_MEM},
        {'n', sort_by, SORT_NET},
        {'d', sort_by, SORT_DISK},
        {KEY_RIGHT, sort_beside, 1},
        {KEY_LEFT, sort_beside, SORTS - 1},
        {'r', reverse, 0},
        {'a', toggle_stopped, 0},
        {KEY_UP, scroll_up, 1},
        {KEY_DOWN, scroll_down, 1},
        {KEY_PAGE_UP, scroll_up, A_PAGE},
        {KEY_PAGE_DOWN, scroll_down, A_PAGE},
        {KEY_HOME, scroll_up, SIZE_MAX},
        {KEY_END, scroll_down, SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].key == key) {
            keys[i].act(top, keys[i].number);
        }
    }
}

static void on_typed(void *arg, struct str keys) {
    struct top *top = arg;
    while (keys.len) {
        press(top, key_next(&keys));
    }
    redraw(top);
}

/* Lines of the log would go across the picture. */
static int open_screen(struct top *top, struct err *err) {
    const struct screen_calls calls = {redraw, on_typed, on_gone, top};
    if (top->asked.once || !screen_possible()) {
        return 0;
    }
    if (isatty(STDERR_FILENO)) {
        log_setup(LOG_ERROR, LOG_TEXT, -1);
    }
    collect_on_trouble(top->app.collect, on_trouble, top);
    int r = screen_new(top->app.loop, &calls, &top->screen, err);
    if (r == 0) {
        redraw(top);
    }
    return r;
}

static int start(struct top *top, struct err *err) {
    int r = app_drop_privileges(&top->app, err); /* it sees what the server sees */
    for (size_t i = 0; i < sizeof(end_signals) / sizeof(end_signals[0]) && r == 0; i++) {
        r = loop_on_signal(top->app.loop, end_signals[i], on_signal, top, err);
    }
    top->tick = timer_new(top->app.loop, on_tick, top);
    if (r == 0 && !top->tick) {
        r = err_set(err, -ENOMEM, "out of memory");
    }
    return r < 0 ? r : open_screen(top, err);
}

static void done(struct top *top) {
    screen_free(top->screen);
    log_setup(LOG_WARN, LOG_TEXT, STDERR_FILENO);
    collect_cancel(top->wait);
    timer_free(top->tick);
    snapshot_unref(top->before);
    snapshot_unref(top->now);
    rows_done(&top->rows);
    arena_done(&top->machine);
    buf_done(&top->text);
    app_done(&top->app);
}

static int watch(const struct config *config, const struct asked *asked) {
    struct top top = {.asked = *asked, .sort = SORT_CPU};
    struct err err = ERR_INIT;
    int r = app_init(&top.app, config, APP_WATCH, &err);
    if (r < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
        return 1;
    }
    log_setup(LOG_WARN, LOG_TEXT, STDERR_FILENO);
    print_notes(config);
    top.owner.local = top.app.address.unix_path[0] != '\0';
    r = start(&top, &err);
    if (r == 0) {
        top.app.engine_changed = on_engine;
        top.app.engine_changed_arg = &top;
        app_start(&top.app);
        r = loop_run(top.app.loop, &err);
    }
    done(&top);
    if (r < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
    }
    return r < 0 ? 1 : top.status;
}

/* The flags of its own, beside those of the configuration. */
enum top_flag { FLAG_INTERVAL, FLAG_ONCE, OWN_FLAGS };

static const struct own_flag flag_rows[OWN_FLAGS] = {
    [FLAG_INTERVAL] = {.name = "--interval",
                       .arg = "DURATION",
                       .help = "How often the table is drawn anew (default 2s)."},
    [FLAG_ONCE] = {.name = "--once",
                   .help = "Print the table once after two readings, as without a terminal."},
};

const struct own_flags top_flags = {
    .rows = flag_rows,
    .n = OWN_FLAGS,
    .takes = "top takes --interval and --once besides the options",
    .usage = "[--interval=DURATION] [--once]",
};

static int read_interval(const char *text, struct asked *asked, struct err *err) {
    int64_t ns = 0;
    if (!units_parse_duration(str_of(text), &ns) || ns < INTERVAL_MIN_NS) {
        return err_set(err, -ENOEXEC,
                       "--interval is a duration like 2s, 100ms or longer, not \"%.64s\"", text);
    }
    asked->interval_ns = ns;
    return 0;
}

/* Takes them out; what is left, *ret_n arguments, goes to the configuration. */
static int read_args(const char *const *args, size_t n, struct asked *asked, const char **rest,
                     size_t *ret_n, struct err *err) {
    size_t kept = 0;
    for (size_t at = 0; at < n;) {
        const char *value = NULL;
        if (own_flags_find(&top_flags, args[at], &value) < 0) {
            rest[kept++] = args[at++];
            continue;
        }
        int flag = own_flags_take(&top_flags, args, n, &at, &value, err);
        if (flag < 0 || (flag == FLAG_INTERVAL && read_interval(value, asked, err) < 0)) {
            return err->code;
        }
        asked->once = asked->once || flag == FLAG_ONCE;
    }
    *ret_n = kept;
    return 0;
}

static int watch_as_asked(const struct config *config, const void *arg) {
    return watch(config, arg);
}

int command_top(const struct config *config) {
    const struct asked asked = {.interval_ns = INTERVAL_NS};
    return watch(config, &asked);
}

int top_own(const char *const *args, size_t n) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    const char **rest = arena_array(&arena, n + 1, sizeof(*rest));
    size_t kept = 0;
    struct asked asked = {.interval_ns = INTERVAL_NS};
    struct err err = ERR_INIT;
    if (!rest) {
        (void)fputs("dockmeter: out of memory\n", stderr);
        return 1;
    }
    if (read_args(args, n, &asked, rest, &kept, &err) < 0) {
        return wrong_usage(err.text);
    }
    if (kept == n) {
        return -1;
    }
    const struct beside flags = beside_choose(rest, kept, &arena);
    return command_configured(flags.flags, flags.n, NULL, watch_as_asked, &asked);
}
