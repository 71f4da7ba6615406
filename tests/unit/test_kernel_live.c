/* The kernel's own files: containers that this test makes of cgroups and a process, as root. */
#include "kernel_bed.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define TOP "/sys/fs/cgroup"

extern char **environ;

/* All hierarchies that the machine may have. */
static const char *const tops[] = {TOP,           TOP "/cpu,cpuacct", TOP "/cpu",  TOP "/cpuacct",
                                   TOP "/memory", TOP "/blkio",       TOP "/pids", TOP "/unified"};
#define N_TOPS (sizeof(tops) / sizeof(tops[0]))

/* A container: its id and, while it runs, its process. */
struct live {
    char id[96]; /* or what else its cgroup is named */
    char parent[80];
    pid_t pid;
    enum container_network network;
    struct kernel *kernel;
    struct arena arena;
    struct usage usage;
    struct err err;
};

static void write_pid(const char *dir, pid_t pid) {
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
    FILE *out = fopen(path, "r+");
    if (out) {
        (void)fprintf(out, "%d\n", (int)pid);
        (void)fclose(out);
    }
}

/* Makes or removes the cgroup in each hierarchy; removing waits until its process has left. */
static size_t each_top(const struct live *l, bool make) {
    size_t made = 0;
    for (size_t i = 0; i < N_TOPS; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/cgroup.procs", tops[i]);
        if (access(path, W_OK) != 0) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", tops[i], l->parent);
        made += make && (mkdir(path, 0755) == 0 || errno == EEXIST);
        (void)snprintf(path, sizeof(path), "%s/%s/%s", tops[i], l->parent, l->id);
        if (make) {
            (void)mkdir(path, 0755);
            write_pid(path, l->pid);
            continue;
        }
        for (int tries = 0; tries < 100 && rmdir(path) != 0 && errno == EBUSY; tries++) {
            (void)usleep(10000);
        }
        (void)snprintf(path, sizeof(path), "%s/%s", tops[i], l->parent);
        (void)rmdir(path);
    }
    return made;
}

/* Starts its process, with a network of its own, which says when it is ready. */
static bool live_start(struct live *l) {
    int ready[2];
    char byte = 0;
    if (pipe(ready) != 0) {
        return false;
    }
    l->pid = fork();
    if (l->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        byte = unshare(CLONE_NEWNET) == 0;
        (void)!write(ready[1], &byte, 1);
        (void)pause();
        _exit(0);
    }
    bool told = read(ready[0], &byte, 1) == 1 && byte;
    (void)close(ready[0]);
    (void)close(ready[1]);
    return told && each_top(l, true) > 0;
}

static void live_kill(struct live *l) {
    if (l->pid > 0) {
        (void)kill(l->pid, SIGKILL);
        (void)waitpid(l->pid, NULL, 0);
    }
    l->pid = 0;
}

static void live_stop(struct live *l) {
    live_kill(l);
    (void)each_top(l, false);
}

static int setup(void **state) {
    struct live *l = calloc(1, sizeof(*l));
    (void)snprintf(l->parent, sizeof(l->parent), "dm-test-%d", (int)getpid());
    (void)snprintf(l->id, sizeof(l->id), "%064x", (unsigned)getpid());
    *state = l;
    return 0;
}

static int teardown(void **state) {
    struct live *l = *state;
    kernel_free(l->kernel);
    arena_done(&l->arena);
    live_stop(l);
    free(l);
    return 0;
}

static void need(struct live *l) {
    if (geteuid() != 0 || !live_start(l)) {
        print_message("cgroups and network namespaces need root here\n");
        skip();
    }
}

static void live_open(struct live *l, size_t held_max) {
    const struct kernel_settings settings = {.host_root = "/", .held_max = held_max};
    kernel_free(l->kernel);
    l->kernel = NULL;
    assert_int_equal(kernel_new(&settings, &l->kernel, &l->err), 0);
    assert_true(kernel_host(l->kernel)->usable);
}

static int live_read(struct live *l, pid_t pid) {
    const struct container_facts facts = {
        .id = str_of(l->id), .pid = pid, .network = l->network, .state = STATE_RUNNING};
    return kernel_read(l->kernel, &facts, &l->arena, &l->usage, &l->err);
}

static void reads(struct live *l) {
    if (live_read(l, l->pid) != 0) {
        fail_msg("%s", l->err.text);
    }
    assert_true(usage_has(&l->usage, USAGE_CPU_NS));
    assert_int_equal(kernel_refused(l->kernel), 0);
}

