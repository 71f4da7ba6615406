#include "cli/tuning.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

void tuning_set_log(const struct config *config) {
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    enum log_level level = LOG_INFO;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (str_eq(config->logging.level, str_of(levels[i]))) {
            level = (enum log_level)i;
        }
    }
    bool json = str_eq(config->logging.format, STR("json"));
    bool out = str_eq(config->logging.output, STR("stdout"));
    log_setup(level, json ? LOG_JSON : LOG_TEXT, out ? STDOUT_FILENO : STDERR_FILENO);
}

int tuning_blame(const struct config *config, const char *option, struct err *err) {
    struct buf origin CLEANUP_BUF = BUF_INIT;
    config_origin_text(config, option, &origin);
    bool named = str_search(buf_view(&origin), str_of(option)) != SIZE_MAX;
    return err_wrap(err, "%s%s%s", buf_cstr(&origin), named ? "" : ": ", named ? "" : option);
}

/* One list of patterns. */
struct patterns {
    bool exclude;
    enum filter_subject subject;
    const char *option;
    const struct str_list *list;
};

static int add_patterns(struct filter *filter, const struct config *config,
                        const struct patterns *p, struct err *err) {
    for (size_t i = 0; i < p->list->n; i++) {
        int r = filter_add(filter, p->exclude, p->subject, p->list->items[i], err);
        if (r < 0) {
            return tuning_blame(config, p->option, err);
        }
    }
    return 0;
}

static int make_filter(struct tuning *t, const struct config *c, struct err *err) {
    t->filter = filter_new();
    if (!t->filter) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    const struct patterns rules[] = {
        {false, FILTER_NAME, "collection.filters.include.names", &c->collection.include.names},
        {false, FILTER_IMAGE, "collection.filters.include.images", &c->collection.include.images},
        {false, FILTER_LABEL, "collection.filters.include.labels", &c->collection.include.labels},
        {true, FILTER_NAME, "collection.filters.exclude.names", &c->collection.exclude.names},
        {true, FILTER_IMAGE, "collection.filters.exclude.images", &c->collection.exclude.images},
        {true, FILTER_LABEL, "collection.filters.exclude.labels", &c->collection.exclude.labels},
    };
    int r = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && r == 0; i++) {
        r = add_patterns(t->filter, c, &rules[i], err);
    }
    return r;
}

static int make_plans(struct tuning *t, const struct config *c, struct err *err) {
    struct arena scratch = ARENA_INIT;
    size_t n = c->metrics.global_labels.n;
    struct label *global = arena_array(&scratch, n, sizeof(*global));
    if (!global) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        global[i] = (struct label){.name = c->metrics.global_labels.items[i].key,
                                   .value = c->metrics.global_labels.items[i].value};
    }
    struct page_settings settings = {
        .profile = c->metrics.profile,
        .machine_name = c->metrics.machine_name,
        .namespace = c->metrics.namespace,
        .global_labels = global,
        .n_global_labels = n,
        .container_labels = c->metrics.container_labels.items,
        .n_container_labels = c->metrics.container_labels.n,
        .compat_names = c->metrics.compat_names,
        .hide_root = !c->metrics.root_cgroup,
        .disabled = c->metrics.disable.items,
        .n_disabled = c->metrics.disable.n,
        .enabled = c->metrics.enable.items,
        .n_enabled = c->metrics.enable.n,
    };
    int r = plans_new(&settings, &t->plans, err);
    arena_done(&scratch);
    return r == -EINVAL ? tuning_blame(c, "metrics.global_labels", err) : r;
}

/* What the configured collectors leave of the page. */
static int make_groups(struct tuning *t, const struct config *c, struct err *err) {
    t->groups = 0;
    int r = 0;
    if (c->collection.collectors.container) {
        r = page_group_add(&t->groups, STR("container"), err);
    }
    if (r == 0 && c->collection.collectors.system) {
        r = page_group_add(&t->groups, STR("system"), err);
    }
    if (r == 0 && c->collection.collectors.disk) {
        r = page_group_add(&t->groups, STR("disk"), err);
    }
    return r;
}

int tuning_init(struct tuning *tuning, const struct config *config, struct err *err) {
    struct tuning t = {.filter = NULL};
    int r = make_filter(&t, config, err);
    r = r ? r : make_plans(&t, config, err);
    r = r ? r : make_groups(&t, config, err);
    if (r < 0) {
        tuning_done(&t);
        return r;
    }
    *tuning = t;
    return 0;
}

void tuning_done(struct tuning *t) {
    filter_free(t->filter);
    plans_free(t->plans);
    *t = (struct tuning){.filter = NULL};
}

enum collect_source tuning_source(const struct config *config) {
    if (str_eq(config->collection.source, STR("kernel"))) {
        return COLLECT_KERNEL;
    }
    return str_eq(config->collection.source, STR("engine")) ? COLLECT_ENGINE : COLLECT_AUTO;
}

struct collect_settings tuning_collect(const struct config *c) {
    return (struct collect_settings){
        .interval_ms = c->collection.interval_ns / NS_PER_MS,
        .timeout_ms = c->collection.timeout_ns / NS_PER_MS,
        .resync_ms = c->collection.resync_ns / NS_PER_MS,
        .system_interval_ms = c->collection.system_interval_ns / NS_PER_MS,
        .disk_interval_ms =
            c->collection.collectors.disk ? c->collection.disk_interval_ns / NS_PER_MS : 0,
        .cache_ttl_ms = c->metrics.cache.enabled ? c->metrics.cache.ttl_ns / NS_PER_MS : 0,
        .max_concurrent = (unsigned)c->performance.max_concurrent,
        .source = tuning_source(c),
        .containers = c->collection.collectors.container,
        .system = c->collection.collectors.system,
    };
}
