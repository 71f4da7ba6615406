/* Any file as /proc/<pid>/net/dev; interfaces are sorted, named once, and none of the kernel's. */
#include <assert.h>

#include "kernel/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    struct usage u = {.have = 0};
    size_t dropped = 0;
    int rc = parse_net_dev((struct str){(const char *)data, size}, &arena, &u, &dropped);
    assert(rc == 0 && u.n_nets <= PARSE_INTERFACES_MAX && u.n_nets + dropped <= size);
    for (size_t i = 0; i < u.n_nets; i++) {
        const struct usage_net *net = &u.nets[i];
        assert(net->have && net->have < 1U << NET_NUMBERS);
        assert(net->interface.len > 0 && net->interface.len <= PARSE_INTERFACE_NAME_MAX);
        assert(!usage_net_is_default(net->interface));
        assert(i == 0 || str_cmp(net[-1].interface, net->interface) < 0);
    }
    size_t all = u.n_nets;
    rc = parse_machine_net_dev((struct str){(const char *)data, size}, &arena, &u, &dropped);
    assert(rc == 0 && u.n_nets <= all + dropped);
    arena_done(&arena);
    return 0;
}
