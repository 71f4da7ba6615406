/*
 * How fast a page is written: a snapshot of 1,000 containers, encoded again and again into the same
 * buffer, against two references in the same run: copying the same bytes, and printing the same
 * samples with snprintf. A page of 12 MB fits some machines' caches, so the ratios say more than
 * MB/s. Allocations are counted by taking over malloc and its kin, the C library's own calls among
 * them.
 *
 *   bench_encode [containers [pages]]
 */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "expo/text.h"
#include "made_snapshot.h"
#include "metrics/page.h"
#include "rounds.h"

static size_t allocations;

/* glibc's own, behind the names that are taken over below. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size) {
    allocations++;
    return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size) {
    allocations++;
    return __libc_realloc(ptr, size);
}

/* A sink that does what a straightforward program would: one snprintf for each sample. */
struct plain {
    struct sink sink;
    struct buf *out;
    struct str name;
    size_t samples;
};

static void plain_family(struct sink *sink, const struct family *f) {
    struct plain *p = (struct plain *)sink;
    p->name = f->name;
    buf_fmt(p->out, "# HELP %.*s %.*s\n# TYPE %.*s %s\n", STR_ARG(f->name), STR_ARG(f->help),
            STR_ARG(f->name), f->type == FAMILY_COUNTER ? "counter" : "gauge");
}

#define LINE_MAX_BYTES 1024

static void plain_sample(struct sink *sink, struct labelset *base, const struct label *own,
                         size_t n, struct value value) {
    struct plain *p = (struct plain *)sink;
    char line[LINE_MAX_BYTES];
    size_t at = 0;
    size_t n_base = base ? base->n : 0;
    const char *between = "{";
    at += (size_t)snprintf(line, sizeof(line), "%.*s", STR_ARG(p->name));
    for (size_t i = 0; i < n_base + n && at < sizeof(line); i++) {
        const struct label *l = i < n_base ? &base->labels[i] : &own[i - n_base];
        at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%.*s=\"%.*s\"", between,
                               STR_ARG(l->name), STR_ARG(l->value));
        between = ",";
    }
    const char *end = n_base + n ? "} " : " ";
    uint64_t whole = value.decimals ? value.integer / 1000000000U : value.integer;
    uint64_t part = value.decimals ? value.integer % 1000000000U : 0;
    at += (size_t)(part ? snprintf(line + at, sizeof(line) - at, "%s%llu.%09llu\n", end,
                                   (unsigned long long)whole, (unsigned long long)part)
                        : snprintf(line + at, sizeof(line) - at, "%s%llu\n", end,
                                   (unsigned long long)whole));
    buf_bytes(p->out, line, at);
    p->samples++;
}

/* What is measured, and with what. */
struct bench {
    struct page_plan *plan;
    struct snapshot *snapshot;
    struct buf out;
    struct arena arena;
    unsigned pages;
    size_t samples;
};

static void encode(struct bench *b, enum expo_format format) {
    struct text_writer w;
    buf_reset(&b->out);
    arena_reset(&b->arena);
    text_begin(&w, format, &b->out, &b->arena);
    page_walk(b->plan, PAGE_ALL_GROUPS, &(struct page_inputs){.snapshot = b->snapshot}, &b->arena,
              &w.sink);
    text_end(&w);
}

static void encode_text(void *arg) {
    encode(arg, EXPO_TEXT);
}

static void encode_openmetrics(void *arg) {
    encode(arg, EXPO_OPENMETRICS);
}

static void encode_plain(void *arg) {
    struct bench *b = arg;
    buf_reset(&b->out);
    arena_reset(&b->arena);
    struct plain p = {.sink = {.family = plain_family, .sample = plain_sample}, .out = &b->out};
    page_walk(b->plan, PAGE_ALL_GROUPS, &(struct page_inputs){.snapshot = b->snapshot}, &b->arena,
              &p.sink);
    b->samples = p.samples;
}

/* The same bytes from one place to another: what memory alone allows. */
static void copy_bytes(void *arg) {
    struct bench *b = arg;
    static char *to;
    static size_t cap;
    if (cap < b->out.len) {
        free(to);
        to = malloc(b->out.len);
        cap = b->out.len;
    }
    if (to) {
        memcpy(to, b->out.data, b->out.len);
        __asm__ volatile("" : : "r"(to) : "memory");
    }
}

static double measure(struct bench *b, const char *what, void (*run)(void *arg)) {
    run(b);
    size_t before = allocations;
    double best_s = best_of_rounds(run, b, b->pages);
    printf("%-22s %8.2f ms a page %8.0f MB/s %7.1f ns a sample %6.2f allocations a page\n", what,
           best_s * 1e3, (double)b->out.len / 1e6 / best_s, best_s * 1e9 / (double)b->samples,
           (double)(allocations - before) / ROUNDS / b->pages);
    return best_s;
}

static void measure_gzip(const struct bench *b, int level) {
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
    size_t cap = c ? libdeflate_gzip_compress_bound(c, b->out.len) : 0;
    CLEANUP_FREE char *to = malloc(cap + 1);
    if (c && to) {
        int64_t start_ns = clock_mono_ns();
        size_t len = libdeflate_gzip_compress(c, b->out.data, b->out.len, to, cap);
        double s = (double)(clock_mono_ns() - start_ns) / 1e9;
        printf("gzip level %d           %8.2f ms a page %8.0f MB/s, to %.1f %%\n", level, s * 1e3,
               (double)b->out.len / 1e6 / s, 100.0 * (double)len / (double)b->out.len);
    }
    libdeflate_free_compressor(c);
}

int main(int argc, char **argv) {
    size_t n = argument(argc > 1 ? argv[1] : NULL, 1000);
    struct bench b = {.pages = (unsigned)argument(argc > 2 ? argv[2] : NULL, 20)};
    const struct str listed[] = {STR("maintainer"), STR("org.opencontainers.*")};
    struct page_settings settings = {.profile = STR("native"), .compat_names = true};
    const struct build_info build = {.version = STR("0")};
    struct err err = ERR_INIT;
    if (page_plan_new(&settings, &build, &b.plan, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    b.snapshot = made_snapshot(n, 0);
    encode_plain(&b);
    encode_text(&b);
    printf("%zu containers, %zu samples, %.1f MB\n", n, b.samples, (double)b.out.len / 1e6);
    double text_s = measure(&b, "text", encode_text);
    double openmetrics_s = measure(&b, "openmetrics", encode_openmetrics);
    double copy_s = measure(&b, "reference: memcpy", copy_bytes);
    double plain_s = measure(&b, "reference: snprintf", encode_plain);
    printf("text takes %.2f times snprintf, %.1f times memcpy; openmetrics %.2f times text\n",
           text_s / plain_s, text_s / copy_s, openmetrics_s / text_s);
    encode_text(&b);
    measure_gzip(&b, 1);
    measure_gzip(&b, 6);
    page_plan_unref(b.plan);
    settings.container_labels = listed;
    settings.n_container_labels = 2;
    if (page_plan_new(&settings, &build, &b.plan, &err) == 0) {
        (void)measure(&b, "text, 2 label globs", encode_text);
    }
    page_plan_unref(b.plan);
    snapshot_unref(b.snapshot);
    buf_done(&b.out);
    arena_done(&b.arena);
    return 0;
}
