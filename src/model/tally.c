#include "model/tally.h"

const char *endpoint_word(enum endpoint endpoint) {
    static const char *const words[ENDPOINT_COUNT] = {
        "ping",   "version", "info",    "list",     "inspect", "stats",
        "events", "images",  "volumes", "networks", "df",
    };
    return words[endpoint];
}

const char *call_outcome_word(unsigned code) {
    static const char *const words[] = {
        [CALL_REFUSED] = "refused",     [CALL_TIMEOUT] = "timeout",     [CALL_CUT] = "cut",
        [CALL_TOO_LARGE] = "too_large", [CALL_MALFORMED] = "malformed", [CALL_FAILED] = "failed",
    };
    return code && code < sizeof(words) / sizeof(words[0]) ? words[code] : NULL;
}

const char *collector_word(enum collector collector) {
    static const char *const words[COLLECTOR_COUNT] = {"container", "system", "disk"};
    return words[collector];
}

const char *rejection_word(enum rejection rejection) {
    static const char *const words[REJECTION_COUNT] = {"connection", "handshake", "head",
                                                       "credentials", "busy"};
    return words[rejection];
}

void tally_call(struct tally *tally, enum endpoint endpoint, unsigned code) {
    struct tally_code *slots = tally->calls[endpoint];
    for (size_t i = 0; i < TALLY_CODES; i++) {
        if (slots[i].code == 0) {
            slots[i].code = code;
        }
        if (slots[i].code == code || i == TALLY_CODES - 1) {
            slots[i].n++;
            return;
        }
    }
}
