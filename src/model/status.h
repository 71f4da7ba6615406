/*
 * The status of a container in words, as `docker ps` shows it: "Up 30 minutes (healthy)", "Exited
 * (3) 27 seconds ago". Made from its facts and the time, so that it is never older than the page it
 * stands on. The forms are the Engine's own. Pure.
 */
#ifndef DOCKMETER_MODEL_STATUS_H
#define DOCKMETER_MODEL_STATUS_H

#include <stdint.h>

#include "base/str.h"
#include "model/container.h"

#define STATUS_TEXT_MAX 96

/* The status at now_ns (Unix time), as a view of buf; empty when the state is not known. A time or
   an exit code that is not known is left out. */
struct str status_text(const struct container_facts *facts, int64_t now_ns,
                       char buf[STATUS_TEXT_MAX]);

#endif
