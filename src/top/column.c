#include "top/column.h"

#include <inttypes.h>

#include "top/figure.h"

/* A name is cut below its own width, but not below this for the sake of another column. */
#define NAME_MIN 12

static void put_count(struct buf *out, uint64_t value) {
    buf_u64(out, value);
}

/* In the order in which they stand, behind the name and the state. */
static const struct column {
    const char *title;
    size_t width;
    unsigned rank; /* the lowest is dropped last */
    enum row_sort sort;
    enum row_number number;
    void (*put)(struct buf *out, uint64_t value);
} columns[] = {
    {"CPU %", 7, 1, SORT_CPU, ROW_CPU, figure_hundredths},
    {"MEM", 7, 1, SORT_MEM, ROW_MEM, figure_memory},
    {"LIMIT", 7, 7, SORTS, ROW_MEM_LIMIT, figure_memory},
    {"MEM %", 6, 3, SORTS, ROW_MEM_SHARE, figure_hundredths},
    {"RX/s", 7, 4, SORT_NET, ROW_NET_RX, figure_traffic},
    {"TX/s", 7, 4, SORT_NET, ROW_NET_TX, figure_traffic},
    {"READ/s", 7, 5, SORT_DISK, ROW_DISK_READ, figure_traffic},
    {"WRITE/s", 7, 5, SORT_DISK, ROW_DISK_WRITE, figure_traffic},
    {"PIDS", 5, 8, SORT_PIDS, ROW_PIDS, put_count},
    {"UPTIME", 6, 6, SORT_UPTIME, ROW_UPTIME, figure_age},
    {"RESTARTS", 8, 9, SORT_RESTARTS, ROW_RESTARTS, put_count},
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define RANKS 10
#define STATE_WIDTH 10
#define STATE_RANK 2
/* Where the state's mark is in a layout. */
#define STATE_AT N_COLUMNS

_Static_assert(N_COLUMNS < COLUMNS_MAX, "the state has its place behind the columns");

/* What a rank adds to a line, a blank before each column. */
static size_t rank_width(unsigned rank) {
    size_t width = rank == STATE_RANK ? 1 + STATE_WIDTH : 0;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        width += columns[i].rank == rank ? 1 + columns[i].width : 0;
    }
    return width;
}

/* Whether a rank is worth its room: CPU and memory, the state, or some row has a figure of it. */
static bool is_wanted(unsigned rank, uint32_t known) {
    bool wanted = rank <= STATE_RANK;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        wanted |= columns[i].rank == rank && (known >> columns[i].number & 1U);
    }
    return wanted;
}

struct layout column_layout(size_t width, size_t longest, uint32_t known) {
    struct layout layout = {.name_width = longest > strlen("NAME") ? longest : strlen("NAME")};
    size_t name_min = layout.name_width < NAME_MIN ? layout.name_width : NAME_MIN;
    size_t used = 0;
    for (unsigned rank = 1; rank < RANKS; rank++) {
        size_t more = rank_width(rank);
        if (width && !is_wanted(rank, known)) {
            continue;
        }
        if (width && name_min + used + more > width) {
            break;
        }
        used += more;
        layout.shown[STATE_AT] |= rank == STATE_RANK;
        for (size_t i = 0; i < N_COLUMNS; i++) {
            layout.shown[i] |= columns[i].rank == rank;
        }
    }
    size_t left = width > used ? width - used : 0;
    layout.name_width = width && left < layout.name_width ? left : layout.name_width;
    return layout;
}

static void pad(struct buf *out, size_t n) {
    buf_fmt(out, "%*s", (int)n, "");
}

/* Text and blanks: `width` characters. */
static void put_left(struct buf *out, struct str text, size_t width) {
    pad(out, width - figure_word(out, text, width));
}

static void put_right(struct buf *out, struct str text, size_t width) {
    pad(out, text.len < width ? width - text.len : 0);
    buf_str(out, text);
}

static void put_title(struct buf *out, const struct column *c, enum row_sort sort, bool colour) {
    bool marked = colour && c->sort == sort;
    buf_byte(out, ' ');
    pad(out, c->width - strlen(c->title));
    buf_text(out, marked ? "\033[1;4m" : "");
    buf_text(out, c->title);
    buf_text(out, marked ? "\033[22;24m" : "");
}

void column_titles(const struct layout *layout, enum row_sort sort, bool colour, struct buf *out) {
    buf_text(out, colour ? "\033[7m" : "");
    put_left(out, STR("NAME"), layout->name_width);
    if (layout->shown[STATE_AT]) {
        buf_byte(out, ' ');
        put_left(out, STR("STATE"), STATE_WIDTH);
    }
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (layout->shown[i]) {
            put_title(out, &columns[i], sort, colour);
        }
    }
    buf_text(out, colour ? "\033[m" : "");
}

/* A running container's health says more than that it runs. */
static const char *state_word(const struct top_row *row) {
    bool healthy_or_not = row->state == STATE_RUNNING && row->health != HEALTH_NONE;
    return healthy_or_not ? container_health_word(row->health) : container_state_word(row->state);
}

static const char *state_colour(const struct top_row *row) {
    static const char *const of_state[STATE_COUNT] = {
        [STATE_CREATED] = "\033[2m",  [STATE_PAUSED] = "\033[33m", [STATE_RESTARTING] = "\033[33m",
        [STATE_REMOVING] = "\033[2m", [STATE_EXITED] = "\033[2m",  [STATE_DEAD] = "\033[31m",
    };
    static const char *const of_health[] = {
        [HEALTH_NONE] = "",
        [HEALTH_STARTING] = "\033[33m",
        [HEALTH_HEALTHY] = "\033[32m",
        [HEALTH_UNHEALTHY] = "\033[31m",
    };
    const char *colour = of_state[row->state];
    return row->state == STATE_RUNNING ? of_health[row->health] : colour ? colour : "";
}

static void put_state(struct buf *out, const struct top_row *row, bool colour) {
    const char *begin = colour ? state_colour(row) : "";
    buf_byte(out, ' ');
    buf_text(out, begin);
    put_left(out, str_of(state_word(row)), STATE_WIDTH);
    buf_text(out, begin[0] ? "\033[m" : "");
}

void column_row(const struct layout *layout, const struct top_row *row, bool colour,
                struct buf *out) {
    char text[UINT8_MAX];
    put_left(out, row->name, layout->name_width);
    if (layout->shown[STATE_AT]) {
        put_state(out, row, colour);
    }
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const struct column *c = &columns[i];
        struct buf figure = {.data = text, .cap = sizeof(text), .max = sizeof(text)};
        if (!layout->shown[i]) {
            continue;
        }
        if (row_has(row, c->number)) {
            c->put(&figure, row->number[c->number]);
        }
        buf_byte(out, ' ');
        put_right(out, figure.len ? buf_view(&figure) : STR("-"), c->width);
    }
}
