/*
 * Inside of src/engine: whether the Engine answers and who it is.
 *
 *   timer ─► HEAD /_ping (else GET) ─► same as before and up: nothing
 *                                  ├─► somebody new: negotiate, GET /version ─► up
 *                                  └─► no, or not an Engine: down, with the reason
 */
#ifndef DOCKMETER_ENGINE_CONTACT_H
#define DOCKMETER_ENGINE_CONTACT_H

#include "engine/engine_state.h"

/* The timer's function: pings now. arg is the engine. */
void contact_ping(void *arg);

/* A call found nobody there: pings at once instead of in its turn, at most once a second. */
void contact_doubt(struct engine *engine);

#endif
