#include "migrate/matcher.h"
#include "migrate/forms.h"

#include <string.h>

#define PORT "(:[0-9]+)?"
#define LATEST ":latest"

struct translation {
    const struct matcher *m;
    const char **op;
    struct buf *value;
    const char **why;
};

static bool is_negative(const struct matcher *m) {
    return m->op.ptr[0] == '!';
}

static bool is_regex(const struct matcher *m) {
    return m->op.ptr[m->op.len - 1] == '~';
}

static bool is_one_of(struct str s, const char *const *words) {
    for (; *words; words++) {
        if (str_eq(s, str_of(*words))) {
            return true;
        }
    }
    return false;
}

/* A regular expression without the anchors and brackets that do nothing. */
static struct str bare(struct str s) {
    bool more = true;
    while (more) {
        size_t len = s.len;
        bool brackets =
            str_starts(s, STR("(")) && str_ends(s, STR(")")) && str_find(s, ')', 0) == s.len - 1;
        if (brackets) {
            s = str_sub(s, 1, s.len - 2);
        }
        s = str_starts(s, STR("^")) ? str_sub(s, 1, s.len - 1) : s;
        s = str_ends(s, STR("$")) ? str_sub(s, 0, s.len - 1) : s;
        more = s.len < len;
    }
    return s;
}

/* label!="", label=~".+", label=~".*" and their kind: every series that has the label. */
static bool is_any(const struct matcher *m) {
    static const char *const patterns[] = {".*", ".+", "..*", "[^ ]+", NULL};
    if (!is_regex(m)) {
        return is_negative(m) && m->value.len == 0;
    }
    return is_negative(m) ? bare(m->value).len == 0 : is_one_of(bare(m->value), patterns);
}

/* label="", label=~"": the series without it. */
static bool is_none(const struct matcher *m) {
    return !is_negative(m) && (is_regex(m) ? bare(m->value) : m->value).len == 0;
}

static bool is_root_path(const struct matcher *m) {
    return str_eq(is_regex(m) ? bare(m->value) : m->value, STR("/"));
}

bool matcher_is_root(const struct label_rule *rule, const struct matcher *m) {
    if (rule->value == LABEL_CONTAINER) {
        return is_none(m);
    }
    return rule->value == LABEL_CGROUP && !is_negative(m) && is_root_path(m);
}

static enum matcher_fate lose(const struct translation *t, const char *why) {
    *t->why = why;
    return MATCHER_LOST;
}

/* Keeps what a variable says, since the variable's own query is rewritten too. */
static enum matcher_fate keep_variable(const struct translation *t, const char *why) {
    return variable_alone(t->m->value) ? MATCHER_KEPT : lose(t, why);
}

static enum matcher_fate keep(const struct translation *t) {
    (void)t;
    return MATCHER_KEPT;
}

static enum matcher_fate drop(const struct translation *t) {
    (void)t;
    return MATCHER_DROPPED;
}

static enum matcher_fate by_container(const struct translation *t) {
    return is_any(t->m) || is_none(t->m) ? MATCHER_DROPPED : MATCHER_KEPT;
}

/* A literal as a regular expression. */
static void put_escaped(struct buf *out, struct str literal) {
    for (size_t i = 0; i < literal.len; i++) {
        if (literal.ptr[i] && strchr(".+*?()|[]{}^$\\", literal.ptr[i])) {
            buf_byte(out, '\\');
        }
        buf_byte(out, literal.ptr[i]);
    }
}

/* A literal and what may follow it. */
static enum matcher_fate with_tail(const struct translation *t, struct str literal,
                                   const char *tail) {
    put_escaped(t->value, literal);
    buf_text(t->value, tail);
    *t->op = is_negative(t->m) ? "!~" : "=~";
    return MATCHER_CHANGED;
}

/* native has an image's name as the container was started with, with its tag or without. */
static enum matcher_fate by_tagged(const struct translation *t) {
    struct str value = t->m->value;
    if (is_any(t->m)) {
        return MATCHER_DROPPED;
    }
    if (is_regex(t->m) || !str_ends(value, STR(LATEST)) || variable_within(value)) {
        return MATCHER_KEPT;
    }
    return with_tail(t, str_sub(value, 0, value.len - strlen(LATEST)), "(" LATEST ")?");
}

static enum matcher_fate by_cgroup(const struct translation *t) {
    static const char *const containers[] = {"/.+",
                                             "/.*",
                                             "/docker/.+",
                                             "/docker/.*",
                                             "/docker.+",
                                             "/docker.*",
                                             "/docker/[a-f0-9]+",
                                             "/docker/[a-z0-9]+",
                                             "/docker/([a-z0-9]+)",
                                             "/docker/([a-f0-9]+)",
                                             "/docker/[a-f0-9]{64}",
                                             "/system.slice/docker.+",
                                             "/system.slice/docker.*",
                                             "/system.slice/docker-.+",
                                             "/system.slice/docker-.*",
                                             "/system.slice/docker-.+.scope",
                                             "/system.slice/docker-.*.scope",
                                             "/system.slice/docker-.+\\.scope",
                                             "/system.slice/docker-.*\\.scope",
                                             NULL};
    const struct matcher *m = t->m;
    bool containers_only = is_regex(m) && !is_negative(m) && is_one_of(bare(m->value), containers);
    if (is_any(m) || is_root_path(m) || containers_only) {
        return MATCHER_DROPPED;
    }
    return keep_variable(t, "a cgroup cannot be selected on native, a container_name can");
}

