#include "engine/decode.h"

#include <errno.h>
#include <jansson.h>

#include "base/clock.h"
#include "engine/document.h"

/* Nanoseconds where they are told, else seconds. */
static int64_t time_of(const json_t *root) {
    int64_t ns = 0;
    int64_t s = 0;
    if (document_i64(root, "timeNano", &ns) && ns > 0) {
        return ns;
    }
    bool told = document_i64(root, "time", &s) && s > 0 && s <= INT64_MAX / NS_PER_S;
    return told ? s * NS_PER_S : 0;
}

/* The container's id; before API 1.52 the top has it too, and only there in what is oldest. */
static struct str id_of(const json_t *root) {
    struct str id = document_str(json_object_get(root, "Actor"), "ID");
    return id.len ? id : document_str(root, "id");
}

int decode_event(struct str json, struct arena *arena, struct container_event *ret,
                 struct err *err) {
    CLEANUP_JSON json_t *root = NULL;
    if (document_object(json, &root, err) != 0) {
        return err->code;
    }
    struct str type = document_str(root, "Type");
    struct str action = document_str(root, "Action");
    if (!type.len || !action.len) {
        return err_set(err, -EPROTO, "not an event: no type or no action");
    }
    struct container_event event = {.action = EVENT_OTHER, .time_ns = time_of(root)};
    if (str_eq(type, STR("container"))) {
        struct str id = id_of(root);
        if (id.len == 0 || id.len > DECODE_ID_MAX) {
            return err_set(err, -EPROTO, "an event without its container's id");
        }
        event.action = event_action_parse(action);
        event.id = arena_str(arena, id);
    }
    if (arena_failed(arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = event;
    return 0;
}
