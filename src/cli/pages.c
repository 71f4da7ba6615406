#include "cli/pages.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/owner.h"

#define HOST_NAME_BYTES_MAX 256

struct profile_page {
    struct pages *pages;
    struct rates *rates;       /* NULL: nothing is sampled */
    struct timer *timer;       /* NULL: the background's collections are the samples */
    struct collect_wait *wait; /* for the present sample */
    int64_t used_ns;           /* monotonic */
};

struct pages {
    struct plans *plans;
    struct profile_page page[PLANS_MAX]; /* in the plans' order */
    struct last_load load;
    struct pages_parts parts;
    struct owner owner;
    struct snapshot *newest;             /* of the background; a reference */
    char host_name[HOST_NAME_BYTES_MAX]; /* the Engine's machine, as last known */
    bool details;                        /* some page has wanted them of the kernel */
};

static void stop_sampling(struct profile_page *page) {
    collect_cancel(page->wait);
    page->wait = NULL;
    timer_free(page->timer);
    page->timer = NULL;
    rates_free(page->rates);
    page->rates = NULL;
}

void pages_stop(struct pages *pages) {
    for (size_t i = 0; pages && i < PLANS_MAX; i++) {
        stop_sampling(&pages->page[i]);
    }
    if (pages) {
        snapshot_unref(pages->newest);
        pages->newest = NULL;
    }
}

void pages_free(struct pages *pages) {
    if (!pages) {
        return;
    }
    pages_stop(pages);
    plans_free(pages->plans);
    free(pages);
}

