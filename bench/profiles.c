/*
 * What each profile's page costs against native's of the same snapshot, a page and a sample of it.
 * Both are written in turns, so that a machine that is busy for a while slows both. The machine and
 * the percentages are there for the profiles that show them.
 *
 *   bench_profiles [containers [pages]]     without numbers: 100 and 1,000 containers
 */
#include <stdio.h>
#include <stdlib.h>

#include "expo/text.h"
#include "made_snapshot.h"
#include "metrics/page.h"
#include "rounds.h"

#define TURNS 5
#define RATE_S 15

/* A profile's page and where it goes. */
struct bench {
    struct page_plan *plan;
    struct page_inputs inputs;
    struct buf out;
    struct arena arena;
};

/* A sink that counts. */
struct counter {
    struct sink sink;
    size_t samples;
};

static void pass_family(struct sink *sink, const struct family *f) {
    (void)sink;
    (void)f;
}

static void count_sample(struct sink *sink, struct labelset *base, const struct label *own,
                         size_t n, struct value value) {
    (void)base;
    (void)own;
    (void)n;
    (void)value;
    ((struct counter *)sink)->samples++;
}

static size_t count_samples(struct bench *b) {
    struct counter c = {.sink = {.family = pass_family, .sample = count_sample}};
    arena_reset(&b->arena);
    page_walk(b->plan, PAGE_ALL_GROUPS, &b->inputs, &b->arena, &c.sink);
    return c.samples;
}

static void write_page(void *arg) {
    struct bench *b = arg;
    struct text_writer w;
    buf_reset(&b->out);
    arena_reset(&b->arena);
    text_begin(&w, EXPO_TEXT, &b->out, &b->arena);
    page_walk(b->plan, PAGE_ALL_GROUPS, &b->inputs, &b->arena, &w.sink);
    text_end(&w);
}

static void bench_init(struct bench *b, const char *profile, const struct page_inputs *inputs) {
    struct page_settings settings = {.profile = str_of(profile), .compat_names = true};
    const struct build_info build = {.version = STR("0")};
    struct err err = ERR_INIT;
    *b = (struct bench){.inputs = *inputs};
    if (page_plan_new(&settings, &build, &b->plan, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    write_page(b);
}

static void bench_done(struct bench *b) {
    page_plan_unref(b->plan);
    buf_done(&b->out);
    arena_done(&b->arena);
}

static double smaller(double a, double b) {
    return a < b ? a : b;
}

/* A line for one profile; native's own is the check that the ratio means something. */
static void compare(struct bench *native, const char *profile, unsigned pages) {
    struct bench other;
    bench_init(&other, profile, &native->inputs);
    double native_s = 1e9;
    double other_s = 1e9;
    for (int turn = 0; turn < TURNS; turn++) {
        native_s = smaller(native_s, best_of_rounds(write_page, native, pages));
        other_s = smaller(other_s, best_of_rounds(write_page, &other, pages));
    }
    size_t samples = count_samples(&other);
    double ns = other_s * 1e9 / (double)samples;
    double native_ns = native_s * 1e9 / (double)count_samples(native);
    printf("%-18s %7zu samples %6.2f MB %8.3f ms a page %6.1f ns a sample; against native: page "
           "%.2f, sample %.2f\n",
           profile, samples, (double)other.out.len / 1e6, other_s * 1e3, ns, other_s / native_s,
           ns / native_ns);
    bench_done(&other);
}

static void bench_profiles(size_t containers, unsigned pages) {
    struct snapshot *before = made_snapshot(containers, 0);
    struct snapshot *now = made_snapshot(containers, RATE_S);
    struct rates *rates = rates_new();
    if (!rates || rates_take(rates, before) < 0 || rates_take(rates, now) < 0) {
        abort();
    }
    struct machine machine = {.machine_id = STR("0123456789abcdef0123456789abcdef"),
                              .cores = 8,
                              .mem_bytes = UINT64_C(1) << 34};
    const struct page_inputs inputs = {
        .snapshot = now, .machine = &machine, .rates = rates, .host_name = STR("host")};
    struct bench native;
    bench_init(&native, page_profile(0), &inputs);
    printf("%zu containers\n", containers);
    const char *name;
    for (size_t i = 0; (name = page_profile(i)) != NULL; i++) {
        compare(&native, name, pages);
    }
    bench_done(&native);
    rates_free(rates);
    snapshot_unref(before);
    snapshot_unref(now);
}

int main(int argc, char **argv) {
    unsigned pages = (unsigned)argument(argc > 2 ? argv[2] : NULL, 20);
    if (argc > 1) {
        bench_profiles(argument(argv[1], 1000), pages);
        return 0;
    }
    bench_profiles(100, pages * 10);
    bench_profiles(1000, pages);
    return 0;
}
