/*
 * A page that is being put together from its lines: the families so far, whose the next sample is,
 * and who has which name. A family's names are its own and those of its samples; no other family
 * may have one of them, so a family that goes on after another one is noticed by its name.
 *
 *   assembly_open ─► (its lines HELP, TYPE, UNIT) ─► assembly_find, assembly_add … ─┐
 *        ▲                                                  (settled: type known)   │
 *        └──────────────── another name ◄───────────────────────────────────────────┘
 * assembly_close
 *
 * Families and samples live in the caller's arena, their names on the page that the fault has.
 */
#ifndef DOCKMETER_EXPO_ASSEMBLY_H
#define DOCKMETER_EXPO_ASSEMBLY_H

#include "base/hash.h"
#include "expo/exposition.h"
#include "expo/metric.h"

struct assembly {
    struct exposition page;
    struct arena *arena;
    struct fault *fault;
    struct expo_family *family; /* the present one: the page's last, or NULL */
    bool settled;               /* its type is known and its samples' names are taken */
    struct hash names;          /* of families and samples: whose they are */
    struct arena name_arena;
    struct metrics metrics;
    size_t suffix;      /* of the last sample: index in metrics.suffixes */
    struct str sampled; /* its name */
};

void assembly_init(struct assembly *a, enum expo_format format, struct arena *arena,
                   struct fault *fault);
/* Frees what is not in the arena; the page stays. */
void assembly_done(struct assembly *a);

/* A family begins; the one before is over. The caller fills in type, help, unit and metas. */
MUST_USE int assembly_open(struct assembly *a, struct str name);

/* A sample of that name comes: makes its family the present one, a new one without TYPE if need be.
 */
MUST_USE int assembly_find(struct assembly *a, struct str name);

/* The rules for the sample that was found last. */
unsigned assembly_rules(const struct assembly *a);

/* Checks and appends the sample that was found last. */
MUST_USE int assembly_add(struct assembly *a, struct expo_sample *sample,
                          const struct number *value);

/* The page's last family is over. */
MUST_USE int assembly_close(struct assembly *a);

#endif
