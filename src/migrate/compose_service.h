/*
 * One service of a compose file while it is being rewritten, and the ways to change it in place.
 */
#ifndef DOCKMETER_MIGRATE_COMPOSE_SERVICE_H
#define DOCKMETER_MIGRATE_COMPOSE_SERVICE_H

#include "migrate/migration.h"
#include "migrate/outfit.h"
#include "migrate/settings.h"
#include "migrate/splices.h"
#include "migrate/yaml_text.h"

struct compose_service {
    struct migration *m;
    const struct yaml_text *text;
    struct splices *splices;
    struct settings *settings;
    struct outfit outfit;
    int node; /* the service's mapping */
    bool has_preset;
};

/* The line of a node, under the words of a key of the service. */
struct spot compose_spot(const struct compose_service *s, int node, const char *where);

/* Whether the node is an alias of what stands elsewhere, seen from its key. */
bool compose_is_alias(int key, int value);

/* Puts "key: text" in place of the service's member `key`, whatever its form. */
void compose_put(struct compose_service *s, const char *key, const char *new_key, const char *text);

/* Takes the member out, with its lines. */
void compose_remove(struct compose_service *s, const char *key);

/* Adds NAME=value to the environment, in its form. */
void compose_add_variable(struct compose_service *s, const char *name, const char *value);

#endif
