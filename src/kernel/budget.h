/*
 * How many descriptors may be held open for containers. Plain counting; nothing is opened here.
 */
#ifndef DOCKMETER_KERNEL_BUDGET_H
#define DOCKMETER_KERNEL_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
    size_t max;
    size_t held;
};

/* One more process or directory, if there is room for it. */
static inline bool budget_take(struct budget *budget) {
    bool room = budget->held < budget->max;
    budget->held += room;
    return room;
}

/* One more file: these leave a quarter to the processes of containers that come later, of which
   each saves as much as three files. */
static inline bool budget_take_file(struct budget *budget) {
    return budget->held < budget->max - budget->max / 4 && budget_take(budget);
}

static inline void budget_give(struct budget *budget) {
    budget->held--;
}

/*
 * What a process with this memory limit (UINT64_MAX: none) and this many descriptors may hold: of
 * its memory a quarter, of its descriptors a half, at most KERNEL_HELD_MAX. Pure.
 */
size_t budget_for(uint64_t mem_limit, uint64_t descriptors);

/* The same for this process, from its own cgroup and its RLIMIT_NOFILE. */
size_t budget_own(void);

#endif
