/*
 * What keeps figures away on this host, each with the remedy in words that can be pasted. Looks at
 * the host once, when the kernel is made.
 */
#ifndef DOCKMETER_KERNEL_DIAGNOSE_H
#define DOCKMETER_KERNEL_DIAGNOSE_H

#include "base/arena.h"
#include "base/err.h"
#include "kernel/host.h"
#include "kernel/kernel.h"

/* Fills all of ret, whose strings lie in the arena, and of the host hidepid and offered. -ENOMEM.
 */
MUST_USE int diagnose(struct host *host, const char *root, struct arena *arena,
                      struct kernel_host *ret);

#endif