int pages_new(struct plans *plans, struct pages **ret, struct err *err) {
    struct pages *pages = calloc(1, sizeof(*pages));
    if (!pages) {
        plans_free(plans);
        return err_set(err, -ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < PLANS_MAX; i++) {
        pages->page[i].pages = pages;
    }
    pages->plans = plans;
    pages_told_load(pages, true);
    *ret = pages;
    return 0;
}

void pages_told_load(struct pages *pages, bool successful) {
    pages->load.successful = successful;
    if (successful) {
        pages->load.success_unix_ns = clock_unix_ns();
    }
}

static struct profile_page *configured(struct pages *pages) {
    return &pages->page[pages->plans->configured];
}

/* How far the readings of its percentages are apart. */
static int64_t interval_ms(const struct profile_page *page) {
    const struct page_plan *plan = page->pages->plans->of[page - page->pages->page].plan;
    return plan ? page_rate_interval_ms(plan) : 0;
}

static void tell_unsampled(void) {
    log_event(LOG_WARN, "out of memory: percentages are missing");
}

static void take(struct profile_page *page, const struct snapshot *snapshot) {
    if (snapshot && rates_take(page->rates, snapshot) < 0) {
        tell_unsampled();
    }
}

static void on_sample(void *arg, struct snapshot *snapshot) {
    struct profile_page *page = arg;
    page->wait = NULL;
    take(page, snapshot);
}

static bool is_idle(const struct profile_page *page) {
    return page != configured(page->pages) &&
           clock_mono_ns() - page->used_ns > PAGES_IDLE_MS * NS_PER_MS;
}

static void on_timer(void *arg) {
    struct profile_page *page = arg;
    int64_t every_ms = interval_ms(page);
    if (is_idle(page) || every_ms == 0) {
        stop_sampling(page);
        return;
    }
    timer_after_ms(page->timer, every_ms);
    struct collect_wait *wait = NULL;
    if (!page->wait &&
        collect_ask(page->pages->parts.collect, every_ms, true, on_sample, page, &wait) == 0) {
        page->wait = wait;
    }
}

void pages_collected(struct pages *pages, struct snapshot *snapshot) {
    snapshot_unref(pages->newest);
    pages->newest = snapshot_ref(snapshot);
    for (size_t i = 0; i < PLANS_MAX; i++) {
        struct profile_page *page = &pages->page[i];
        if (page->rates && is_idle(page)) {
            stop_sampling(page);
        } else if (page->rates) {
            take(page, snapshot);
        }
    }
}

/* The next readings come with what the background collects, beginning with what it has just now, or
   are asked for at an interval of the page's own. */
static int choose_pace(struct profile_page *page) {
    const struct pages *pages = page->pages;
    collect_cancel(page->wait);
    page->wait = NULL;
    timer_free(page->timer);
    page->timer = NULL;
    if (pages->parts.background) {
        take(page, pages->newest);
        return 0;
    }
    page->timer = timer_new(pages->parts.loop, on_timer, page);
    if (!page->timer) {
        return -ENOMEM;
    }
    timer_after_ms(page->timer, 0);
    return 0;
}

static int start_sampling(struct profile_page *page) {
    page->rates = rates_new();
    int r = page->rates ? choose_pace(page) : -ENOMEM;
    if (r < 0) {
        stop_sampling(page);
    }
    return r;
}

/* What was read without them is of no use to the page. */
static void want_details(struct pages *pages) {
    if (!pages->details) {
        pages->details = true;
        kernel_want_details(pages->parts.kernel);
        collect_forget(pages->parts.collect);
    }
}

/* From now on what the page shows is gathered. */
static int use(struct profile_page *page, const struct page_plan *plan, struct err *err) {
    const struct pages_parts *parts = &page->pages->parts;
    page->used_ns = clock_mono_ns();
    if (page_needs_machine(plan) && parts->kernel) {
        want_details(page->pages);
    }
    if (page_rate_interval_ms(plan) == 0 || page->rates || !parts->loop) {
        return 0;
    }
    return start_sampling(page) == 0 ? 0 : err_set(err, -ENOMEM, "out of memory");
}

/* The configured page is always in use. */
static int use_configured(struct pages *pages, struct err *err) {
    const struct plans *plans = pages->plans;
    return use(configured(pages), plans->of[plans->configured].plan, err);
}

int pages_start(struct pages *pages, const struct pages_parts *parts, struct err *err) {
    pages->parts = *parts;
    pages->owner.local = parts->local;
    return use_configured(pages, err);
}

void pages_adopt(struct pages *pages, struct plans *plans) {
    struct err err = ERR_INIT;
    plans_free(pages->plans);
    pages->plans = plans;
    if (use_configured(pages, &err) < 0) {
        tell_unsampled();
    }
}

void pages_set_background(struct pages *pages, bool background) {
    if (pages->parts.background == background) {
        return;
    }
    pages->parts.background = background;
    snapshot_unref(pages->newest);
    pages->newest = NULL;
    for (size_t i = 0; i < PLANS_MAX; i++) {
        struct profile_page *page = &pages->page[i];
        if (page->rates && choose_pace(page) < 0) {
            stop_sampling(page);
            tell_unsampled();
        }
    }
}

int pages_choose(struct pages *pages, struct str name, struct page_choice *ret, struct err *err) {
    size_t i = 0;
    int r = plans_find(pages->plans, name, &i, err);
    if (r < 0) {
        return r;
    }
    struct page_plan *plan = pages->plans->of[i].plan;
    r = use(&pages->page[i], plan, err);
    if (r == 0) {
        *ret = (struct page_choice){.page = &pages->page[i], .plan = page_plan_ref(plan)};
    }
    return r;
}

void page_choice_done(struct page_choice *choice) {
    page_plan_unref(choice->plan);
    *choice = (struct page_choice){.page = NULL};
}

/* As the Engine has it, while it never told as the kernel of its machine; empty: not known. */
static struct str host_name(struct pages *pages, const struct snapshot *snapshot,
                            const struct machine *machine) {
    struct str told = snapshot->engine.host_name;
    if (!told.len && machine && pages->host_name[0] == '\0') {
        told = machine->host_name;
    }
    if (told.len && told.len < sizeof(pages->host_name)) {
        memcpy(pages->host_name, told.ptr, told.len);
        pages->host_name[told.len] = '\0';
    }
    return str_of(pages->host_name);
}

/* Whether the Engine has not told which machine it is on. */
static bool wants_identity(const struct engine_facts *engine) {
    return !engine_facts_has(engine, ENGINE_CPU_CORES) ||
           !engine_facts_has(engine, ENGINE_MEMORY_BYTES) || !engine->host_name.len;
}

/* The machine whose kernel is read, as far as the page shows it, if it is the Engine's. */
static bool read_machine(const struct page_choice *choice, const struct snapshot *snapshot,
                         struct arena *arena, struct machine *ret) {
    const struct pages *pages = choice->page->pages;
    struct kernel *kernel = pages->parts.kernel;
    bool whole = page_needs_machine(choice->plan);
    if (!kernel || (!whole && !wants_identity(&snapshot->engine))) {
        return false;
    }
    int rc = whole ? kernel_machine(kernel, arena, ret) : kernel_identity(kernel, arena, ret);
    return rc == 0 && owner_is_engine(&pages->owner, snapshot, ret->host_name);
}

void pages_write(const struct page_choice *choice, page_groups groups,
                 const struct snapshot *snapshot, struct arena *arena, struct sink *sink) {
    struct pages *pages = choice->page->pages;
    struct process_figures process;
    struct machine machine;
    process_read(&process);
    owner_learn(&pages->owner, snapshot);
    bool has_machine = read_machine(choice, snapshot, arena, &machine);
    const struct page_inputs in = {
        .snapshot = snapshot,
        .process = &process,
        .machine = has_machine ? &machine : NULL,
        .rates = choice->page->rates,
        .load = &pages->load,
        .host_name = host_name(pages, snapshot, has_machine ? &machine : NULL),
    };
    page_walk(choice->plan, groups, &in, arena, sink);
}
