#include "expo/metric.h"

/* A metric of several samples, at its present point. */
struct metric {
    struct metric *next;
    const struct expo_sample *first; /* of the point */
    const struct expo_sample *last;
    const struct expo_sample *by_suffix[TYPE_SUFFIXES_MAX]; /* the last of each */
    uint32_t bound;      /* index of the label that has the last bucket's or quantile's bound */
    bool negative_bound; /* some bucket is for negative values */
};

/* A sample that comes. */
struct arrival {
    const struct expo_sample *sample;
    size_t suffix;
    unsigned rules;
    uint32_t split; /* index of the label that tells it from others of its metric, or SERIES_ALL */
};

void metrics_init(struct metrics *m, enum expo_format format) {
    *m = (struct metrics){.format = format};
    series_set_init(&m->set);
    series_set_init(&m->parts);
}

void metrics_done(struct metrics *m) {
    series_set_done(&m->set);
    series_set_done(&m->parts);
    arena_done(&m->arena);
}

void metrics_begin(struct metrics *m, const struct expo_family *family) {
    series_set_reset(&m->set);
    series_set_reset(&m->parts);
    arena_reset(&m->arena);
    m->family = family;
    m->first = NULL;
    m->last = NULL;
    m->n_suffixes = type_suffixes(family->type, m->format, m->suffixes);
}

static const char *place(const struct expo_sample *s) {
    return s->name.ptr;
}

/* The number of a text that was checked to be one. */
static struct number number_of(struct str text) {
    struct number n = {.kind = NUMBER_NAN};
    (void)number_parse(text, &n);
    return n;
}

/* The value alone. */
static int check_value(const struct expo_sample *s, const struct number *n, unsigned rules,
                       struct fault *fault) {
    static const struct number one_number = {.digits = STR("1")};
    bool finite = n->kind == NUMBER_FINITE;
    bool one = finite && number_cmp(n, &one_number) == 0;
    const struct {
        unsigned rule;
        bool broken;
        const char *right;
    } checks[] = {
        {TYPE_NOT_NAN, n->kind == NUMBER_NAN, "a number other than NaN"},
        {TYPE_NOT_NEGATIVE, number_is_negative(n), "a number from 0 on"},
        {TYPE_WHOLE, !number_is_whole(n), "a whole number"},
        {TYPE_BOOLEAN, !one && (!finite || n->digits.len), "0 or 1"},
        {TYPE_ONE, !one, "1"},
    };
    for (size_t i = 0; rules & TYPE_VALUE && i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (rules & checks[i].rule && checks[i].broken) {
            return fault_set(fault, s->value.ptr, "the value of %.*s is %s, not %.*s",
                             FAULT_ARG(s->name), checks[i].right, FAULT_ARG(s->value));
        }
    }
    return 0;
}

/* The name of the label that tells the samples of a suffix apart. */
static struct str split_label(const struct metrics *m, unsigned rules) {
    return rules & TYPE_BUCKET     ? STR("le")
           : rules & TYPE_QUANTILE ? STR("quantile")
                                   : m->family->name;
}

/* A bucket's bound or a quantile: a number, in OpenMetrics within its range. */
static int check_bound(const struct metrics *m, const struct label *label, unsigned rules,
                       struct fault *fault) {
    struct number n;
    static const struct number one = {.digits = STR("1")};
    if (rules & TYPE_STATE) {
        return 0;
    }
    if (!number_parse(label->value, &n) || n.kind == NUMBER_NAN) {
        return fault_set(fault, label->name.ptr, "the label %.*s is a number, not \"%.*s\"",
                         FAULT_ARG(label->name), FAULT_ARG(label->value));
    }
    if (m->format == EXPO_OPENMETRICS && n.kind == NUMBER_INFINITE && !n.negative &&
        !str_eq(label->value, STR("+Inf"))) {
        return fault_set(fault, label->name.ptr, "infinity is written \"+Inf\" in OpenMetrics");
    }
    if (m->format == EXPO_OPENMETRICS && rules & TYPE_QUANTILE &&
        (number_is_negative(&n) || number_cmp(&n, &one) > 0)) {
        return fault_set(fault, label->name.ptr, "a quantile is from 0 to 1, not %.*s",
                         FAULT_ARG(label->value));
    }
    return 0;
}

/* Finds that label and looks what it says. */
static int find_split(const struct metrics *m, const struct expo_sample *s, unsigned rules,
                      uint32_t *ret, struct fault *fault) {
    struct str name = split_label(m, rules);
    *ret = SERIES_ALL;
    if (!(rules & TYPE_SPLIT)) {
        return 0;
    }
    for (uint32_t i = 0; i < s->n_labels; i++) {
        if (str_eq(s->labels[i].name, name)) {
            *ret = i;
            return check_bound(m, &s->labels[i], rules, fault);
        }
    }
    return fault_set(fault, place(s), "%.*s of a %s has a label %.*s", FAULT_ARG(s->name),
                     type_word(m->family->type, m->format), FAULT_ARG(name));
}

