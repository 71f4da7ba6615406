/*
 * How fast a page is read strictly and written again, against memcpy of the same bytes and a walk
 * that only looks for line ends.
 *
 *   bench_parse [containers [pages]]      a page with 40 families of that many containers
 *   bench_parse FILE [pages]              a page from a file, OpenMetrics when it ends in # EOF
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "expo/parse.h"
#include "rounds.h"

#define FAMILIES 40

struct bench {
    struct str page;
    enum expo_format format;
    struct arena arena;
    struct exposition read;
    struct buf out;
    unsigned pages;
};

static void write_family(struct buf *out, size_t family, size_t containers,
                         enum expo_format format) {
    bool counter = family % 2;
    char name[64];
    (void)snprintf(name, sizeof(name), "container_figure_%zu_bytes", family);
    buf_fmt(out, "# HELP %s%s What it is, in bytes.\n# TYPE %s%s %s\n", name,
            counter && format == EXPO_TEXT ? "_total" : "", name,
            counter && format == EXPO_TEXT ? "_total" : "", counter ? "counter" : "gauge");
    for (size_t i = 0; i < containers; i++) {
        buf_fmt(
            out,
            "%s%s{container_name=\"project-%zu-service-%zu-1\",compose_service=\"service-%zu\","
            "compose_project=\"project-%zu\",image=\"registry.example.org/team/service:1.2.3\"} "
            "%zu.%zu\n",
            name, counter ? "_total" : "", i / 40, i, i % 40, i / 40, i * 7919 + family,
            i % 997 + 1);
    }
}

static void make_page(struct buf *out, size_t containers, enum expo_format format) {
    for (size_t family = 0; family < FAMILIES; family++) {
        write_family(out, family, containers, format);
    }
    if (format == EXPO_OPENMETRICS) {
        buf_text(out, "# EOF\n");
    }
}

static bool read_file(const char *path, struct buf *out) {
    char chunk[65536];
    FILE *in = fopen(path, "rb");
    if (!in) {
        return false;
    }
    for (size_t n = fread(chunk, 1, sizeof(chunk), in); n; n = fread(chunk, 1, sizeof(chunk), in)) {
        buf_bytes(out, chunk, n);
    }
    (void)fclose(in);
    return true;
}

static void parse(void *arg) {
    struct bench *b = arg;
    struct err err = ERR_INIT;
    arena_reset(&b->arena);
    if (expo_parse(b->page, b->format, &b->arena, &b->read, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

static void write_again(void *arg) {
    struct bench *b = arg;
    buf_reset(&b->out);
    exposition_write(&b->read, &b->out);
}

static void copy(void *arg) {
    struct bench *b = arg;
    buf_reset(&b->out);
    buf_str(&b->out, b->page);
    __asm__ volatile("" : : "r"(b->out.data) : "memory");
}

static void count_lines(void *arg) {
    struct bench *b = arg;
    size_t n = 0;
    for (size_t at = str_find(b->page, '\n', 0); at < b->page.len;
         at = str_find(b->page, '\n', at + 1)) {
        n++;
    }
    __asm__ volatile("" : : "r"(n));
}

static double measure(struct bench *b, const char *what, void (*run)(void *arg)) {
    run(b);
    double best_s = best_of_rounds(run, b, b->pages);
    printf("%-24s %8.3f ms a page %8.0f MB/s", what, best_s * 1e3,
           (double)b->page.len / 1e6 / best_s);
    return best_s;
}

static void bench_page(struct bench *b) {
    const char *format = b->format == EXPO_TEXT ? "text" : "openmetrics";
    double parse_s = measure(b, format, parse);
    printf(" %7.1f ns a sample, %.1f bytes of memory a byte\n",
           parse_s * 1e9 / (double)b->read.n_samples,
           (double)arena_bytes(&b->arena) / (double)b->page.len);
    (void)measure(b, "written again", write_again);
    printf("%s\n", str_eq(buf_view(&b->out), b->page) ? ", the same bytes" : ", other bytes");
    double lines_s = measure(b, "reference: line ends", count_lines);
    printf("\n");
    double copy_s = measure(b, "reference: memcpy", copy);
    printf("\n%s: %.1f MB, %zu samples; reading takes %.1f times memcpy, %.1f times line ends\n",
           format, (double)b->page.len / 1e6, b->read.n_samples, parse_s / copy_s,
           parse_s / lines_s);
}

int main(int argc, char **argv) {
    struct bench b = {.pages = (unsigned)argument(argc > 2 ? argv[2] : NULL, 20)};
    struct buf page CLEANUP_BUF = BUF_INIT;
    size_t containers = argument(argc > 1 ? argv[1] : NULL, argc > 1 ? 0 : 1000);
    if (containers == 0 && !read_file(argv[1], &page)) {
        (void)fprintf(stderr, "cannot read %s\n", argv[1]);
        return 1;
    }
    for (int format = EXPO_TEXT; format <= EXPO_OPENMETRICS; format++) {
        bool openmetrics = str_ends(buf_view(&page), STR("# EOF\n"));
        b.format = (enum expo_format)format;
        if (containers) {
            buf_reset(&page);
            make_page(&page, containers, b.format);
        } else if (openmetrics != (b.format == EXPO_OPENMETRICS)) {
            continue;
        }
        b.page = buf_view(&page);
        bench_page(&b);
    }
    buf_done(&b.out);
    arena_done(&b.arena);
    return 0;
}
