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

/* A die tells the exit code as text, Podman's under a name of its own. */
static void take_exit(const json_t *root, struct container_event *event) {
    const json_t *attributes = json_object_get(json_object_get(root, "Actor"), "Attributes");
    struct str text = document_str(attributes, "exitCode");
    uint64_t code = 0;
    text = text.len ? text : document_str(attributes, "containerExitCode");
    event->has_exit = event->action == EVENT_DIE && str_to_u64(text, &code) && code <= INT32_MAX;
    event->exit_code = event->has_exit ? (int64_t)code : 0;
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
        take_exit(root, &event);
    }
    if (arena_failed(arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = event;
    return 0;
}
