#include "top/frame.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "top/column.h"
#include "top/figure.h"

/* Between the parts of the head; a part is not broken. */
#define PARTS_APART 3
#define KEYS "q quit\tc m n d or arrows: sort\tr reverse\ta stopped ones"
/* What is wrong takes up to so many lines. */
#define TROUBLE_LINES 6
/* The head takes so much of the height at most, as one part of so many. */
#define HEAD_PART 3
/* Lines that are left for titles and rows, or the keys are not told. */
#define ROOM_FOR_KEYS 4

/* How a text is broken into lines. */
struct wrap {
    size_t width;       /* 0: one line */
    size_t lines_max;   /* what is behind them is left out */
    char sep;           /* where it may be broken */
    size_t apart;       /* blanks for a sep within a line */
    const char *colour; /* of each line, or "" */
};

static void end_line(struct buf *out, const struct wrap *wrap) {
    buf_text(out, wrap->colour[0] ? "\033[m\n" : "\n");
}

/* Returns how many lines it gave. */
static size_t put_wrapped(struct buf *out, struct str text, const struct wrap *wrap) {
    size_t lines = 0;
    size_t used = 0;
    struct str word;
    while (wrap->lines_max && str_split(&text, wrap->sep, &word)) {
        bool fits = lines && (wrap->width == 0 || used + wrap->apart + word.len <= wrap->width);
        if (!fits && lines) {
            end_line(out, wrap);
        }
        if (!fits && lines == wrap->lines_max) {
            return lines;
        }
        if (fits) {
            buf_fmt(out, "%*s", (int)wrap->apart, "");
            used += wrap->apart;
        } else {
            buf_text(out, wrap->colour);
            used = 0;
            lines++;
        }
        used += figure_word(out, word, wrap->width ? wrap->width : word.len);
    }
    if (lines) {
        end_line(out, wrap);
    }
    return lines;
}

static void put_containers(struct buf *out, const uint64_t *by_state) {
    uint64_t all = 0;
    for (size_t i = 0; i < STATE_COUNT; i++) {
        all += by_state[i];
    }
    buf_fmt(out, "\t%" PRIu64 " of %" PRIu64 " containers run", by_state[STATE_RUNNING], all);
}

/* The sums of what is known, and what there is of it. */
static void put_sums(struct buf *out, const struct frame_head *head, const struct rows *rows) {
    uint64_t sum = 0;
    if (rows_sum(rows, ROW_CPU, &sum)) {
        buf_text(out, "\tCPU ");
        figure_hundredths(out, sum);
        buf_text(out, " %");
        if (head->cores) {
            buf_fmt(out, " of %" PRIu64 " core%s", head->cores, head->cores == 1 ? "" : "s");
        }
    }
    if (rows_sum(rows, ROW_MEM, &sum)) {
        buf_text(out, "\tmemory ");
        figure_memory(out, sum);
        if (head->mem_bytes) {
            buf_text(out, " of ");
            figure_memory(out, head->mem_bytes);
        }
    }
}

static size_t put_head(struct buf *out, const struct frame_head *head, const struct rows *rows,
                       size_t width, size_t lines_max) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    figure_word(&text, head->engine.len ? head->engine : STR("Engine"), SIZE_MAX);
    if (head->host_name.len) {
        buf_text(&text, " on ");
        figure_word(&text, head->host_name, SIZE_MAX);
    }
    if (head->by_state) {
        put_containers(&text, head->by_state);
    }
    put_sums(&text, head, rows);
    const struct wrap wrap = {width, lines_max, '\t', PARTS_APART, ""};
    return put_wrapped(out, buf_view(&text), &wrap);
}

static size_t longest_name(const struct rows *rows) {
    size_t longest = 0;
    for (size_t i = 0; i < rows->n; i++) {
        longest = rows->row[i].name.len > longest ? rows->row[i].name.len : longest;
    }
    return longest;
}

/* `room` lines at most; SIZE_MAX: all rows. */
static size_t put_table(struct buf *out, const struct frame_view *view, const struct rows *rows,
                        size_t room) {
    struct layout layout = column_layout(view->width, longest_name(rows), rows->known);
    if (room == 0) {
        return 0;
    }
    column_titles(&layout, view->sort, view->colour, out);
    buf_byte(out, '\n');
    size_t shown = 0;
    for (size_t i = view->first; i < rows->n && shown + 1 < room; i++, shown++) {
        column_row(&layout, &rows->row[i], view->colour, out);
        buf_byte(out, '\n');
    }
    return shown;
}

size_t frame_draw(const struct frame_view *view, const struct frame_head *head,
                  const struct rows *rows, struct buf *out) {
    size_t room = view->height ? view->height : SIZE_MAX / 2;
    room -= put_head(out, head, rows, view->width, (room + HEAD_PART - 1) / HEAD_PART);
    if (head->trouble.len) {
        const struct wrap wrap = {view->width, room < TROUBLE_LINES ? room : TROUBLE_LINES, ' ', 1,
                                  view->colour ? "\033[31m" : ""};
        room -= put_wrapped(out, head->trouble, &wrap);
    }
    bool keys = view->height && room >= ROOM_FOR_KEYS;
    size_t shown = put_table(out, view, rows, room - keys);
    if (keys) {
        const struct wrap wrap = {view->width, 1, '\t', PARTS_APART, view->colour ? "\033[2m" : ""};
        (void)put_wrapped(out, STR(KEYS), &wrap);
    }
    return shown;
}