/* The exemplar of a bucket is one of those that it counts. */
static int check_exemplar(const struct expo_sample *s, uint32_t split, struct fault *fault) {
    if (!s->exemplar || split == SERIES_ALL) {
        return 0;
    }
    struct number value = number_of(s->exemplar->value);
    struct number bound = number_of(s->labels[split].value);
    if (value.kind != NUMBER_NAN && number_cmp(&value, &bound) > 0) {
        return fault_set(fault, s->exemplar->value.ptr,
                         "the exemplar's value %.*s is above the bucket's le=\"%.*s\"",
                         FAULT_ARG(s->exemplar->value), FAULT_ARG(s->labels[split].value));
    }
    return 0;
}

static int twice(const struct expo_sample *before, const struct expo_sample *s,
                 struct fault *fault) {
    return fault_set(fault, place(s), "%.*s stands with these labels in line %zu already",
                     FAULT_ARG(s->name), fault_line(fault, place(before)));
}

/*
 * A sample of a metric that is known, `before` being its last one: whether it belongs to the same
 * point. In OpenMetrics they stand together, and time does not go back.
 */
static int follow(const struct metrics *m, const struct expo_sample *before,
                  const struct expo_sample *s, bool *ret_same, struct fault *fault) {
    *ret_same = true;
    if (m->format == EXPO_TEXT) {
        return 0;
    }
    if (before != m->family->last) {
        return fault_set(fault, place(s),
                         "the samples with these labels stand together, but those before end in "
                         "line %zu",
                         fault_line(fault, place(before)));
    }
    if ((before->timestamp.len == 0) != (s->timestamp.len == 0)) {
        return fault_set(fault, place(s), "all samples of a metric have a timestamp, or none has");
    }
    if (s->timestamp.len) {
        struct number then = number_of(before->timestamp);
        struct number now = number_of(s->timestamp);
        int order = number_cmp(&now, &then);
        *ret_same = order == 0;
        if (order < 0) {
            return fault_set(fault, s->timestamp.ptr,
                             "the timestamp goes back: %.*s comes after %.*s",
                             FAULT_ARG(s->timestamp), FAULT_ARG(before->timestamp));
        }
    }
    return 0;
}

/* A quantile or a state: no other of this point is the same. */
static int add_part(struct metrics *m, const struct metric *metric, const struct expo_sample *s,
                    struct fault *fault) {
    struct series *part = series_set_add(&m->parts, s, SERIES_ALL);
    if (!part) {
        return fault_memory(fault);
    }
    if (part->sample != s && part->sample->name.ptr >= place(metric->first)) {
        return twice(part->sample, s, fault);
    }
    part->sample = s;
    return 0;
}

/* A bucket, or a quantile of the text format, against the one before. */
static int ascend(struct metric *metric, const struct arrival *a, struct fault *fault) {
    const struct label *label = &a->sample->labels[a->split];
    const struct expo_sample *before = metric->by_suffix[a->suffix];
    struct number bound = number_of(label->value);
    metric->negative_bound |= number_is_negative(&bound);
    if (before) {
        struct str lower = before->labels[metric->bound].value;
        struct number last = number_of(lower);
        if (number_cmp(&bound, &last) <= 0) {
            return fault_set(fault, label->name.ptr,
                             "%.*s goes up from sample to sample, but %.*s comes after %.*s",
                             FAULT_ARG(label->name), FAULT_ARG(label->value), FAULT_ARG(lower));
        }
    }
    metric->bound = a->split;
    return 0;
}

static int add_up(const struct expo_sample *before, const struct expo_sample *s,
                  struct fault *fault) {
    struct number value = number_of(s->value);
    struct number less = number_of(before->value);
    if (number_cmp(&value, &less) < 0) {
        return fault_set(fault, s->value.ptr,
                         "a bucket counts those of the lower bounds too, but %.*s comes after %.*s",
                         FAULT_ARG(s->value), FAULT_ARG(before->value));
    }
    return 0;
}

/* The last sample of the suffix that has the rule. */
static const struct expo_sample *last_with(const struct metrics *m, const struct metric *metric,
                                           unsigned rule) {
    for (size_t i = 0; i < m->n_suffixes; i++) {
        if (m->suffixes[i]->rules & rule) {
            return metric->by_suffix[i];
        }
    }
    return NULL;
}

/* In OpenMetrics: sum and count come together, and a sum of negative numbers is no counter. */
static int check_sum(const struct metrics *m, const struct metric *metric, struct fault *fault) {
    const struct expo_sample *sum = last_with(m, metric, TYPE_SUM);
    const struct expo_sample *count = last_with(m, metric, TYPE_COUNT);
    bool gauge = m->family->type == EXPO_GAUGEHISTOGRAM;
    struct number value = number_of(sum ? sum->value : STR("0"));
    if (!sum != !count) {
        return fault_set(fault, place(sum ? sum : count), "%.*s has no %s beside it",
                         FAULT_ARG(sum ? sum->name : count->name),
                         sum ? (gauge ? "_gcount" : "_count") : (gauge ? "_gsum" : "_sum"));
    }
    if (sum && !gauge && metric->negative_bound) {
        return fault_set(fault, place(sum),
                         "a histogram with negative bounds has no _sum, which could fall");
    }
    if (sum && gauge && !metric->negative_bound && number_is_negative(&value)) {
        return fault_set(fault, sum->value.ptr,
                         "the _gsum is negative, but no bucket is for negative values");
    }
    return 0;
}

