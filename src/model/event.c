#include "model/event.h"

#include <stddef.h>

enum event_action event_action_parse(struct str word) {
    static const struct {
        const char *word;
        enum event_action action;
    } known[] = {
        {"create", EVENT_CREATE},
        {"start", EVENT_START},
        {"restart", EVENT_RESTART},
        {"die", EVENT_DIE},
        {"died", EVENT_DIE},
        {"oom", EVENT_OOM},
        {"pause", EVENT_PAUSE},
        {"unpause", EVENT_UNPAUSE},
        {"rename", EVENT_RENAME},
        {"update", EVENT_UPDATE},
        {"destroy", EVENT_DESTROY},
        {"remove", EVENT_DESTROY},
        {"health_status", EVENT_HEALTH},
        {"cleanup", EVENT_CLEANUP},
    };
    /* What follows a colon is for people ("exec_start: sh -c …"), of health too: inspect tells. */
    word.len = str_find(word, ':', 0);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (str_eq(word, str_of(known[i].word))) {
            return known[i].action;
        }
    }
    return EVENT_OTHER;
}
