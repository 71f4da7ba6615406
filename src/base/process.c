#include "base/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <link.h>
#include <stdalign.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define NS_IN_S UINT64_C(1000000000)

/* Fields of /proc/self/stat, counted from the one behind the name's ")" (proc(5) less 3). */
enum { STAT_START_TICKS = 19, STAT_VIRTUAL_BYTES = 20, STAT_RESIDENT_PAGES = 21, STAT_FIELDS = 22 };

static void set(struct process_figures *f, enum process_number i, uint64_t v) {
    f->number[i] = v;
    f->have |= UINT32_C(1) << i;
}

/* The first bytes of a file, as many as fit; empty when it cannot be read. */
static struct str read_start(const char *path, char *buf, size_t size) {
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    while (fd >= 0 && len < size) {
        ssize_t n = read(fd, buf + len, size - len);
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
    }
    return (struct str){.ptr = buf, .len = len};
}

/* Splits the fields behind the name, which may itself hold blanks and brackets; false when cut. */
static bool stat_fields(struct str text, struct str fields[STAT_FIELDS]) {
    const char *bracket = text.len ? memrchr(text.ptr, ')', text.len) : NULL;
    if (!bracket || (size_t)(bracket - text.ptr) + 2 > text.len) {
        return false;
    }
    size_t from = (size_t)(bracket - text.ptr) + 2;
    struct str rest = str_sub(text, from, text.len - from);
    for (size_t i = 0; i < STAT_FIELDS; i++) {
        if (!str_split(&rest, ' ', &fields[i])) {
            return false;
        }
    }
    return true;
}

/* The machine's start in Unix seconds; it stands behind the interrupt counts, so read in pieces. */
static bool boot_unix_s(uint64_t *ret) {
    static const char key[] = "btime ";
    CLEANUP_FD int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    char buf[4096];
    size_t kept = 0;
    ssize_t n = 0;
    while (fd >= 0 && (n = read(fd, buf + kept, sizeof(buf) - kept)) > 0) {
        struct str text = {.ptr = buf, .len = kept + (size_t)n};
        size_t at = str_search(text, STR("btime "));
        size_t end = at == SIZE_MAX ? text.len : str_find(text, '\n', at);
        if (end < text.len) {
            size_t from = at + sizeof(key) - 1;
            return str_to_u64(str_sub(text, from, end - from), ret);
        }
        kept = text.len < 64 ? text.len : 64;
        memmove(buf, buf + text.len - kept, kept);
    }
    return false;
}

/* Constant for the life of the process, so that it is worked out once. */
static uint64_t start_unix_ns(struct str ticks_text) {
    static uint64_t known_ns;
    long hz = sysconf(_SC_CLK_TCK);
    uint64_t ticks = 0;
    uint64_t boot_s = 0;
    if (known_ns == 0 && hz > 0 && str_to_u64(ticks_text, &ticks) && boot_unix_s(&boot_s)) {
        uint64_t rate = (uint64_t)hz;
        known_ns = (boot_s + ticks / rate) * NS_IN_S + ticks % rate * NS_IN_S / rate;
    }
    return known_ns;
}

static void read_stat(struct process_figures *f) {
    char buf[1024];
    struct str fields[STAT_FIELDS];
    if (!stat_fields(read_start("/proc/self/stat", buf, sizeof(buf)), fields)) {
        return;
    }
    uint64_t v = 0;
    long page = sysconf(_SC_PAGESIZE);
    if (str_to_u64(fields[STAT_RESIDENT_PAGES], &v) && page > 0) {
        set(f, PROCESS_RESIDENT_BYTES, v * (uint64_t)page);
    }
    if (str_to_u64(fields[STAT_VIRTUAL_BYTES], &v)) {
        set(f, PROCESS_VIRTUAL_BYTES, v);
    }
    uint64_t start_ns = start_unix_ns(fields[STAT_START_TICKS]);
    if (start_ns) {
        set(f, PROCESS_START_UNIX_NS, start_ns);
    }
}

/* From Linux 6.2 on the folder's size is their number, which saves reading thousands of names. */
static bool open_fds_by_size(uint64_t *ret) {
    struct stat st;
    if (stat("/proc/self/fd", &st) != 0 || st.st_size <= 0) {
        return false;
    }
    *ret = (uint64_t)st.st_size;
    return true;
}

/* Counts /proc/self/fd without the descriptor that reads it; opendir() would allocate each time. */
static void read_open_fds(struct process_figures *f) {
    uint64_t by_size = 0;
    if (open_fds_by_size(&by_size)) {
        set(f, PROCESS_OPEN_FDS, by_size);
        return;
    }
    CLEANUP_FD int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    alignas(struct dirent64) char buf[4096];
    uint64_t n = 0;
    ssize_t len = 0;
    while (fd >= 0 && (len = getdents64(fd, buf, sizeof(buf))) > 0) {
        for (ssize_t at = 0; at < len;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(buf + at);
            n += entry->d_name[0] != '.';
            at += entry->d_reclen;
        }
    }
    if (fd >= 0 && len == 0 && n > 0) {
        set(f, PROCESS_OPEN_FDS, n - 1);
    }
}

void process_read(struct process_figures *ret) {
    *ret = (struct process_figures){.have = 0};
    struct timespec cpu = {0};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0) {
        set(ret, PROCESS_CPU_NS, (uint64_t)cpu.tv_sec * NS_IN_S + (uint64_t)cpu.tv_nsec);
    }
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        set(ret, PROCESS_MAX_FDS, limit.rlim_cur);
    }
    read_stat(ret);
    read_open_fds(ret);
}

/* Whether a debugger may have written breakpoints into the code. */
static bool is_traced(void) {
    char buf[1024];
    struct str status = read_start("/proc/self/status", buf, sizeof(buf));
    return str_search(status, STR("TracerPid:\t")) != SIZE_MAX &&
           str_search(status, STR("TracerPid:\t0\n")) == SIZE_MAX;
}

/* Drops the code of the first object, which is the program. Only what its headers name: where they
   leave room between two segments anybody's memory may have been put. Nobody writes to code, so
   that what comes back is what was there; a refusal is no harm. */
static int drop_code(struct dl_phdr_info *program, size_t size, void *data) {
    (void)size;
    uintptr_t page = *(const uintptr_t *)data;
    for (size_t i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &program->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & (PF_X | PF_W)) == PF_X) {
            uintptr_t start = program->dlpi_addr + segment->p_vaddr;
            uintptr_t first = start / page * page;
            void *at = (void *)first; /* NOLINT(performance-no-int-to-ptr): headers tell numbers */
            (void)madvise(at, start + segment->p_memsz - first, MADV_DONTNEED);
        }
    }
    return 1;
}

void process_drop_start(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    if (!is_traced()) {
        (void)dl_iterate_phdr(drop_code, &page);
    }
}
