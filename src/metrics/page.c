#include "metrics/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "metrics/labels.h"
#include "metrics/row.h"
#include "metrics/walk.h"

#define DEFAULT_MACHINE_NAME "local-machine"

/* A row as this configuration shows it. */
struct planned {
    const struct row *row;
    struct family family;
};

struct page_plan {
    unsigned refs;
    struct arena arena; /* all copies */
    const struct profile *profile;
    struct build_info build;
    struct label_rules rules;
    struct str machine_name;
    bool hide_root;
    struct planned *planned; /* in the order of the page */
    size_t n;
};

struct page_plan *page_plan_ref(struct page_plan *plan) {
    plan->refs++;
    return plan;
}

void page_plan_unref(struct page_plan *plan) {
    if (plan && --plan->refs == 0) {
        arena_done(&plan->arena);
        free(plan);
    }
}

static void page_plan_cleanup(struct page_plan **plan) {
    page_plan_unref(*plan);
}

#define PROFILES_MAX 16

/* The profile of that name; err names the nearest. */
static const struct profile *choose_profile(struct str name, struct err *err) {
    const struct profile *profile = profile_find(name);
    if (profile) {
        return profile;
    }
    const char *names[PROFILES_MAX] = {NULL};
    for (size_t i = 0; i < n_profiles && i < PROFILES_MAX; i++) {
        names[i] = profiles[i]->name;
    }
    const char *nearest = str_nearest(name, names, PROFILES_MAX);
    (void)err_set(err, -EINVAL, "unknown profile \"%.*s\": %s \"%s\"", STR_ARG(name),
                  nearest ? "did you mean" : "the default is",
                  nearest ? nearest : profiles[0]->name);
    return NULL;
}