static void held_files_and_opened_ones_say_the_same(void **state) {
    struct live *l = *state;
    need(l);
    uint64_t have = 0;
    static const size_t budgets[] = {0, 1, 5, 10, 4096};
    for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
        size_t before = open_descriptors();
        live_open(l, budgets[i]);
        size_t opened = open_descriptors();
        for (int round = 0; round < 3; round++) {
            reads(l);
            assert_true(i == 0 || l->usage.have == have);
            have = l->usage.have;
            assert_true(kernel_held(l->kernel) <= budgets[i]);
            assert_int_equal(open_descriptors(), opened + kernel_held(l->kernel));
            assert_true(budgets[i] < 10 || kernel_held(l->kernel) > 3);
        }
        kernel_forget(l->kernel, str_of(l->id));
        assert_int_equal(kernel_held(l->kernel), 0);
        kernel_free(l->kernel);
        l->kernel = NULL;
        assert_int_equal(open_descriptors(), before);
    }
}

static void the_end_and_a_new_start_are_seen(void **state) {
    struct live *l = *state;
    need(l);
    static const size_t budgets[] = {0, 5, 4096};
    for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
        live_open(l, budgets[i]);
        reads(l);
        reads(l);
        pid_t old = l->pid;
        live_kill(l);
        assert_int_equal(live_read(l, old), -ENOENT);
        live_stop(l);
        assert_int_equal(live_read(l, old), -ENOENT);
        assert_int_equal(kernel_held(l->kernel), 0);
        assert_int_equal(live_read(l, getpid()), -ESTALE);
        assert_true(live_start(l));
        reads(l);
        /* its cgroups go away and come again while it runs, as nobody does */
        reads(l);
        live_stop(l);
        assert_true(live_start(l));
        reads(l);
    }
}

/* Its process moves to a cgroup that was made anew at the same place: only held files tell. */
static void make_anew(const struct live *l, const char *top) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s/%s", top, l->parent, l->id);
    write_pid(top, l->pid);
    for (int tries = 0; tries < 100 && rmdir(path) != 0 && errno == EBUSY; tries++) {
        (void)usleep(10000);
    }
    (void)mkdir(path, 0755);
    write_pid(path, l->pid);
}

static void a_new_cgroup_at_the_same_place_is_found(void **state) {
    struct live *l = *state;
    need(l);
    l->network = NETWORK_NONE;
    live_open(l, 4096);
    reads(l);
    size_t held = kernel_held(l->kernel);
    uint64_t have = l->usage.have;
    for (size_t i = 0; i < N_TOPS; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/%s", tops[i], l->parent);
        if (access(path, F_OK) != 0) {
            continue;
        }
        make_anew(l, tops[i]);
        reads(l);
        assert_true(l->usage.have == have);
        assert_int_equal(kernel_held(l->kernel), held);
    }
}

static int run_ip(const char *const *words) {
    pid_t pid = 0;
    int status = -1;
    char *argv[16] = {NULL};
    for (size_t i = 0; words[i] && i < 15; i++) {
        argv[i] = strdup(words[i]);
    }
    if (posix_spawnp(&pid, "ip", NULL, NULL, argv, environ) == 0) {
        (void)waitpid(pid, &status, 0);
    }
    for (size_t i = 0; argv[i]; i++) {
        free(argv[i]);
    }
    return status;
}

/* A veth whose other end is in the container's network goes when that network does. */
static void a_network_of_the_dead_is_not_kept_alive(void **state) {
    struct live *l = *state;
    need(l);
    char pid[16];
    char name[16];
    char path[64];
    (void)snprintf(pid, sizeof(pid), "%d", (int)l->pid);
    (void)snprintf(name, sizeof(name), "dmt%d", (int)l->pid);
    (void)snprintf(path, sizeof(path), "/sys/class/net/%s", name);
    const char *const words[] = {"ip",   "link", "add",  name,    "type", "veth",
                                 "peer", "name", "eth0", "netns", pid,    NULL};
    if (run_ip(words) != 0) {
        print_message("no veth can be made here\n");
        skip();
    }
    live_open(l, 4096);
    reads(l);
    reads(l);
    assert_int_equal(l->usage.n_nets, 1);
    assert_str(l->usage.nets[0].interface, "eth0");
    size_t held = kernel_held(l->kernel);
    live_kill(l);
    for (int tries = 0; tries < 500 && access(path, F_OK) == 0; tries++) {
        (void)usleep(10000);
    }
    assert_int_equal(kernel_held(l->kernel), held);
    bool gone = access(path, F_OK) != 0;
    const char *const remove[] = {"ip", "link", "del", name, NULL};
    if (!gone) {
        (void)run_ip(remove);
    }
    assert_true(gone);
}

