/*
 * The cgroup hierarchies that containers are read from: the unified tree of cgroup v2, and one for
 * each controller of cgroup v1. Two v1 controllers may share a tree (cpu,cpuacct); they are told
 * apart all the same. Plain data.
 */
#ifndef DOCKMETER_KERNEL_HIERARCHY_H
#define DOCKMETER_KERNEL_HIERARCHY_H

enum hierarchy {
    HIERARCHY_UNIFIED,
    HIERARCHY_CPU,
    HIERARCHY_CPUACCT,
    HIERARCHY_MEMORY,
    HIERARCHY_BLKIO,
    HIERARCHY_PIDS,
    HIERARCHIES, /* also: none of them */
};

#endif
