#include "collect/facts.h"

#include <stdlib.h>

#include "base/clock.h"

struct facts {
    struct facts_setup setup;
    struct arena arena;
    struct engine_facts known;
    int64_t started_ns; /* 0: not under way */
    int64_t duration_ns;
    struct timer *timer;
};

static void on_timer(void *arg);

struct facts *facts_new(const struct facts_setup *setup) {
    struct facts *f = calloc(1, sizeof(*f));
    if (!f) {
        return NULL;
    }
    f->setup = *setup;
    f->duration_ns = -1;
    f->timer = timer_new(setup->loop, on_timer, f);
    if (!f->timer) {
        facts_free(f);
        return NULL;
    }
    return f;
}

void facts_free(struct facts *f) {
    if (f) {
        engine_facts_release(&f->known);
        arena_done(&f->arena);
        timer_free(f->timer);
        free(f);
    }
}

/* As if nothing had ever been asked. */
static void turn_off(struct facts *f) {
    timer_cancel(f->timer);
    facts_forget(f);
    f->duration_ns = -1;
}

void facts_set_interval(struct facts *f, int64_t interval_ms) {
    int64_t before_ms = f->setup.interval_ms;
    f->setup.interval_ms = interval_ms;
    if (interval_ms == 0) {
        turn_off(f);
    } else if (interval_ms != before_ms) {
        timer_after_ms(f->timer, before_ms ? interval_ms : 0);
    }
}

static void on_facts(void *arg, const struct err *err, const struct engine_facts *facts) {
    struct facts *f = arg;
    f->duration_ns = clock_mono_ns() - f->started_ns;
    f->started_ns = 0;
    if (err->code < 0) {
        f->setup.tally->errors[COLLECTOR_SYSTEM]++;
        f->setup.trouble(f->setup.arg, err);
    }
    /* Copied before the old ones go: they may be the same strings. */
    struct arena fresh = ARENA_INIT;
    struct engine_facts known = engine_facts_copy(&fresh, facts);
    if (!known.images) {
        known.images = image_names_ref(f->known.images);
    }
    engine_facts_release(&f->known);
    f->known = known;
    arena_done(&f->arena);
    f->arena = fresh;
    if (f->setup.interval_ms == 0) {
        turn_off(f);
    }
    f->setup.told(f->setup.arg);
}

/* While the Engine is away nobody is asked: its return refreshes. */
static void on_timer(void *arg) {
    struct facts *f = arg;
    timer_after_ms(f->timer, f->setup.interval_ms);
    if (f->started_ns || !engine_status(f->setup.engine)->up) {
        return;
    }
    if (engine_facts(f->setup.engine, on_facts, f) == 0) {
        f->started_ns = clock_mono_ns();
    }
}

void facts_refresh(struct facts *f) {
    if (f->setup.interval_ms > 0) {
        timer_after_ms(f->timer, 0);
    }
}

void facts_forget(struct facts *f) {
    f->known = (struct engine_facts){.images = f->known.images};
}

const struct engine_facts *facts_known(const struct facts *f) {
    return &f->known;
}

int64_t facts_duration_ns(const struct facts *f) {
    return f->duration_ns;
}