/* What the reader in a namespace of its own asks, and the code that it must get. */
struct ask {
    const char *id;
    pid_t pid; /* 0: its own */
    int code;
};

/* In the reader: asks all, with little and much held; 0, or the number of the one that failed. */
static int ask_all(struct live *l, const struct ask *asks, pid_t own) {
    static const size_t budgets[] = {0, 4096};
    for (int i = 0; asks[i].id; i++) {
        struct container_facts facts = {.id = str_of(asks[i].id), .state = STATE_RUNNING};
        facts.pid = asks[i].pid ? asks[i].pid : own;
        for (size_t b = 0; b < 4; b++) {
            if (b % 2 == 0) {
                live_open(l, budgets[b / 2]);
            }
            int rc = kernel_read(l->kernel, &facts, &l->arena, &l->usage, &l->err);
            bool whole = usage_has(&l->usage, USAGE_CPU_NS) &&
                         usage_has(&l->usage, USAGE_MEM_USAGE_BYTES) &&
                         usage_has(&l->usage, USAGE_PIDS);
            if (rc != asks[i].code || (rc == 0 && !whole)) {
                print_message("asked %s of %d: %d, %s\n", asks[i].id, (int)facts.pid, rc,
                              l->err.text);
                return i + 1;
            }
        }
        l->usage.have = 0;
    }
    kernel_free(l->kernel);
    arena_done(&l->arena);
    return 0;
}

/* Starts the reader in the cgroup of `l`, with pids and maybe cgroups of its own; what it tells. */
static int ask_inside(struct live *l, const struct ask *asks, int namespaces) {
    int ready[2];
    int status = 0;
    pid_t own = 0;
    if (pipe(ready) != 0 || unshare(CLONE_NEWPID) != 0) {
        return -1;
    }
    l->pid = fork();
    if (l->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        bool told = read(ready[0], &own, sizeof(own)) == sizeof(own);
        _exit(told && unshare(namespaces) == 0 ? ask_all(l, asks, own) : 99);
    }
    (void)each_top(l, true);
    (void)!write(ready[1], &l->pid, sizeof(l->pid));
    (void)waitpid(l->pid, &status, 0);
    (void)each_top(l, false);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

/* The same in a process between, whose children alone get pids of their own. */
static void inside_all_is_answered(struct live *l, const struct ask *asks, int namespaces) {
    int status = 0;
    pid_t between = fork();
    if (between == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(ask_inside(l, asks, namespaces));
    }
    (void)waitpid(between, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* "*" in the pattern stands for the id. */
static void name_after(char *to, size_t size, const char *pattern, const char *id) {
    size_t at = strcspn(pattern, "*");
    (void)snprintf(to, size, "%.*s%s%s", (int)at, pattern, pattern[at] ? id : "",
                   pattern[at] ? pattern + at + 1 : "");
}

/* As in a container that has the host's files: its own cgroup is "/" there. */
static void our_own_container_is_read_in_a_namespace(void **state) {
    static const struct {
        const char *parent; /* NULL: as the other's */
        const char *name;
    } rows[] = {{NULL, "*"}, {NULL, "docker-*.scope"}, {"libpod-*", "container"}};
    struct live *l = *state; /* another container */
    need(l);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char id[65];
        struct live own = {.pid = 0};
        (void)snprintf(id, sizeof(id), "%064x", 0xf0000000U + (unsigned)getpid());
        name_after(own.parent, sizeof(own.parent), rows[i].parent ? rows[i].parent : l->parent, id);
        name_after(own.id, sizeof(own.id), rows[i].name, id);
        const struct ask asks[] = {
            {id, 0, 0},
            {l->id, 0, -ESTALE}, /* its pid is used again, in our own container */
            {BED_OTHER, 0, -ESTALE},
            {id, l->pid, -ESTALE},
            {id, getpid(), -ESTALE},
            {l->id, l->pid, 0},
            {NULL, 0, 0},
        };
        inside_all_is_answered(&own, asks, CLONE_NEWCGROUP);
        inside_all_is_answered(&own, asks, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(held_files_and_opened_ones_say_the_same),
        TEST(the_end_and_a_new_start_are_seen),
        TEST(a_new_cgroup_at_the_same_place_is_found),
        TEST(a_network_of_the_dead_is_not_kept_alive),
        TEST(our_own_container_is_read_in_a_namespace),
    };
    return RUN(tests);
}
