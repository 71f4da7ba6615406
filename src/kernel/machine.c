#include "kernel/machine.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/files.h"

#define FIRST_UTS "uts:[4026531838]" /* PROC_UTS_INIT_INO of the kernel's */

/* A file of one line; empty when it cannot be read. */
static struct str line_of(struct host *host, const char *path, struct arena *arena) {
    struct str text;
    if (!host_text(host, path, &text)) {
        return STR("");
    }
    return arena_str(arena, str_sub(text, 0, str_find(text, '\n', 0)));
}

/* Whether we see the machine's own name: in a container's UTS namespace every file of the kernel
   tells the container's, those below the host's root too. */
static bool is_first_uts(void) {
    char link[32];
    ssize_t n = readlink("/proc/self/ns/uts", link, sizeof(link));
    return n > 0 && str_eq((struct str){.ptr = link, .len = (size_t)n}, STR(FIRST_UTS));
}

/* By the host's own file where its root is not ours, else by the kernel. */
static struct str host_name(struct host *host, struct arena *arena) {
    struct str name = host->is_ours ? STR("") : str_trim(line_of(host, "etc/hostname", arena));
    if (name.len && name.ptr[0] != '#') {
        return name;
    }
    return is_first_uts() ? line_of(host, "proc/sys/kernel/hostname", arena) : STR("");
}

static void read_identity(struct host *host, struct arena *arena, struct machine *m) {
    struct str text;
    m->host_name = host_name(host, arena);
    m->machine_id = line_of(host, "etc/machine-id", arena);
    m->boot_id = line_of(host, "proc/sys/kernel/random/boot_id", arena);
    m->system_uuid = line_of(host, "sys/class/dmi/id/product_uuid", arena);
    if (host_text(host, "proc/stat", &text)) {
        parse_stat(text, &m->booted_unix_ns, &m->cores);
    }
}

/* The first name of a file that is there below the hierarchy's top; false: none. */
static bool text_of(struct host *host, const struct kernel_file *file, struct str *ret) {
    int top = host->mounts.fd[file->hierarchy];
    int rc = top < 0 ? top : -ENOENT;
    for (size_t i = 0; i < FILE_NAMES_MAX && file->names[i] && rc == -ENOENT; i++) {
        rc = reader_read_below(&host->reader, &host->root, top, file->names[i], ret);
    }
    return rc == 0;
}

/* A file that says nothing of what it should tells nothing here either. */
static int read_files(struct host *host, struct arena *arena, struct usage *usage) {
    for (size_t i = 0; i < n_kernel_files; i++) {
        const struct kernel_file *file = &kernel_files[i];
        struct str text;
        bool elsewhere = file->unless < HIERARCHIES && host->mounts.fd[file->unless] >= 0;
        if (elsewhere || file->wanted_only || !text_of(host, file, &text)) {
            continue;
        }
        int rc = kernel_file_take(file, text, host->mem_total, arena, usage, &host->dropped);
        if (rc == -ENOMEM) {
            return rc;
        }
    }
    return 0;
}

/* What the root cgroup of v2 has no files for. */
static void fill_memory(struct host *host, struct usage *u) {
    static const struct {
        const char *all;
        const char *unused;
        enum usage_number number;
    } rows[] = {{"MemTotal:", "MemFree:", USAGE_MEM_USAGE_BYTES},
                {"SwapTotal:", "SwapFree:", USAGE_MEM_SWAP_BYTES}};
    struct str text;
    if (!host_text(host, "proc/meminfo", &text)) {
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t all = 0;
        uint64_t unused = 0;
        if (!usage_has(u, rows[i].number) && parse_meminfo(text, str_of(rows[i].all), &all) &&
            parse_meminfo(text, str_of(rows[i].unused), &unused) && unused <= all) {
            usage_set(u, rows[i].number, all - unused);
        }
    }
    if (!usage_has(u, USAGE_MEM_LIMIT_BYTES) && host->mem_total) {
        usage_set(u, USAGE_MEM_LIMIT_BYTES, host->mem_total);
    }
}

/* The first process lives in the machine's own network namespace. */
static int read_nets(struct host *host, struct arena *arena, struct usage *usage) {
    struct str text;
    if (!host_text(host, "proc/1/net/dev", &text)) {
        return 0;
    }
    return parse_machine_net_dev(text, arena, usage, &host->dropped);
}

static int read_usage(struct host *host, struct arena *arena, struct usage *u) {
    int rc = read_files(host, arena, u);
    rc = rc ? rc : read_nets(host, arena, u);
    if (rc != 0) {
        return rc;
    }
    fill_memory(host, u);
    usage_split_faults(u);
    usage_working_set(u);
    if (u->have) {
        u->source = SOURCE_KERNEL;
        u->read_unix_ns = clock_unix_ns();
        u->cgroup = STR("/");
    }
    return 0;
}

int machine_identity(struct host *host, struct arena *arena, struct machine *ret) {
    struct machine m = {.mem_bytes = host->mem_total};
    read_identity(host, arena, &m);
    if (arena_failed(arena)) {
        return -ENOMEM;
    }
    *ret = m;
    return 0;
}

int machine_read(struct host *host, struct arena *arena, struct machine *ret) {
    struct machine m;
    struct str text;
    if (machine_identity(host, arena, &m) != 0) {
        return -ENOMEM;
    }
    int rc = read_usage(host, arena, &m.usage);
    if (rc == 0 && host_text(host, "proc/partitions", &text)) {
        rc = parse_partitions(text, arena, &m.devices, &m.n_devices, &host->dropped);
    }
    if (rc != 0 || arena_failed(arena)) {
        return -ENOMEM;
    }
    *ret = m;
    return 0;
}
