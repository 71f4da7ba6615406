#include "collect/wait.h"

#include <stdlib.h>

void wait_free(struct collect_wait *w) {
    struct collect_wait **at = w->list;
    while (*at != w) {
        at = &(*at)->next;
    }
    *at = w->next;
    timer_free(w->deadline);
    free(w);
}

/* What is called may do anything, also to others that wait. */
void wait_answer(struct collect_wait *w, struct snapshot *s) {
    collect_done *done = w->done;
    void *arg = w->arg;
    wait_free(w);
    done(arg, s);
}

void wait_answer_all(struct collect_wait **list, struct snapshot *s) {
    while (*list) {
        wait_answer(*list, s);
    }
}
