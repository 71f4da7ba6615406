#include "metrics/walk.h"

void walk_sample(struct walk *w, struct labelset *base, const struct label *own, size_t n,
                 struct value value) {
    if (!w->told) {
        w->sink->family(w->sink, w->family);
        w->told = true;
    }
    w->sink->sample(w->sink, base, own, n, value);
}

void walk_give_under(struct walk *w, const struct row *row, size_t i, struct str word,
                     struct value value) {
    struct label own = walk_label(row, 0, word);
    walk_sample(w, &w->containers[i], &own, 1, value);
}

/* A number of the usage, of all containers or of those with a CPU limit only. */
static void usage_walk(struct walk *w, const struct row *row, bool limited_only) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        if (!usage || !usage_has(usage, (enum usage_number)row->number) ||
            (limited_only && !container_has(walk_facts(w, i), CONTAINER_CPU_LIMIT_NANOCORES))) {
            continue;
        }
        struct value v = {.integer = usage->number[row->number], .decimals = row->decimals};
        if (row->fixed) {
            walk_give_under(w, row, i, str_of(row->fixed), v);
        } else {
            walk_give(w, i, v);
        }
    }
}

void walk_usage(struct walk *w, const struct row *row) {
    usage_walk(w, row, false);
}

void walk_limited_usage(struct walk *w, const struct row *row) {
    usage_walk(w, row, true);
}

/* A fact, of all containers or of those with processes only. */
static void facts_walk(struct walk *w, const struct row *row, bool live_only) {
    enum container_number number = (enum container_number)row->number;
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct container_facts *facts = walk_facts(w, i);
        if (container_has(facts, number) && (!live_only || container_is_live(facts))) {
            struct value v = value_i64(facts->number[number]);
            v.decimals = row->decimals;
            walk_give(w, i, v);
        }
    }
}

void walk_fact(struct walk *w, const struct row *row) {
    facts_walk(w, row, false);
}

void walk_live_fact(struct walk *w, const struct row *row) {
    facts_walk(w, row, true);
}

void walk_net(struct walk *w, const struct row *row) {
    struct label own = walk_label(row, 0, STR(""));
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        if (!usage || walk_facts(w, i)->network != NETWORK_OWN) {
            continue;
        }
        for (size_t j = 0; j < usage->n_nets; j++) {
            const struct usage_net *net = &usage->nets[j];
            bool again = j > 0 && str_eq(net[-1].interface, net->interface);
            if (!again && (net->have >> row->number & 1U)) {
                own.value = net->interface;
                walk_sample(w, &w->containers[i], &own, 1, value_u64(net->number[row->number]));
            }
        }
    }
}

/* Writes v so that it ends before `end`; returns where it begins. */
static char *digits_before(char *end, uint32_t v) {
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    return end;
}

#define DEVICE_TEXT_MAX 64

/* "259:0"; by hand, because it stands in every series of a device. */
static struct str device_number(const struct usage_disk *disk, char buf[DEVICE_TEXT_MAX]) {
    char *end = buf + DEVICE_TEXT_MAX;
    char *at = digits_before(end, disk->minor);
    *--at = ':';
    at = digits_before(at, disk->major);
    return (struct str){.ptr = at, .len = (size_t)(end - at)};
}

/* "/dev/nvme0n1" of this machine; the number when its kernel does not know the device. */
static struct str device_name(const struct machine *machine, const struct usage_disk *disk,
                              char buf[DEVICE_TEXT_MAX]) {
    static const struct str folder = {.ptr = "/dev/", .len = 5};
    struct str name = machine_device(machine, disk->major, disk->minor);
    if (name.len == 0 || name.len > DEVICE_TEXT_MAX - folder.len) {
        return device_number(disk, buf);
    }
    memcpy(buf, folder.ptr, folder.len);
    memcpy(buf + folder.len, name.ptr, name.len);
    return (struct str){.ptr = buf, .len = folder.len + name.len};
}

/* One container's devices; machine NULL: by number. */
static void give_disks(struct walk *w, const struct row *row, size_t i,
                       const struct machine *machine) {
    const struct usage *usage = w->readings[i].usage;
    for (size_t j = 0; usage && j < usage->n_disks; j++) {
        const struct usage_disk *disk = &usage->disks[j];
        bool again = j > 0 && disk[-1].major == disk->major && disk[-1].minor == disk->minor;
        if (!again && (disk->have >> row->number & 1U)) {
            char text[DEVICE_TEXT_MAX];
            struct str name =
                machine ? device_name(machine, disk, text) : device_number(disk, text);
            walk_give_under(w, row, i, name, value_u64(disk->number[row->number]));
        }
    }
}

void walk_disk(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        give_disks(w, row, i, NULL);
    }
}

/* The Engine may be on another machine, whose devices have other names. */
void walk_named_disk(struct walk *w, const struct row *row) {
    for (size_t i = 0; i < walk_readings(w); i++) {
        const struct usage *usage = w->readings[i].usage;
        bool ours = usage && usage->source == SOURCE_KERNEL;
        give_disks(w, row, i, ours ? w->in->machine : NULL);
    }
}
