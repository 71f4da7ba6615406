/*
 * A made-up snapshot to write pages of: every number known, two interfaces and two disks a
 * container, names as Compose gives them. Ends the program when memory is out.
 */
#ifndef DOCKMETER_BENCH_MADE_SNAPSHOT_H
#define DOCKMETER_BENCH_MADE_SNAPSHOT_H

#include "model/snapshot.h"

/* n containers; what it is like so many seconds later. */
struct snapshot *made_snapshot(size_t n, unsigned after_s);

#endif
