#include "collect/fanout.h"

void fanout_pump(struct fanout *f) {
    while (f->next < f->n && f->under_way < f->limit) {
        if (f->start(f->arg, f->next++) < 0) {
            f->not_started++;
        } else {
            f->under_way++;
        }
    }
}

void fanout_ended(struct fanout *f) {
    f->under_way--;
    fanout_pump(f);
}

void fanout_stop(struct fanout *f) {
    f->next = f->n;
}
