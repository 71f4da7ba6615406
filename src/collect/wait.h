/*
 * A scrape that waits for the end of a run, with its own deadline. It lies in the run's list until
 * it is answered or cancelled. Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_WAIT_H
#define DOCKMETER_COLLECT_WAIT_H

#include "collect/collect.h"

struct run;

struct collect_wait {
    struct collect_wait *next;
    struct collect_wait **list; /* the run's */
    struct run *run;
    struct timer *deadline;
    collect_done *done;
    void *arg;
};

/* Takes a wait out of its list and frees it; its done is not called. */
void wait_free(struct collect_wait *wait);

/* The same, and then calls its done. */
void wait_answer(struct collect_wait *wait, struct snapshot *s);

/* Answers all of a list. */
void wait_answer_all(struct collect_wait **list, struct snapshot *s);

#endif
