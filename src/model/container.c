#include "model/container.h"

#include <stdlib.h>

struct word {
    const char *text;
    int value;
};

static const struct word state_words[] = {
    {"created", STATE_CREATED},     {"running", STATE_RUNNING},
    {"paused", STATE_PAUSED},       {"restarting", STATE_RESTARTING},
    {"removing", STATE_REMOVING},   {"exited", STATE_EXITED},
    {"dead", STATE_DEAD},           {"stopped", STATE_EXITED},
    {"stopping", STATE_RUNNING},    {"configured", STATE_CREATED},
    {"initialized", STATE_CREATED},
};

static const struct word health_words[] = {
    {"starting", HEALTH_STARTING},
    {"healthy", HEALTH_HEALTHY},
    {"unhealthy", HEALTH_UNHEALTHY},
};

static int parse_word(const struct word *words, size_t n, struct str s, int otherwise) {
    for (size_t i = 0; i < n; i++) {
        if (str_eq(s, str_of(words[i].text))) {
            return words[i].value;
        }
    }
    return otherwise;
}

/* The first word of a value: where several words mean one, the first is Docker's. */
static const char *word_of(const struct word *words, size_t n, int value, const char *otherwise) {
    for (size_t i = 0; i < n; i++) {
        if (words[i].value == value) {
            return words[i].text;
        }
    }
    return otherwise;
}

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum container_state container_state_parse(struct str word) {
    return (enum container_state)parse_word(state_words, N(state_words), word, STATE_UNKNOWN);
}

const char *container_state_word(enum container_state state) {
    return word_of(state_words, N(state_words), (int)state, "unknown");
}

enum container_health container_health_parse(struct str word) {
    return (enum container_health)parse_word(health_words, N(health_words), word, HEALTH_NONE);
}

const char *container_health_word(enum container_health health) {
    return word_of(health_words, N(health_words), (int)health, "");
}

enum container_network container_network_parse(struct str mode) {
    if (str_eq(mode, STR("host"))) {
        return NETWORK_HOST;
    }
    if (str_eq(mode, STR("none"))) {
        return NETWORK_NONE;
    }
    return str_starts(mode, STR("container:")) ? NETWORK_SHARED : NETWORK_OWN;
}

bool container_is_live(const struct container_facts *f) {
    return f->state == STATE_RUNNING || f->state == STATE_PAUSED;
}

struct str container_label(const struct container_facts *f, struct str key) {
    for (size_t i = 0; i < f->n_labels; i++) {
        if (str_eq(f->labels[i].key, key)) {
            return f->labels[i].value;
        }
    }
    return (struct str){.ptr = NULL, .len = 0};
}

/* The strings of the facts, as one list, so that measuring and copying cannot differ. */
static size_t own_strings(struct container_facts *f, struct str *ret[7]) {
    struct str *all[] = {&f->id,      &f->name,    &f->image,     &f->image_id,
                         &f->project, &f->service, &f->log_driver};
    memcpy(ret, all, sizeof(all));
    return N(all);
}

static void copy_str(struct str *s, char **to) {
    if (s->len) {
        memcpy(*to, s->ptr, s->len);
    }
    (*to)[s->len] = '\0';
    s->ptr = *to;
    *to += s->len + 1;
}

struct container *container_new(const struct container_facts *facts) {
    struct container_facts copy = *facts;
    struct str *strings[7];
    size_t n = own_strings(&copy, strings);
    size_t labels_size = facts->n_labels * sizeof(struct container_label);
    size_t size = sizeof(struct container) + labels_size;
    for (size_t i = 0; i < n; i++) {
        size += strings[i]->len + 1;
    }
    for (size_t i = 0; i < facts->n_labels; i++) {
        size += facts->labels[i].key.len + facts->labels[i].value.len + 2;
    }
    struct container *c = malloc(size);
    if (!c) {
        return NULL;
    }
    struct container_label *labels = (struct container_label *)(c + 1);
    char *text = (char *)labels + labels_size;
    for (size_t i = 0; i < n; i++) {
        copy_str(strings[i], &text);
    }
    for (size_t i = 0; i < facts->n_labels; i++) {
        labels[i] = facts->labels[i];
        copy_str(&labels[i].key, &text);
        copy_str(&labels[i].value, &text);
    }
    copy.labels = labels;
    c->refs = 1;
    c->facts = copy;
    return c;
}

struct container *container_ref(struct container *c) {
    c->refs++;
    return c;
}

void container_unref(struct container *c) {
    if (c && --c->refs == 0) {
        free(c);
    }
}
