/*
 * Why an Engine cannot be reached, in words that say what to do. Looks at the socket's file and at
 * /etc/group (itself: a lookup through the system's name services may block and loads modules).
 */
#ifndef DOCKMETER_ENGINE_REMEDY_H
#define DOCKMETER_ENGINE_REMEDY_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/address.h"

/* Adds the remedy to an error of connecting; err keeps its code. was_root: the process was root at
   its start, took on the group that the socket had then, and may take on no other. */
void remedy_connect(const struct engine_address *address, bool was_root, struct err *err);

/*
 * The flag of the usual socket proxy that lets a path through ("CONTAINERS=1" for
 * "/containers/json"), or "".
 */
const char *remedy_proxy_flag(const char *path);

#endif
