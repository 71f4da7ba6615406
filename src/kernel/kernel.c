#include "kernel/kernel.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "kernel/cgroup.h"
#include "kernel/diagnose.h"
#include "kernel/host.h"
#include "kernel/machine.h"

struct kernel {
    struct host host;
    struct kernel_host told;
    struct arena arena;  /* of told's strings */
    struct hash cgroups; /* id -> struct cgroup, ours */
    uint64_t round;
};

static void cleanup_kernel(struct kernel **slot) {
    kernel_free(*slot);
}

int kernel_new(const struct kernel_settings *settings, struct kernel **ret, struct err *err) {
    CLEANUP(cleanup_kernel) struct kernel *k = calloc(1, sizeof(*k));
    if (!k) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    k->host.root.fd = k->host.proc = -1;
    for (size_t h = 0; h < HIERARCHIES; h++) {
        k->host.mounts.fd[h] = -1;
    }
    const char *root = settings->host_root ? settings->host_root : host_root_guess();
    int rc = host_init(&k->host, root, settings->host_root != NULL, err);
    if (rc != 0) {
        return rc;
    }
    k->host.budget.max = settings->held_max == SIZE_MAX ? budget_own() : settings->held_max;
    if (diagnose(&k->host, root, &k->arena, &k->told) != 0) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = take_ptr(k);
    return 0;
}

void kernel_free(struct kernel *k) {
    if (!k) {
        return;
    }
    size_t at = 0;
    struct cgroup *cg = hash_next(&k->cgroups, &at);
    for (; cg; cg = hash_next(&k->cgroups, &at)) {
        cgroup_free(cg, &k->host);
    }
    hash_done(&k->cgroups);
    host_done(&k->host);
    arena_done(&k->arena);
    free(k);
}

const struct kernel_host *kernel_host(const struct kernel *k) {
    return &k->told;
}

/* The container's cgroup, made when it is read for the first time; NULL: memory is out. */
static struct cgroup *cgroup_of(struct kernel *k, struct str id) {
    struct cgroup *cg = hash_get(&k->cgroups, id);
    if (cg) {
        return cg;
    }
    cg = cgroup_new(id);
    if (cg && hash_set(&k->cgroups, cg->id, cg) != 0) {
        cgroup_free(cg, &k->host);
        return NULL;
    }
    return cg;
}

int kernel_read(struct kernel *k, const struct container_facts *facts, struct arena *arena,
                struct usage *ret, struct err *err) {
    if (k->told.mode == CGROUP_NONE || k->host.proc < 0) {
        return err_set(err, -EOPNOTSUPP, "%s", k->told.trouble[0].text);
    }
    struct cgroup *cg = cgroup_of(k, facts->id);
    if (!cg) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    cg->round = k->round;
    return cgroup_read(cg, &k->host, facts, arena, ret, err);
}

void kernel_want_details(struct kernel *k) {
    k->host.details = true;
}

int kernel_machine(struct kernel *k, struct arena *arena, struct machine *ret) {
    return machine_read(&k->host, arena, ret);
}

int kernel_identity(struct kernel *k, struct arena *arena, struct machine *ret) {
    return machine_identity(&k->host, arena, ret);
}

void kernel_forget(struct kernel *k, struct str id) {
    cgroup_free(hash_remove(&k->cgroups, id), &k->host);
}

void kernel_sweep(struct kernel *k) {
    size_t at = 0;
    struct cgroup *cg = hash_next(&k->cgroups, &at);
    for (; cg; cg = hash_next(&k->cgroups, &at)) {
        if (cg->round != k->round) {
            kernel_forget(k, cg->id);
        }
    }
    k->round++;
}

size_t kernel_held(const struct kernel *k) {
    return k->host.budget.held;
}

size_t kernel_dropped(const struct kernel *k) {
    return k->host.dropped;
}

size_t kernel_refused(const struct kernel *k) {
    return k->host.refused;
}

bool kernel_missing(const struct kernel *k, struct err *ret) {
    if (k->host.missing) {
        controllers_say_missing(k->host.missing, k->told.mode == CGROUP_V2, ret);
    }
    return k->host.missing != 0;
}
