/*
 * The words that the tables of families are written in, for families_*.c only. A field of a row
 * that is not set is 0: gauge, no own label, no decimals.
 */
#ifndef DOCKMETER_METRICS_TABLE_H
#define DOCKMETER_METRICS_TABLE_H

#include "metrics/identity.h"
#include "metrics/row.h"
#include "metrics/walk.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define NANO .decimals = 9
#define COUNTER .type = FAMILY_COUNTER
#define USAGE(n) .walk = walk_usage, .number = (n)
#define FACT(n) .walk = walk_fact, .number = (n)
#define LIVE_FACT(n) .walk = walk_live_fact, .number = (n)
#define NET(n) .walk = walk_net, .number = (n), .labels = {"interface"}
#define DISK(n) .walk = walk_disk, .number = (n), .labels = {"device"}
#define NET_SUM(n) .walk = walk_net_sum, .number = (n)
#define DISK_SUM(n) .walk = walk_disk_sum, .number = (n)
#define ENGINE(n) .walk = walk_engine, .number = (n)

#define STORAGE(n) .walk = walk_storage, .number = (n), .group = GROUP_DISK

#define NOT_TOLD "there is no reading, or its source does not tell it"
#define NO_USAGE                                                                                   \
    "there is no reading (not running, or it did not arrive), or its controller is missing"
#define NO_NET "there is no reading, or no network of its own (host, none, container:X)"
#define NO_ERRORS NO_NET ", or the source does not tell it"
#define NO_IO "there was no I/O on the device yet"
#define NO_DISK                                                                                    \
    "`collection.collectors.disk` is off, or there is no measurement that is not too old"
#define NO_FACT "it is not known yet"
#define NO_COUNT "the Engine was not asked yet, or a proxy refuses"
#define NO_MACHINE "neither the Engine tells it nor the kernel of its machine"
#define NO_STATES "the Engine was never reached, or is away for long"
#define NO_RATE "it was read only once so far, or there is no reading"

#endif