static enum matcher_fate by_id(const struct translation *t) {
    return is_any(t->m) ? MATCHER_DROPPED
                        : keep_variable(t, "only container_info tells an id, as container_id");
}

/* "sda1" as "8:1" where the kernel's numbers are fixed; false: they are not. */
static bool put_device(struct buf *out, struct str name) {
    uint64_t number = 0;
    uint64_t part = 0;
    if (str_starts(name, STR("sd")) && name.len >= 3 && name.ptr[2] >= 'a' && name.ptr[2] <= 'p') {
        struct str rest = str_sub(name, 3, name.len - 3);
        bool fits = rest.len == 0 || (str_to_u64(rest, &part) && part > 0 && part < 16);
        buf_fmt(out, "8:%d", (name.ptr[2] - 'a') * 16 + (int)part);
        return fits;
    }
    if (str_starts(name, STR("loop")) || str_starts(name, STR("md"))) {
        bool loop = name.ptr[0] == 'l';
        size_t skip = loop ? 4 : 2;
        bool fits = str_to_u64(str_sub(name, skip, name.len - skip), &number) && number < 256;
        buf_fmt(out, "%d:%u", loop ? 7 : 9, (unsigned)number);
        return fits;
    }
    return false;
}

static enum matcher_fate by_device(const struct translation *t) {
    static const char *const all[] = {"/dev/.+", "/dev/.*", "/dev.+", "/dev.*", NULL};
    const struct matcher *m = t->m;
    struct str folder = STR("/dev/");
    if (is_any(m) || (is_regex(m) && !is_negative(m) && is_one_of(bare(m->value), all))) {
        return MATCHER_DROPPED;
    }
    if (!is_regex(m) && str_starts(m->value, folder) &&
        put_device(t->value, str_sub(m->value, folder.len, m->value.len - folder.len))) {
        *t->op = is_negative(m) ? "!=" : "=";
        return MATCHER_CHANGED;
    }
    buf_reset(t->value);
    return keep_variable(t, "native has a device's numbers, which `ls -l /dev` tells");
}

bool matcher_is_of_cores(const struct label_rule *rule, const struct matcher *m) {
    static const char *const all[] = {"cpu.+", "cpu.*", "cpu[0-9]+", "cpu[0-9]*", NULL};
    return rule->value == LABEL_CPU && !is_negative(m) && is_regex(m) &&
           is_one_of(bare(m->value), all);
}

/* All cores of a container are one series: their sum stays the same, which the caller looks at. */
static enum matcher_fate by_cpu(const struct translation *t) {
    const struct matcher *m = t->m;
    struct str value = is_regex(m) ? bare(m->value) : m->value;
    bool total = !is_negative(m) && str_eq(value, STR("total"));
    const struct label_rule cpu = {.value = LABEL_CPU};
    return is_any(m) || total || matcher_is_of_cores(&cpu, m) ? MATCHER_DROPPED : lose(t, NO_CORES);
}

/* A name is an address when the port is left aside; what has a port is one already. */
static enum matcher_fate by_host(const struct translation *t) {
    const struct matcher *m = t->m;
    if (is_any(m) || is_none(m) || variable_within(m->value) ||
        str_find(m->value, ':', 0) < m->value.len) {
        return MATCHER_KEPT;
    }
    if (!is_regex(m)) {
        return with_tail(t, m->value, PORT);
    }
    buf_fmt(t->value, "(?:%.*s)" PORT, STR_ARG(m->value));
    *t->op = is_negative(m) ? "!~" : "=~";
    return MATCHER_CHANGED;
}

static enum matcher_fate by_error(const struct translation *t) {
    const struct matcher *m = t->m;
    const char *now = str_eq(m->value, STR("container_stats")) ? "container"
                      : str_eq(m->value, STR("docker_api"))    ? "system"
                                                               : NULL;
    if (is_any(m)) {
        return MATCHER_DROPPED;
    }
    if (!now || is_regex(m)) {
        return keep_variable(t, "collector is container or system on native");
    }
    buf_text(t->value, now);
    *t->op = is_negative(m) ? "!=" : "=";
    return MATCHER_CHANGED;
}

static enum matcher_fate by_nothing(const struct translation *t) {
    return lose(t, "native has no such label");
}

enum matcher_fate matcher_translate(const struct label_rule *rule, const struct matcher *m,
                                    const char **ret_op, struct buf *value, const char **ret_why) {
    static enum matcher_fate (*const readers[])(const struct translation *t) = {
        [LABEL_AS_IS] = keep,       [LABEL_DROPPED] = drop,
        [LABEL_LOST] = by_nothing,  [LABEL_CONTAINER] = by_container,
        [LABEL_TAGGED] = by_tagged, [LABEL_CGROUP] = by_cgroup,
        [LABEL_ID] = by_id,         [LABEL_DEVICE] = by_device,
        [LABEL_CPU] = by_cpu,       [LABEL_HOST] = by_host,
        [LABEL_ERROR] = by_error,
    };
    const struct translation t = {.m = m, .op = ret_op, .value = value, .why = ret_why};
    enum matcher_fate fate = readers[rule->value](&t);
    if (rule->value == LABEL_LOST && rule->why) {
        *ret_why = rule->why;
    }
    return fate;
}
