/*
 * Inside of src/engine: the one place from which anything is sent to an Engine. Its socket is
 * root-equivalent, so a request can only be one that changes nothing: there is no other method
 * here.
 */
#ifndef DOCKMETER_ENGINE_REQUEST_H
#define DOCKMETER_ENGINE_REQUEST_H

#include "engine/engine_state.h"

enum engine_method { ENGINE_GET, ENGINE_HEAD };

/* What is asked of the Engine; url is copied. */
struct engine_request {
    enum engine_method method;
    const char *url;
    int64_t timeout_ms;
    size_t max_bytes;   /* of the answer's body */
    fetch_piece *piece; /* streams, or NULL */
};

/* Sends it; as fetch_start(). */
MUST_USE int engine_send(struct engine *engine, const struct engine_request *request,
                         fetch_done *done, void *arg, struct fetch **ret, struct err *err);

#endif