/* Whether it is the bucket that counts all. */
static bool is_unbounded(const struct metric *metric, const struct expo_sample *bucket) {
    struct number bound = number_of(bucket->labels[metric->bound].value);
    return bound.kind == NUMBER_INFINITE && !bound.negative;
}

/* A histogram's point is complete. */
static int check_point(const struct metrics *m, const struct metric *metric, struct fault *fault) {
    const struct expo_sample *bucket = last_with(m, metric, TYPE_BUCKET);
    const struct expo_sample *count = last_with(m, metric, TYPE_COUNT);
    if (m->family->type != EXPO_HISTOGRAM && m->family->type != EXPO_GAUGEHISTOGRAM) {
        return 0;
    }
    if (!bucket || !is_unbounded(metric, bucket)) {
        return fault_set(fault, place(bucket ? bucket : metric->first),
                         "the %s %.*s lacks its last bucket, that with le=\"+Inf\"",
                         type_word(m->family->type, m->format), FAULT_ARG(m->family->name));
    }
    if (count) {
        struct number all = number_of(bucket->value);
        struct number told = number_of(count->value);
        if (number_cmp(&all, &told) != 0) {
            return fault_set(fault, count->value.ptr,
                             "the count is that of the bucket with le=\"+Inf\", %.*s",
                             FAULT_ARG(bucket->value));
        }
    }
    return m->format == EXPO_OPENMETRICS ? check_sum(m, metric, fault) : 0;
}

/* The metric of an entry that is known; its point may be over, and another one begins. */
static int go_on(struct metrics *m, struct metric *metric, const struct expo_sample *s,
                 struct fault *fault) {
    bool same = true;
    int r = follow(m, metric->last, s, &same, fault);
    if (r == 0 && !same) {
        r = check_point(m, metric, fault);
        *metric = (struct metric){.next = metric->next, .first = s};
    }
    return r;
}

/* A metric for an entry that is new; NULL when memory is out. */
static struct metric *begin(struct metrics *m, const struct expo_sample *s) {
    struct metric *metric = arena_alloc(&m->arena, sizeof(*metric));
    if (metric) {
        *metric = (struct metric){.first = s};
        *(m->last ? &m->last->next : &m->first) = metric;
        m->last = metric;
    }
    return metric;
}

/* A sample of a metric that has several. */
static int add_to_metric(struct metrics *m, struct series *entry, const struct arrival *a,
                         struct fault *fault) {
    struct metric *metric = entry->value;
    int r = metric ? go_on(m, metric, a->sample, fault) : 0;
    metric = metric ? metric : begin(m, a->sample);
    entry->value = metric;
    if (r < 0 || !metric) {
        return r < 0 ? r : fault_memory(fault);
    }
    const struct expo_sample *before = metric->by_suffix[a->suffix];
    if (a->rules & TYPE_BUCKET || (a->rules & TYPE_QUANTILE && m->format == EXPO_TEXT)) {
        r = ascend(metric, a, fault);
    } else if (a->rules & TYPE_SPLIT) {
        r = add_part(m, metric, a->sample, fault);
    } else if (before) {
        r = twice(before, a->sample, fault);
    }
    if (r == 0 && before && a->rules & TYPE_BUCKET) {
        r = add_up(before, a->sample, fault);
    }
    metric->by_suffix[a->suffix] = a->sample;
    metric->last = a->sample;
    return r;
}

/* A sample that is a metric of its own. */
static int add_lone(struct metrics *m, struct series *entry, const struct expo_sample *s,
                    struct fault *fault) {
    const struct expo_sample *before = entry->sample;
    bool same = true;
    int r = 0;
    if (before == s) {
        return 0;
    }
    if (before->timestamp.len || s->timestamp.len) {
        r = follow(m, before, s, &same, fault);
    }
    entry->sample = s;
    return r == 0 && same ? twice(before, s, fault) : r;
}

int metrics_add(struct metrics *m, const struct expo_sample *sample, const struct number *value,
                size_t suffix, struct fault *fault) {
    struct arrival a = {.sample = sample, .suffix = suffix, .rules = m->suffixes[suffix]->rules};
    int r = check_value(sample, value, a.rules, fault);
    r = r < 0 ? r : find_split(m, sample, a.rules, &a.split, fault);
    r = r < 0 ? r : check_exemplar(sample, a.split, fault);
    if (r < 0) {
        return r;
    }
    struct series *entry = series_set_add(&m->set, sample, a.split);
    if (!entry) {
        return fault_memory(fault);
    }
    return a.rules & TYPE_LONE ? add_lone(m, entry, sample, fault)
                               : add_to_metric(m, entry, &a, fault);
}

int metrics_end(struct metrics *m, struct fault *fault) {
    for (const struct metric *metric = m->first; metric; metric = metric->next) {
        int r = check_point(m, metric, fault);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
