/*
 * Many calls, a few at a time: starts call 0 to n-1 in order, never more than `limit` under way.
 * Plain data of its owner; the owner reports each end with fanout_ended().
 */
#ifndef DOCKMETER_COLLECT_FANOUT_H
#define DOCKMETER_COLLECT_FANOUT_H

#include <stdbool.h>
#include <stddef.h>

struct fanout {
    /* Starts call i; anything but 0 means that it did not start and will not end. */
    int (*start)(void *arg, size_t i);
    void *arg;
    size_t n;
    size_t next;
    size_t under_way;
    size_t limit;
};

/* Starts what may be started now. */
void fanout_pump(struct fanout *f);

/* One call ended: another may start. */
void fanout_ended(struct fanout *f);

/* Starts no more. */
void fanout_stop(struct fanout *f);

/* No call is under way and none is left. */
static inline bool fanout_finished(const struct fanout *f) {
    return f->under_way == 0 && f->next == f->n;
}

#endif
