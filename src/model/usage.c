#include "model/usage.h"

#include <assert.h>
#include <stdlib.h>

static_assert(USAGE_NUMBERS <= 64, "a presence bit for each number");

#define BIT(i) (UINT64_C(1) << (i))

/* Numbers that only grow during a life of a container; all others go up and down. */
static const uint64_t COUNTERS =
    BIT(USAGE_MEM_FAILCNT) | BIT(USAGE_MEM_MINOR_FAULTS) | BIT(USAGE_MEM_MAJOR_FAULTS) |
    BIT(USAGE_CPU_NS) | BIT(USAGE_CPU_SYSTEM_NS) | BIT(USAGE_CPU_USER_NS) | BIT(USAGE_CPU_PERIODS) |
    BIT(USAGE_CPU_THROTTLED_PERIODS) | BIT(USAGE_CPU_THROTTLED_NS) |
    BIT(USAGE_PRESSURE_CPU_WAITING_NS) | BIT(USAGE_PRESSURE_CPU_STALLED_NS) |
    BIT(USAGE_PRESSURE_MEM_WAITING_NS) | BIT(USAGE_PRESSURE_MEM_STALLED_NS) |
    BIT(USAGE_PRESSURE_IO_WAITING_NS) | BIT(USAGE_PRESSURE_IO_STALLED_NS) | BIT(USAGE_OOM_KILLS) |
    BIT(USAGE_MEM_HIGH_EVENTS) | BIT(USAGE_MEM_MAX_EVENTS) | BIT(USAGE_MEM_OWN_FAULTS) |
    BIT(USAGE_MEM_OWN_MAJOR_FAULTS) | BIT(USAGE_CPU_BURST_PERIODS) | BIT(USAGE_CPU_BURST_NS);

const char *source_word(enum source source) {
    static const char *const words[SOURCE_COUNT] = {"none", "engine", "kernel"};
    return words[source];
}

struct usage *usage_copy(struct arena *arena, const struct usage *usage) {
    struct usage *copy = arena_array(arena, 1, sizeof(*copy));
    struct usage_net *nets = arena_array(arena, usage->n_nets, sizeof(*nets));
    struct usage_disk *disks = arena_array(arena, usage->n_disks, sizeof(*disks));
    if (!copy || !nets || !disks) {
        return NULL;
    }
    for (size_t i = 0; i < usage->n_nets; i++) {
        nets[i] = usage->nets[i];
        nets[i].interface = arena_str(arena, usage->nets[i].interface);
    }
    for (size_t i = 0; i < usage->n_disks; i++) {
        disks[i] = usage->disks[i];
    }
    *copy = *usage;
    copy->cgroup = usage->cgroup.len ? arena_str(arena, usage->cgroup) : STR("");
    copy->nets = nets;
    copy->disks = disks;
    return copy;
}

