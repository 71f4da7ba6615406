/*
 * The tools that Dockmeter stands in for, each under the name of its profile, and how the names of
 * each become those of the profile native. Constant tables; nothing here allocates.
 *
 * A form is PromQL in which every pair of braces takes the matchers of the old selector, behind
 * those that are written in it: "docker_containers{state=\"running\"}". Matchers on what only
 * containers have (their name, image …) go to families named container_* alone.
 */
#ifndef DOCKMETER_MIGRATE_PREDECESSOR_H
#define DOCKMETER_MIGRATE_PREDECESSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* How the values of a label are read; what cannot be read so is lost. */
enum label_value {
    LABEL_AS_IS,
    LABEL_DROPPED,   /* one value for all series: the label and its matchers go */
    LABEL_LOST,      /* nothing says this on native */
    LABEL_CONTAINER, /* a container's name or image, empty on the machine's own series */
    LABEL_TAGGED,    /* an image's name, :latest added where no tag was given */
    LABEL_CGROUP,    /* a cgroup's path, "/" on the machine's own series */
    LABEL_ID,        /* a container's id */
    LABEL_DEVICE,    /* "/dev/sda" for "8:0" */
    LABEL_CPU,       /* "total", or a core's number */
    LABEL_HOST,      /* a host's name for the target's address */
    LABEL_ERROR,     /* container_stats, docker_api for container, system */
};

struct label_rule {
    const char *old; /* NULL ends a list */
    const char *now; /* NULL: dropped or lost */
    enum label_value value;
    const char *why; /* what differs, or why it is lost; NULL: nothing to say */
};

/* Whether the label has another name, or the same, and its old values. */
static inline bool label_is_renamed(const struct label_rule *rule) {
    return rule->now && (rule->value == LABEL_AS_IS || rule->value == LABEL_CONTAINER);
}

struct family_rule {
    const char *old;
    const char *form; /* NULL: lost */
    /* Only where a matcher says label = value: {"failure_type", "pgfault"}. */
    const char *when[2];
    const char *sum;     /* the form is summed up: "without (interface)" */
    const char *mask;    /* only containers that have a series of this family */
    const char *differs; /* the form says something else: what; NULL: it says the same */
    const char *lost;    /* without a form: why */
    const char *needs;   /* the option that brings it on the predecessor's profile */
    const struct label_rule *labels; /* its own ones, before the predecessor's */
    bool root;                       /* for the machine's own series instead of the containers' */
    bool mask_ranges;                /* below rate() and the like too; else a range has them all */
};

struct predecessor {
    const char *name;  /* its profile and preset: "cadvisor" */
    const char *title; /* what its users call it: "cAdvisor" */
    const struct family_rule *families;
    size_t n_families;
    const struct label_rule *labels; /* on all of its families */
    bool same_names;                 /* native's names are its own */
    const char *root_lost;           /* why a series of the machine's own has no new form */
};

/* The i-th of them, NULL behind the last. */
const struct predecessor *predecessor_at(size_t i);

/* The one of this name, or NULL; "docker-stats-exporter" is another name of "native". */
const struct predecessor *predecessor_find(struct str name);

/* The name that was likely meant, or NULL. */
const char *predecessor_nearest(struct str name);

/*
 * The label of the profile native that says what `old` said, the same one where nothing changed or
 * `old` is not the predecessor's; empty where there is none.
 */
struct str predecessor_label(const struct predecessor *p, struct str old);

/* What is known of a label, on this family (NULL: on any); NULL: it is none of the predecessor's.
 */
const struct label_rule *predecessor_label_rule(const struct predecessor *p,
                                                const struct family_rule *family, struct str old);

/* The first rule of a family, or NULL when it is none of the predecessor's. */
const struct family_rule *predecessor_family(const struct predecessor *p, struct str old);

/* Whether one of its families is named in the text. */
bool predecessor_within(const struct predecessor *p, struct str text);

#define RULES(list) .families = (list), .n_families = sizeof(list) / sizeof((list)[0])

extern const struct predecessor predecessor_native, predecessor_docker_exporter,
    predecessor_container_metrics, predecessor_docker_stats, predecessor_data_exporter,
    predecessor_cadvisor;

#endif
