/*
 * Host roots for the kernel's tests: recorded ones below tests/data/host-roots, made ones in a
 * temporary folder that a test fills with files, and the container facts to read them by.
 */
#ifndef DOCKMETER_TESTS_KERNEL_BED_H
#define DOCKMETER_TESTS_KERNEL_BED_H

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/kernel.h"

#define BED_ID "0dee20c0dea74092ae346200b904eaafeeddbc64d2cd511fc93a7f3cd5183bb6"
#define BED_OTHER "b223b7d0c4d61c6bac89f941c4eebddd9aec47c989d921abae9de32a5a281aa0"

struct kernel_bed {
    char root[64]; /* the made host root */
    struct kernel *kernel;
    struct arena arena;
    struct usage usage;
    struct err err;
};

static inline int bed_setup(void **state) {
    struct kernel_bed *bed = calloc(1, sizeof(*bed));
    (void)snprintf(bed->root, sizeof(bed->root), "/tmp/dm-kernel-XXXXXX");
    *state = bed;
    return mkdtemp(bed->root) ? 0 : -1;
}

static inline int bed_remove_one(const char *path, const struct stat *st, int type,
                                 struct FTW *at) {
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void bed_remove(struct kernel_bed *bed, const char *path) {
    char full[2 * PATH_MAX];
    (void)snprintf(full, sizeof(full), "%s/%s", bed->root, path);
    (void)nftw(full, bed_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int bed_teardown(void **state) {
    struct kernel_bed *bed = *state;
    kernel_free(bed->kernel);
    arena_done(&bed->arena);
    bed_remove(bed, "");
    free(bed);
    return 0;
}

/* The path in the made root, with the folders that lead to it. */
static inline const char *bed_path(const struct kernel_bed *bed, const char *path) {
    static char full[2 * PATH_MAX];
    assert_non_null(path);
    (void)snprintf(full, sizeof(full), "%s/%s", bed->root, path ? path : "");
    for (char *at = full + strlen(bed->root) + 1; *at; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(full, 0755);
            *at = '/';
        }
    }
    return full;
}

static inline void bed_write(struct kernel_bed *bed, const char *path, const char *text) {
    FILE *out = fopen(bed_path(bed, path), "wb");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* A file of a cgroup; `dir` is below sys/fs/cgroup. */
static inline void bed_cgroup(struct kernel_bed *bed, const char *dir, const char *file,
                              const char *text) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "sys/fs/cgroup/%s%s%s", dir, *dir ? "/" : "", file);
    bed_write(bed, path, text);
}

static inline void bed_process(struct kernel_bed *bed, int pid, const char *cgroup) {
    char path[64];
    (void)snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
    bed_write(bed, path, cgroup);
    (void)snprintf(path, sizeof(path), "proc/%d/net/dev", pid);
    bed_write(bed, path,
              "Inter-|   Receive  |  Transmit\n face |bytes    packets\n"
              "    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n"
              "  eth0: 1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n");
}

/* What every host has. */
static inline void bed_host(struct kernel_bed *bed) {
    bed_write(bed, "proc/meminfo", "MemTotal:        1000 kB\nMemFree: 1 kB\n");
    bed_write(bed, "proc/stat", "cpu 1\n");
    bed_write(bed, "proc/1/cgroup", "0::/init.scope\n");
}

/* The v2 files of one container: CPU 5 s, memory 4096. */
static inline void bed_v2(struct kernel_bed *bed, const char *dir) {
    bed_cgroup(bed, "", "cgroup.controllers", "cpuset cpu io memory pids\n");
    bed_cgroup(bed, dir, "cpu.stat",
               "usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\n");
    bed_cgroup(bed, dir, "memory.current", "4096\n");
    bed_cgroup(bed, dir, "memory.max", "max\n");
    bed_cgroup(bed, dir, "memory.stat",
               "anon 1024\nfile 2048\ninactive_file 1000\npgfault 10\n"
               "pgmajfault 3\n");
    bed_cgroup(bed, dir, "memory.events", "oom 1\noom_kill 2\n");
    bed_cgroup(bed, dir, "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
    bed_cgroup(bed, dir, "pids.current", "7\n");
    bed_cgroup(bed, dir, "pids.max", "max\n");
}

static inline void bed_open(struct kernel_bed *bed, size_t held_max) {
    const struct kernel_settings settings = {.host_root = bed->root, .held_max = held_max};
    kernel_free(bed->kernel);
    bed->kernel = NULL;
    if (kernel_new(&settings, &bed->kernel, &bed->err) != 0) {
        fail_msg("%s", bed->err.text);
    }
}

static inline struct container_facts bed_facts(int pid) {
    return (struct container_facts){
        .id = STR(BED_ID), .pid = pid, .network = NETWORK_OWN, .state = STATE_RUNNING};
}

/* Reads the container as this process; the code of kernel_read(). */
static inline int bed_read(struct kernel_bed *bed, int pid) {
    const struct container_facts facts = bed_facts(pid);
    bed->err.code = 0;
    return kernel_read(bed->kernel, &facts, &bed->arena, &bed->usage, &bed->err);
}

static inline void bed_reads(struct kernel_bed *bed, int pid) {
    if (bed_read(bed, pid) != 0) {
        fail_msg("%s", bed->err.text);
    }
}

#define assert_number(usage, i, value)                                                             \
    do {                                                                                           \
        assert_true(usage_has((usage), (i)));                                                      \
        assert_int_equal((usage)->number[i], (value));                                             \
    } while (0)

/* How many descriptors this process has open. */
static inline size_t open_descriptors(void) {
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir)) {
        n++;
    }
    (void)closedir(dir);
    return n;
}

#endif
