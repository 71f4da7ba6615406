#include "engine/request.h"

int engine_send(struct engine *engine, const struct engine_request *request, fetch_done *done,
                void *arg, struct fetch **ret, struct err *err) {
    struct fetch_request fetch = {
        .method = request->method == ENGINE_HEAD ? FETCH_HEAD : FETCH_GET,
        .target = &engine->target,
        .url = request->url,
        .timeout_ms = request->timeout_ms,
        .max_bytes = request->max_bytes,
        .piece = request->piece,
    };
    return fetch_start(engine->fetcher, &fetch, done, arg, ret, err);
}
