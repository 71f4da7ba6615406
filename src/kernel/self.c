#include "kernel/self.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FIRST_CGROUP_NAMESPACE 0xEFFFFFFBU /* PROC_CGROUP_INIT_INO of the kernel */

/* Whether paths are relative to a cgroup of our own: the first namespace has a fixed number, and
   in it each path is the whole one. */
static bool has_own_namespace(void) {
    struct stat st;
    return stat("/proc/self/ns/cgroup", &st) == 0 && st.st_ino != FIRST_CGROUP_NAMESPACE;
}

int self_place(struct str text, struct str id, struct place *ret) {
    CLEANUP(reader_done) struct reader reader = READER_INIT;
    struct str ours;
    CLEANUP_FD int fd = has_own_namespace() ? open("/proc/self/cgroup", ROOT_FILE) : -1;
    int rc = fd < 0 ? -ESTALE : reader_read(&reader, fd, &ours);
    if (rc != 0) {
        return rc == -ENOMEM ? rc : -ESTALE;
    }
    return place_own(text, ours, id, ret);
}

static bool has_pid(struct str text, pid_t pid) {
    struct str line;
    uint64_t number = 0;
    while (str_split(&text, '\n', &line)) {
        if (str_to_u64(line, &number) && number == (uint64_t)pid) {
            return true;
        }
    }
    return false;
}

/* In the cgroup itself, or where Podman's runtime puts a container's processes inside of it. */
bool self_is_in(struct host *host, int dir) {
    static const char *const lists[] = {"cgroup.procs", "container/cgroup.procs"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct str text;
        if (reader_read_below(&host->reader, &host->root, dir, lists[i], &text) == 0 &&
            has_pid(text, getpid())) {
            return true;
        }
    }
    return false;
}
