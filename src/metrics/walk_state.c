#include "metrics/identity.h"
#include "metrics/walk.h"

#include "base/clock.h"
#include "model/status.h"

void walk_page_faults(struct walk *w, const struct row *row) {
    static const struct {
        const char *type;
        enum usage_number number;
    } kinds[] = {{"minor", USAGE_MEM_MINOR_FAULTS}, {"major", USAGE_MEM_MAJOR_FAULTS}};
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        for (size_t j = 0; usage && j < sizeof(kinds) / sizeof(kinds[0]); j++) {
            if (usage_has(usage, kinds[j].number)) {
                walk_give_under(w, row, i, str_of(kinds[j].type),
                                value_u64(usage->number[kinds[j].number]));
            }
        }
    }
}

/* The time of this observation, under all containers or those with processes only. */
static void seen_walk(struct walk *w, bool live_only) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        if (!live_only || container_is_live(walk_facts(w, i))) {
            walk_give(w, i, walk_time(w->snapshot->taken_unix_ns));
        }
    }
}

void walk_last_seen(struct walk *w, const struct row *row) {
    (void)row;
    seen_walk(w, false);
}

void walk_live_last_seen(struct walk *w, const struct row *row) {
    (void)row;
    seen_walk(w, true);
}

/* The last moment in which it is known to have had processes: this one, or its end. */
void walk_last_up(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (container_is_live(facts)) {
            walk_give(w, i, walk_time(w->snapshot->taken_unix_ns));
        } else if (container_has(facts, CONTAINER_FINISHED_NS)) {
            walk_give(w, i, walk_time(facts->number[CONTAINER_FINISHED_NS]));
        }
    }
}

/* A start in the future is another machine's clock: the uptime is then unknown. */
void walk_uptime(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (!container_is_live(facts) || !container_has(facts, CONTAINER_STARTED_NS)) {
            continue;
        }
        int64_t up_ns = w->snapshot->taken_unix_ns - facts->number[CONTAINER_STARTED_NS];
        if (up_ns >= 0) {
            walk_give(w, i, walk_time(up_ns));
        }
    }
}

void walk_info(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        char text[CLOCK_TEXT_MAX];
        struct str started = STR("");
        if (container_has(facts, CONTAINER_STARTED_NS)) {
            started = clock_format(facts->number[CONTAINER_STARTED_NS], false, text);
        }
        const struct label own[] = {
            walk_label(row, 0, identity_short_id(&w->readings[i], NULL)),
            walk_label(row, 1, str_of(container_state_word(facts->state))),
            walk_label(row, 2, str_of(container_health_word(facts->health))),
            walk_label(row, 3, started),
        };
        walk_sample(w, &w->containers[i], own, sizeof(own) / sizeof(own[0]), value_u64(1));
    }
}

void walk_state(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        enum container_state state = walk_facts(w, i)->state;
        if (state != STATE_UNKNOWN) {
            walk_give_under(w, row, i, str_of(container_state_word(state)), value_u64(1));
        }
    }
}

/* The contract's numbers. Not every list tells health, so before the inspect none is unknown. */
void walk_health(struct walk *w, const struct row *row) {
    static const uint8_t numbers[] = {
        [HEALTH_NONE] = 0, [HEALTH_STARTING] = 1, [HEALTH_HEALTHY] = 2, [HEALTH_UNHEALTHY] = 3};
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (facts->inspected || facts->health != HEALTH_NONE) {
            walk_give(w, i, value_u64(numbers[facts->health]));
        }
    }
}

/* Not before the first inspect: a counter that began at 0 could jump up to what it always was. */
void walk_restarts(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct reading *r = &w->readings[i];
        if (r->counted) {
            walk_give(w, i, value_u64(r->counts.restarts));
        }
    }
}

void walk_oom_kills(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct reading *r = &w->readings[i];
        if (r->counted) {
            walk_give(w, i, value_u64(r->counts.oom_kills));
        }
    }
}

void walk_running(struct walk *w, const struct row *row) {
    (void)row;
    for (size_t i = 0; i < walk_readings(w); i++) {
        enum container_state state = walk_facts(w, i)->state;
        if (state != STATE_UNKNOWN) {
            walk_give(w, i, value_u64(state == STATE_RUNNING));
        }
    }
}

void walk_identity(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        char text[CLOCK_TEXT_MAX];
        struct str created = STR("");
        if (container_has(facts, CONTAINER_CREATED_NS)) {
            created = clock_format(facts->number[CONTAINER_CREATED_NS], false, text);
        }
        const struct label own[] = {
            walk_label(row, 0, identity_short_id(&w->readings[i], NULL)),
            walk_label(row, 1, facts->image),
            walk_label(row, 2, identity_image_tag(facts)),
            walk_label(row, 3, identity_user(facts)),
            walk_label(row, 4, created),
        };
        walk_sample(w, &w->containers[i], own, sizeof(own) / sizeof(own[0]), value_u64(1));
    }
}

/* The one place where words for people are a label, since its predecessor promises them. */
void walk_status(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        char text[STATUS_TEXT_MAX];
        struct str status = status_text(walk_facts(w, i), w->snapshot->taken_unix_ns, text);
        if (status.len) {
            walk_give_under(w, row, i, status, value_u64(1));
        }
    }
}
