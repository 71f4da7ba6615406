/*
 * The variables and flags that a predecessor was started with, and what Dockmeter makes of them
 * with the predecessor's preset: its own reader of configurations is asked, so that what is said
 * here is what happens.
 *
 * A value that somebody else fills in ("${PORT}") is open: it is told and not looked at.
 */
#ifndef DOCKMETER_MIGRATE_SETTINGS_H
#define DOCKMETER_MIGRATE_SETTINGS_H

#include "base/arena.h"
#include "config/config.h"
#include "migrate/migration.h"

#define SETTINGS_MAX 1024

struct setting {
    size_t line;
    const char *text; /* "NAME=value", or a flag or its value */
    bool flag, open;
};

struct settings {
    struct migration *m;
    struct arena arena;
    struct setting items[SETTINGS_MAX];
    size_t n;
};

/* NULL when memory is out; settings_free() takes NULL. */
struct settings *settings_new(struct migration *m);
void settings_free(struct settings *s);

/* Adds one; texts are copied. Those beyond the limit are a mistake that is told. A value with a
   NULL pointer is one that comes from elsewhere. */
void settings_add(struct settings *s, size_t line, struct str name, struct str value);
void settings_add_flag(struct settings *s, size_t line, struct str flag);

/* "cadvisor"; NULL when the predecessor needs no preset. */
const char *settings_preset(const struct predecessor *from);

/*
 * Says of each what becomes of it; mistakes are told as such. The TCP port that Dockmeter listens
 * on then is in *ret_port, 0 when it is not known. -ENOMEM.
 */
MUST_USE int settings_judge(struct settings *s, uint64_t *ret_port, struct err *err);

#endif
