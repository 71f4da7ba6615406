#include "collect/fanout.h"

void fanout_pump(struct fanout *f) {
    while (f->next < f->n && f->under_way < f->limit) {
        f->under_way += f->start(f->arg, f->next++) == 0;
    }
}

void fanout_ended(struct fanout *f) {
    f->under_way--;
    fanout_pump(f);
}

void fanout_stop(struct fanout *f) {
    f->next = f->n;
}
