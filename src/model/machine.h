/*
 * The machine on which a kernel was read: who it is, what it has, what all of its processes use.
 * Plain data; strings and arrays lie in the memory of whoever made it.
 */
#ifndef DOCKMETER_MODEL_MACHINE_H
#define DOCKMETER_MODEL_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/usage.h"

/* A block device and its name: 259:0 is "nvme0n1". */
struct machine_device {
    uint32_t major;
    uint32_t minor;
    struct str name;
};

/* What is not known is empty or 0. */
struct machine {
    struct str host_name;
    struct str machine_id;
    struct str boot_id;
    struct str system_uuid;
    int64_t booted_unix_ns;
    uint64_t cores; /* that are online */
    uint64_t mem_bytes;
    struct usage usage; /* of the root cgroup and the machine's own interfaces; SOURCE_NONE: not
                           known */
    struct machine_device *devices;
    size_t n_devices;
};

/* The name of a device, or an empty view. */
struct str machine_device(const struct machine *machine, uint32_t major, uint32_t minor);

#endif
