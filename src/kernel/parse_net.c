#include "kernel/parse.h"

#include <errno.h>

#include "kernel/flat.h"

/* Where a column of /proc/<pid>/net/dev goes; those that nothing shows have none. */
#define NO_NUMBER NET_NUMBERS

static const enum net_number COLUMNS[] = {
    NET_RX_BYTES, NET_RX_PACKETS, NET_RX_ERRORS, NET_RX_DROPPED, /* then fifo, frame, */
    NO_NUMBER,    NO_NUMBER,      NO_NUMBER,     NO_NUMBER,      /* compressed, multicast */
    NET_TX_BYTES, NET_TX_PACKETS, NET_TX_ERRORS, NET_TX_DROPPED,
};

#define N_COLUMNS (sizeof(COLUMNS) / sizeof(COLUMNS[0]))

/*
 * A line "  eth0: 1 2 3 …". The name ends at the last colon, since that of an alias has one itself,
 * and old kernels put the first number right behind it. False: a heading, or no number at
 * all.
 */
static bool take_interface(struct str line, struct usage_net *net) {
    struct str word;
    const char *colon = line.len ? memrchr(line.ptr, ':', line.len) : NULL;
    if (!colon) {
        return false;
    }
    size_t at = (size_t)(colon - line.ptr);
    struct str columns = str_sub(line, at + 1, line.len - at - 1);
    *net = (struct usage_net){.interface = str_trim(str_sub(line, 0, at))};
    for (size_t i = 0; i < N_COLUMNS && flat_word(&columns, &word); i++) {
        uint64_t value = 0;
        if (COLUMNS[i] != NO_NUMBER && str_to_u64(word, &value)) {
            net->number[COLUMNS[i]] = value;
            net->have |= UINT32_C(1) << COLUMNS[i];
        }
    }
    size_t len = net->interface.len;
    return net->have && len > 0 && str_find(net->interface, ' ', 0) == len;
}

/* Interfaces on their way into a usage. */
struct interfaces {
    struct arena *arena;
    struct usage_net *at;
    size_t n;
    size_t cap;
};

/* Appends a copy whose name lies in the arena. */
static int interfaces_add(struct interfaces *nets, const struct usage_net *net) {
    if (nets->n == nets->cap) {
        size_t cap = nets->cap ? nets->cap * 2 : 1;
        struct usage_net *at = arena_array(nets->arena, cap, sizeof(*at));
        if (!at) {
            return -ENOMEM;
        }
        for (size_t i = 0; i < nets->n; i++) {
            at[i] = nets->at[i];
        }
        nets->at = at;
        nets->cap = cap;
    }
    struct usage_net *own = &nets->at[nets->n++];
    *own = *net;
    own->interface = arena_str(nets->arena, net->interface);
    return arena_failed(nets->arena) ? -ENOMEM : 0;
}

/* Leaves out those whose name came before: a page must not have a series twice. */
static size_t drop_doubles(struct usage *usage) {
    size_t n = 0;
    size_t all = usage->n_nets;
    for (size_t i = 0; i < all; i++) {
        if (n == 0 || !str_eq(usage->nets[n - 1].interface, usage->nets[i].interface)) {
            usage->nets[n++] = usage->nets[i];
        }
    }
    usage->n_nets = n;
    return all - n;
}

static bool is_containers_end(struct str interface) {
    static const char *const prefixes[] = {"lo", "veth", "docker", "nerdctl"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct str prefix = str_of(prefixes[i]);
        if (interface.len >= prefix.len &&
            str_eq_nocase(str_sub(interface, 0, prefix.len), prefix)) {
            return true;
        }
    }
    return false;
}

/* Interfaces but those that are left out by name. */
static int parse_interfaces(struct str text, bool (*is_left_out)(struct str interface),
                            struct arena *arena, struct usage *usage, size_t *dropped) {
    struct interfaces nets = {.arena = arena};
    struct flat file = {.rest = text};
    struct str line;
    while (flat_line(&file, &line)) {
        struct usage_net net;
        if (!take_interface(line, &net) || is_left_out(net.interface)) {
            continue;
        }
        if (nets.n == PARSE_INTERFACES_MAX || net.interface.len > PARSE_INTERFACE_NAME_MAX) {
            *dropped += 1;
        } else if (interfaces_add(&nets, &net) != 0) {
            return -ENOMEM;
        }
    }
    usage->nets = nets.at;
    usage->n_nets = nets.n;
    usage_sort_nets(usage);
    *dropped += drop_doubles(usage);
    return 0;
}

int parse_net_dev(struct str text, struct arena *arena, struct usage *usage, size_t *dropped) {
    return parse_interfaces(text, usage_net_is_default, arena, usage, dropped);
}

static bool is_not_the_machines(struct str interface) {
    return usage_net_is_default(interface) || is_containers_end(interface);
}

int parse_machine_net_dev(struct str text, struct arena *arena, struct usage *usage,
                          size_t *dropped) {
    return parse_interfaces(text, is_not_the_machines, arena, usage, dropped);
}