bool usage_net_is_default(struct str interface) {
    static const char *const names[] = {"lo",      "tunl0",   "sit0",     "gre0",    "gretap0",
                                        "erspan0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_eq(interface, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* For qsort: byte order of the names. */
static int by_interface(const void *a, const void *b) {
    const struct usage_net *x = a;
    const struct usage_net *y = b;
    return str_cmp(x->interface, y->interface);
}

void usage_sort_nets(struct usage *usage) {
    if (usage->n_nets > 1) {
        qsort(usage->nets, usage->n_nets, sizeof(*usage->nets), by_interface);
    }
}

void usage_disk_add(struct usage_disk *disk, enum disk_number number, uint64_t v) {
    uint64_t sum = 0;
    if (!__builtin_add_overflow(disk->number[number], v, &sum)) {
        disk->number[number] = sum;
    }
    disk->have |= UINT32_C(1) << number;
}

/* For qsort: major, then minor. */
static int by_device(const void *a, const void *b) {
    const struct usage_disk *x = a;
    const struct usage_disk *y = b;
    if (x->major != y->major) {
        return x->major < y->major ? -1 : 1;
    }
    return (x->minor > y->minor) - (x->minor < y->minor);
}

/* Adds what another entry of the same device knows. */
static void merge_disk(struct usage_disk *into, const struct usage_disk *from) {
    for (unsigned k = 0; k < DISK_NUMBERS; k++) {
        if (from->have >> k & 1U) {
            usage_disk_add(into, (enum disk_number)k, from->number[k]);
        }
    }
}

void usage_merge_disks(struct usage *usage) {
    struct usage_disk *disks = usage->disks;
    if (usage->n_disks < 2) {
        return;
    }
    qsort(disks, usage->n_disks, sizeof(*disks), by_device);
    size_t last = 0;
    for (size_t i = 1; i < usage->n_disks; i++) {
        if (by_device(&disks[last], &disks[i]) == 0) {
            merge_disk(&disks[last], &disks[i]);
        } else {
            disks[++last] = disks[i];
        }
    }
    usage->n_disks = last + 1;
}

void usage_split_faults(struct usage *usage) {
    uint64_t major = usage->number[USAGE_MEM_MAJOR_FAULTS];
    uint64_t *minor = &usage->number[USAGE_MEM_MINOR_FAULTS];
    if (!usage_has(usage, USAGE_MEM_MAJOR_FAULTS) || major > *minor) {
        usage->have &= ~BIT(USAGE_MEM_MINOR_FAULTS);
        return;
    }
    *minor -= major;
}

void usage_working_set(struct usage *usage) {
    uint64_t used = usage->number[USAGE_MEM_USAGE_BYTES];
    uint64_t inactive = usage->number[USAGE_MEM_INACTIVE_FILE_BYTES];
    if (usage_has(usage, USAGE_MEM_USAGE_BYTES) &&
        usage_has(usage, USAGE_MEM_INACTIVE_FILE_BYTES)) {
        usage_set(usage, USAGE_MEM_WORKING_SET_BYTES, used > inactive ? used - inactive : 0);
    }
}

/* Raises each number that both know (bits of `both`) to what it was; true if any was raised. */
static bool hold_numbers(uint64_t *number, const uint64_t *before, uint64_t both) {
    bool raised = false;
    for (; both; both &= both - 1) {
        int i = __builtin_ctzll(both);
        if (number[i] < before[i]) {
            number[i] = before[i];
            raised = true;
        }
    }
    return raised;
}

/* The interfaces that both have; both are in the same order. */
static bool hold_nets(struct usage *usage, const struct usage *before) {
    bool raised = false;
    for (size_t i = 0, k = 0; i < usage->n_nets && k < before->n_nets;) {
        struct usage_net *now = &usage->nets[i];
        const struct usage_net *then = &before->nets[k];
        int order = by_interface(now, then);
        if (order == 0) {
            raised |= hold_numbers(now->number, then->number, now->have & then->have);
        }
        i += order <= 0;
        k += order >= 0;
    }
    return raised;
}

/* The same for devices. */
static bool hold_disks(struct usage *usage, const struct usage *before) {
    bool raised = false;
    for (size_t i = 0, k = 0; i < usage->n_disks && k < before->n_disks;) {
        struct usage_disk *now = &usage->disks[i];
        const struct usage_disk *then = &before->disks[k];
        int order = by_device(now, then);
        if (order == 0) {
            raised |= hold_numbers(now->number, then->number, now->have & then->have);
        }
        i += order <= 0;
        k += order >= 0;
    }
    return raised;
}

void usage_hold(struct usage *usage, const struct usage *before) {
    usage->held = false;
    if (!before->held && usage->source == before->source) {
        return;
    }
    bool raised =
        hold_numbers(usage->number, before->number, usage->have & before->have & COUNTERS);
    raised |= hold_nets(usage, before);
    raised |= hold_disks(usage, before);
    usage->held = raised;
}
