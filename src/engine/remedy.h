/*
 * Why an Engine cannot be reached, in words that say what to do. Looks at the socket's file and at
 * /etc/group (itself: a lookup through the system's name services may block and loads modules).
 */
#ifndef DOCKMETER_ENGINE_REMEDY_H
#define DOCKMETER_ENGINE_REMEDY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "engine/address.h"

/* Adds the remedy to an error of connecting; err keeps its code. was_root: the process was root at
   its start, took on the group that the socket had then, and may take on no other. */
void remedy_connect(const struct engine_address *address, bool was_root, struct err *err);

/*
 * The flag of the usual socket proxy that lets a path through ("CONTAINERS=1" for
 * "/containers/json"), or "".
 */
const char *remedy_proxy_flag(const char *path);

/* In the text of a refused call's error, in front of its path's flag. */
#define REMEDY_PROXY_WORDS "a socket proxy lets it through with "

/* What such a text names from its first flag on, the same for each container that is refused; the
   whole of another text. Ended by a NUL. */
struct str remedy_refused_flags(const struct err *err);

#endif
