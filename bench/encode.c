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
#include "base/clock.h"
#include "expo/text.h"
#include "metrics/page.h"

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

static struct usage *make_usage(struct arena *arena, uint64_t seed) {
    struct usage *u = arena_array(arena, 1, sizeof(*u));
    struct usage_net *nets = arena_array(arena, 2, sizeof(*nets));
    struct usage_disk *disks = arena_array(arena, 2, sizeof(*disks));
    if (!u || !nets || !disks) {
        abort();
    }
    u->source = SOURCE_ENGINE;
    u->nets = nets;
    u->n_nets = 2;
    u->disks = disks;
    u->n_disks = 2;
    for (int i = 0; i < USAGE_NUMBERS; i++) {
        usage_set(u, (enum usage_number)i, (seed + 1) * UINT64_C(2654435761) * (uint64_t)(i + 1));
    }
    for (unsigned i = 0; i < 2; i++) {
        nets[i] = (struct usage_net){.interface = i ? STR("eth1") : STR("eth0"), .have = 0xFF};
        disks[i] = (struct usage_disk){.major = 259, .minor = i, .have = 0xF};
        for (unsigned j = 0; j < NET_NUMBERS; j++) {
            nets[i].number[j] = (seed + 7) * 131071 * (j + 1);
        }
        for (unsigned j = 0; j < DISK_NUMBERS; j++) {
            disks[i].number[j] = (seed + 3) * 4096 * (j + 1);
        }
    }
    return u;
}

static struct container *make_container(size_t i) {
    char id[65];
    char name[64];
    char service[32];
    (void)snprintf(id, sizeof(id), "%016zx%016zx%016zx%016zx", i * 7919, i * 104729, i, i + 1);
    (void)snprintf(service, sizeof(service), "service-%zu", i % 40);
    (void)snprintf(name, sizeof(name), "project-%zu-%s-%zu", i / 40, service, i % 3 + 1);
    struct container_label labels[] = {
        {STR("com.docker.compose.project"), STR("project")},
        {STR("com.docker.compose.service"), str_of(service)},
        {STR("maintainer"), STR("team@example.org")},
        {STR("org.opencontainers.image.version"), STR("1.2.3")},
    };
    struct container_facts f = {
        .id = str_of(id),
        .name = str_of(name),
        .image = STR("registry.example.org/team/service:1.2.3"),
        .project = STR("project"),
        .service = str_of(service),
        .labels = labels,
        .n_labels = sizeof(labels) / sizeof(labels[0]),
        .state = STATE_RUNNING,
        .health = HEALTH_HEALTHY,
    };
    for (int j = 0; j < CONTAINER_NUMBERS; j++) {
        container_set(&f, (enum container_number)j, INT64_C(1795225522330000000) + (int64_t)i);
    }
    struct container *c = container_new(&f);
    if (!c) {
        abort();
    }
    return c;
}

static struct snapshot *make_snapshot(size_t n) {
    struct snapshot *s = snapshot_new(n);
    if (!s) {
        abort();
    }
    s->taken_unix_ns = INT64_C(1795225582330000000);
    s->engine_up = true;
    for (size_t i = 0; i < n; i++) {
        struct container *c = make_container(i);
        snapshot_add(s, &(struct reading){.container = c, .usage = make_usage(&s->arena, i)});
        container_unref(c);
    }
    snapshot_publish(s);
    return s;
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

static void encode_text(struct bench *b) {
    encode(b, EXPO_TEXT);
}

static void encode_openmetrics(struct bench *b) {
    encode(b, EXPO_OPENMETRICS);
}

static void encode_plain(struct bench *b) {
    buf_reset(&b->out);
    arena_reset(&b->arena);
    struct plain p = {.sink = {.family = plain_family, .sample = plain_sample}, .out = &b->out};
    page_walk(b->plan, PAGE_ALL_GROUPS, &(struct page_inputs){.snapshot = b->snapshot}, &b->arena,
              &p.sink);
    b->samples = p.samples;
}

/* The same bytes from one place to another: what memory alone allows. */
static void copy_bytes(struct bench *b) {
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

/* The best of three rounds, in seconds a page; the first page of all is not counted. */
static double measure(struct bench *b, const char *what, void (*run)(struct bench *b)) {
    run(b);
    double best_s = 1e9;
    size_t before = allocations;
    for (int round = 0; round < 3; round++) {
        int64_t start_ns = clock_mono_ns();
        for (unsigned i = 0; i < b->pages; i++) {
            run(b);
        }
        double s = (double)(clock_mono_ns() - start_ns) / 1e9 / b->pages;
        best_s = s < best_s ? s : best_s;
    }
    printf("%-22s %8.2f ms a page %8.0f MB/s %7.1f ns a sample %6.2f allocations a page\n", what,
           best_s * 1e3, (double)b->out.len / 1e6 / best_s, best_s * 1e9 / (double)b->samples,
           (double)(allocations - before) / 3 / b->pages);
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

/* Each other profile's page of the same snapshot, a sample of it against one of native's. */
static void measure_profiles(struct bench *b, const struct build_info *build, double native_s) {
    double native_ns = native_s * 1e9 / (double)b->samples;
    const char *name = NULL;
    for (size_t i = 1; (name = page_profile(i)) != NULL; i++) {
        struct page_settings settings = {.profile = str_of(name)};
        struct err err = ERR_INIT;
        if (page_plan_new(&settings, build, &b->plan, &err) < 0) {
            (void)fprintf(stderr, "%s\n", err.text);
            continue;
        }
        encode_plain(b);
        double ns = measure(b, name, encode_text) * 1e9 / (double)b->samples;
        printf("  %zu samples, each takes %.2f times one of native\n", b->samples, ns / native_ns);
        page_plan_free(b->plan);
    }
}

static size_t number(const char *text, size_t otherwise) {
    uint64_t v = 0;
    return text && str_to_u64(str_of(text), &v) && v > 0 ? (size_t)v : otherwise;
}

int main(int argc, char **argv) {
    size_t n = number(argc > 1 ? argv[1] : NULL, 1000);
    struct bench b = {.pages = (unsigned)number(argc > 2 ? argv[2] : NULL, 20)};
    const struct str listed[] = {STR("maintainer"), STR("org.opencontainers.*")};
    struct page_settings settings = {.profile = STR("native"), .compat_names = true};
    const struct build_info build = {.version = STR("0")};
    struct err err = ERR_INIT;
    if (page_plan_new(&settings, &build, &b.plan, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    b.snapshot = make_snapshot(n);
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
    page_plan_free(b.plan);
    settings.container_labels = listed;
    settings.n_container_labels = 2;
    if (page_plan_new(&settings, &build, &b.plan, &err) == 0) {
        (void)measure(&b, "text, 2 label globs", encode_text);
    }
    page_plan_free(b.plan);
    measure_profiles(&b, &build, text_s);
    snapshot_unref(b.snapshot);
    buf_done(&b.out);
    arena_done(&b.arena);
    return 0;
}