static bool row_has_label(const struct row *row, struct str name) {
    for (size_t i = 0; i < ROW_LABELS_MAX && row->labels[i]; i++) {
        if (str_eq(name, str_of(row->labels[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether a profile writes a label of this name itself. */
static bool uses_label(const struct profile *profile, struct str name) {
    bool used = str_starts(name, STR(CONTAINER_LABEL_PREFIX));
    for (size_t i = 0; i < profile->n_base; i++) {
        used = used || str_eq(name, str_of(profile->base[i].name));
    }
    for (size_t i = 0; i < PROFILE_LABELS_MAX && profile->page[i].name; i++) {
        used = used || str_eq(name, str_of(profile->page[i].name));
    }
    for (size_t i = 0; i < profile->n_rows; i++) {
        used = used || row_has_label(&profile->rows[i], name);
    }
    for (size_t i = 0; i < n_self_rows; i++) {
        used = used || row_has_label(&self_rows[i], name);
    }
    return used;
}

static int check_globals(const struct page_settings *settings, const struct profile *profile,
                         struct err *err) {
    for (size_t i = 0; i < settings->n_global_labels; i++) {
        struct str name = settings->global_labels[i].name;
        if (!labels_valid_name(name, false) || str_starts(name, STR("__"))) {
            return err_set(err, -EINVAL,
                           "global label \"%.*s\" is no label name: letters, digits and _, not "
                           "beginning with a digit or __",
                           STR_ARG(name));
        }
        if (uses_label(profile, name)) {
            return err_set(err, -EINVAL, "global label \"%.*s\" is used by the profile %s itself",
                           STR_ARG(name), profile->name);
        }
        for (size_t j = 0; j < i; j++) {
            if (str_eq(name, settings->global_labels[j].name)) {
                return err_set(err, -EINVAL, "global label \"%.*s\" is given twice", STR_ARG(name));
            }
        }
    }
    return 0;
}

static int check_settings(const struct page_settings *settings, const struct profile *profile,
                          struct err *err) {
    if (settings->namespace.len && !labels_valid_name(settings->namespace, true)) {
        return err_set(err, -EINVAL,
                       "namespace \"%.*s\" is no metric name: letters, digits, _ and :, not "
                       "beginning with a digit",
                       STR_ARG(settings->namespace));
    }
    return check_globals(settings, profile, err);
}

static struct str name_in_namespace(struct arena *arena, struct str namespace, const char *name) {
    struct str plain = str_of(name);
    if (namespace.len == 0) {
        return plain;
    }
    size_t len = namespace.len + 1 + plain.len;
    char *joined = arena_alloc(arena, len);
    if (!joined) {
        return plain;
    }
    memcpy(joined, namespace.ptr, namespace.len);
    joined[namespace.len] = '_';
    memcpy(joined + namespace.len + 1, plain.ptr, plain.len);
    return (struct str){.ptr = joined, .len = len};
}

static bool contains(const struct str *list, size_t n, struct str word) {
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        found = found || str_eq(list[i], word);
    }
    return found;
}

/* Whether the settings leave the row on the page; cAdvisor's enable_metrics overrides its
   disable_metrics, so it does here. */
static bool is_wanted(const struct row *row, const struct page_settings *settings) {
    const char *kind = row_kind(row);
    if ((row->flags & ROW_COMPAT) && !settings->compat_names) {
        return false;
    }
    if (!kind) {
        return true;
    }
    return settings->n_enabled ? contains(settings->enabled, settings->n_enabled, str_of(kind))
                               : !contains(settings->disabled, settings->n_disabled, str_of(kind));
}

static void plan_rows(struct page_plan *plan, const struct row *rows, size_t n,
                      const struct page_settings *settings) {
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        if (!is_wanted(row, settings)) {
            continue;
        }
        plan->planned[plan->n++] = (struct planned){
            .row = row,
            .family = {.name = name_in_namespace(&plan->arena, settings->namespace, row->name),
                       .help = str_of(row->help),
                       .type = row->type},
        };
    }
}

/* The container labels that the profile always exports and those that are asked for. */
static void copy_patterns(struct page_plan *plan, const struct page_settings *settings) {
    size_t n = 0;
    struct str *patterns = arena_array(
        &plan->arena, settings->n_container_labels + PROFILE_LABELS_MAX, sizeof(*patterns));
    for (size_t i = 0; patterns && i < PROFILE_LABELS_MAX && plan->profile->always[i]; i++) {
        patterns[n++] = str_of(plan->profile->always[i]);
    }
    for (size_t i = 0; patterns && i < settings->n_container_labels; i++) {
        patterns[n++] = arena_str(&plan->arena, settings->container_labels[i]);
    }
    plan->rules.patterns = patterns;
    plan->rules.n_patterns = n;
}

static void copy_globals(struct page_plan *plan, const struct page_settings *settings) {
    struct label *globals = arena_array(&plan->arena, settings->n_global_labels, sizeof(*globals));
    for (size_t i = 0; globals && i < settings->n_global_labels; i++) {
        globals[i].name = arena_str(&plan->arena, settings->global_labels[i].name);
        globals[i].value = arena_str(&plan->arena, settings->global_labels[i].value);
    }
    plan->rules.globals = globals;
    plan->rules.n_globals = settings->n_global_labels;
}

static void copy_settings(struct page_plan *plan, const struct page_settings *settings) {
    plan->rules.base = plan->profile->base;
    plan->rules.n_base = plan->profile->n_base;
    copy_patterns(plan, settings);
    copy_globals(plan, settings);
    bool named = settings->machine_name.len > 0;
    plan->machine_name =
        named ? arena_str(&plan->arena, settings->machine_name) : STR(DEFAULT_MACHINE_NAME);
    plan->hide_root = settings->hide_root;
}

int page_plan_new(const struct page_settings *settings, const struct build_info *build,
                  struct page_plan **ret, struct err *err) {
    const struct profile *profile = choose_profile(settings->profile, err);
    if (!profile || check_settings(settings, profile, err) < 0) {
        return err->code;
    }
    CLEANUP(page_plan_cleanup) struct page_plan *plan = calloc(1, sizeof(*plan));
    if (!plan) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    plan->refs = 1;
    plan->profile = profile;
    plan->build = *build;
    copy_settings(plan, settings);
    plan->planned =
        arena_array(&plan->arena, profile->n_rows + n_self_rows, sizeof(*plan->planned));
    if (plan->planned) {
        plan_rows(plan, profile->rows, profile->n_rows, settings);
        plan_rows(plan, self_rows, n_self_rows, settings);
    }
    if (arena_failed(&plan->arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = take_ptr(plan);
    return 0;
}

#define BIT(group) ((page_groups)1 << (group))
#define USAGE_GROUPS                                                                               \
    (BIT(GROUP_MEMORY) | BIT(GROUP_CPU) | BIT(GROUP_NETWORK) | BIT(GROUP_FS) | BIT(GROUP_PIDS) |   \
     BIT(GROUP_PRESSURE))

int page_group_add(page_groups *groups, struct str name, struct err *err) {
    if (str_eq(name, STR("container"))) {
        *groups |= USAGE_GROUPS | BIT(GROUP_STATE);
        return 0;
    }
    for (int i = 0; i < GROUP_SELF; i++) {
        if (str_eq(name, str_of(group_word((enum group)i)))) {
            *groups |= BIT(i);
            return 0;
        }
    }
    return err_set(
        err, -EINVAL,
        "unknown collector \"%.*s\": known are container (all but disk and system), memory, cpu, "
        "network, fs, pids, pressure, state, disk, system",
        STR_ARG(name));
}

bool page_needs_usage(page_groups groups) {
    return (groups & USAGE_GROUPS) != 0;
}

/* Whether any container series is on the page, so that their labels are worth making. */
static bool needs_containers(page_groups groups) {
    return (groups & (USAGE_GROUPS | BIT(GROUP_STATE) | BIT(GROUP_DISK))) != 0;
}

/*
 * The groups of a selection that this snapshot has. Once states are too old to be believed, what
 * is still measured of containers goes on without them.
 */
static page_groups groups_shown(page_groups groups, const struct snapshot *snapshot) {
    groups |= BIT(GROUP_SELF);
    return snapshot->states_known ? groups : groups & ~BIT(GROUP_STATE);
}

bool page_needs_machine(const struct page_plan *plan) {
    return plan->profile->flags & PROFILE_MACHINE;
}

int64_t page_rate_interval_ms(const struct page_plan *plan) {
    return plan->profile->rate_interval_ms;
}

/* The machine's own series have no name: its root cgroup is read as if it were a container. */
static bool add_root(const struct walk *w, struct arena *arena, struct reading *ret) {
    const struct machine *machine = w->in->machine;
    struct container *root = arena_array(arena, 1, sizeof(*root));
    if (!root) {
        return false;
    }
    root->facts = (struct container_facts){
        .id = STR("/"), .state = STATE_RUNNING, .network = NETWORK_OWN, .inspected = true};
    if (machine->booted_unix_ns) {
        container_set(&root->facts, CONTAINER_STARTED_NS, machine->booted_unix_ns);
        container_set(&root->facts, CONTAINER_CREATED_NS, machine->booted_unix_ns);
    }
    if (machine->mem_bytes && machine->mem_bytes <= INT64_MAX) {
        container_set(&root->facts, CONTAINER_MEM_LIMIT_BYTES, (int64_t)machine->mem_bytes);
    }
    *ret = (struct reading){.container = root, .usage = &machine->usage};
    return true;
}

/* Which readings the profile shows; false when memory is out. */
static bool choose_readings(struct walk *w, const struct page_plan *plan, struct arena *arena) {
    const struct snapshot *s = w->snapshot;
    bool root = w->in->machine && page_needs_machine(plan) && !plan->hide_root;
    w->readings = s->readings;
    w->n = s->n;
    if (!root && !(plan->profile->flags & PROFILE_LIVE_ONLY)) {
        return true;
    }
    struct reading *chosen = arena_array(arena, s->n + 1, sizeof(*chosen));
    w->readings = chosen;
    w->n = 0;
    if (!chosen || (root && !add_root(w, arena, &chosen[w->n++]))) {
        return false;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (container_is_live(&s->readings[i].container->facts)) {
            chosen[w->n++] = s->readings[i];
        }
    }
    return true;
}

/* Labels of all series: the profile's own of a page in front of the global ones. Where one of them
   is not known, series of the profile would be somebody else's: only our own stay. */
static bool make_globals(struct walk *w, const struct page_plan *plan, struct arena *arena) {
    const struct page_label *page = plan->profile->page;
    size_t n = 0;
    w->globals = (struct labelset){.labels = plan->rules.globals, .n = plan->rules.n_globals};
    if (!page[0].name) {
        return true;
    }
    struct label *all = arena_array(arena, PROFILE_LABELS_MAX + w->globals.n, sizeof(*all));
    if (!all) {
        return false;
    }
    for (size_t i = 0; i < PROFILE_LABELS_MAX && page[i].name; i++) {
        struct str value = page[i].value(w);
        w->unnamed = w->unnamed || value.len == 0;
        if (value.len) {
            all[n++] = (struct label){.name = str_of(page[i].name), .value = value};
        }
    }
    if (w->globals.n) {
        memcpy(all + n, w->globals.labels, w->globals.n * sizeof(*all));
    }
    w->globals = (struct labelset){.labels = all, .n = n + w->globals.n};
    return true;
}

/* The label sets of all containers; none when memory is out. */
static void make_labels(struct walk *w, const struct page_plan *plan, page_groups groups,
                        struct arena *arena) {
    if (!make_globals(w, plan, arena) || !needs_containers(groups) ||
        !choose_readings(w, plan, arena)) {
        return;
    }
    struct label_rules rules = plan->rules;
    rules.globals = w->globals.labels;
    rules.n_globals = w->globals.n;
    w->containers = labels_build(&rules, w->readings, w->n, arena, &w->labels_left_out);
}

void page_walk(const struct page_plan *plan, page_groups groups, const struct page_inputs *in,
               struct arena *arena, struct sink *sink) {
    struct walk w = {
        .in = in,
        .snapshot = in->snapshot,
        .build = &plan->build,
        .machine_name = plan->machine_name,
        .sink = sink,
        .labels_listed = plan->rules.n_patterns > 0,
        .usage_wanted = page_needs_usage(groups),
    };
    make_labels(&w, plan, groups, arena);
    page_groups shown = w.unnamed ? BIT(GROUP_SELF) : groups_shown(groups, in->snapshot);
    for (size_t i = 0; i < plan->n; i++) {
        const struct planned *planned = &plan->planned[i];
        if (BIT(planned->row->group) & shown) {
            w.family = &planned->family;
            w.told = false;
            planned->row->walk(&w, planned->row);
        }
    }
}
