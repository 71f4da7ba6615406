#include "kernel/parse.h"

#include <errno.h>

#include "kernel/flat.h"

/* The devices of a usage and those of one file, on their way to become one. */
struct devices {
    struct arena *arena;
    struct usage_disk *at;
    size_t n;
    size_t cap;
    size_t first; /* of this file */
};

/* "8:16". */
static bool take_device(struct str word, struct usage_disk *disk) {
    size_t colon = str_find(word, ':', 0);
    uint64_t major = 0;
    uint64_t minor = 0;
    if (colon == word.len || !str_to_u64(str_sub(word, 0, colon), &major) ||
        !str_to_u64(str_sub(word, colon + 1, word.len - colon - 1), &minor) || major > UINT32_MAX ||
        minor > UINT32_MAX) {
        return false;
    }
    *disk = (struct usage_disk){.major = (uint32_t)major, .minor = (uint32_t)minor};
    return true;
}

/* Twice the room. What a usage had is copied too, so that it stays as it was on failure. */
static bool devices_grow(struct devices *devices) {
    size_t cap = devices->n ? devices->n * 2 : 1;
    struct usage_disk *at = arena_array(devices->arena, cap, sizeof(*at));
    if (!at) {
        return false;
    }
    for (size_t i = 0; i < devices->n; i++) {
        at[i] = devices->at[i];
    }
    devices->at = at;
    devices->cap = cap;
    return true;
}

/* Adds a line's numbers: lines about one device come one after another and share an entry. */
static int devices_add(struct devices *devices, const struct usage_disk *disk, size_t *dropped) {
    struct usage_disk *last = devices->n > devices->first ? &devices->at[devices->n - 1] : NULL;
    if (last && last->major == disk->major && last->minor == disk->minor) {
        for (unsigned k = 0; k < DISK_NUMBERS; k++) {
            if (disk->have >> k & 1U) {
                usage_disk_add(last, (enum disk_number)k, disk->number[k]);
            }
        }
        return 0;
    }
    if (devices->n - devices->first == PARSE_DEVICES_MAX) {
        *dropped += 1;
        return 0;
    }
    if (devices->n == devices->cap && !devices_grow(devices)) {
        return -ENOMEM;
    }
    devices->at[devices->n++] = *disk;
    return 0;
}

/* Puts the file's devices into the usage. */
static void devices_finish(struct devices *devices, struct usage *usage) {
    if (devices->n > devices->first) {
        usage->disks = devices->at;
        usage->n_disks = devices->n;
        usage_merge_disks(usage);
    }
}

/* Begins with what the usage has; its array has no room to spare. */
static struct devices devices_of(const struct usage *usage, struct arena *arena) {
    return (struct devices){.arena = arena,
                            .at = usage->disks,
                            .n = usage->n_disks,
                            .cap = usage->n_disks,
                            .first = usage->n_disks};
}

/* One "rbytes=1" into the device; of a key that comes twice the first counts. */
static void take_pair(struct str word, struct usage_disk *disk) {
    static const struct {
        struct str key;
        enum disk_number number;
    } pairs[] = {
        {{"rbytes", 6}, DISK_READ_BYTES},
        {{"wbytes", 6}, DISK_WRITE_BYTES},
        {{"rios", 4}, DISK_READS},
        {{"wios", 4}, DISK_WRITES},
    };
    size_t equals = str_find(word, '=', 0);
    struct str key = str_sub(word, 0, equals);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        uint64_t value = 0;
        if (str_eq(key, pairs[i].key) && !(disk->have >> pairs[i].number & 1U)) {
            if (equals < word.len &&
                str_to_u64(str_sub(word, equals + 1, word.len - equals - 1), &value)) {
                usage_disk_add(disk, pairs[i].number, value);
            }
            return;
        }
    }
}

/*
 * A line of io.stat. Some kernels leave out the newline behind a device without figures, so that a
 * line may begin with several devices: the figures are the last one's.
 */
static void take_io_line(struct str line, struct usage_disk *disk) {
    struct str word;
    bool named = false;
    while (flat_word(&line, &word)) {
        if (disk->have == 0 && take_device(word, disk)) {
            named = true;
        } else if (named) {
            take_pair(word, disk);
        }
    }
}

int parse_io_stat(struct str text, struct arena *arena, struct usage *usage, size_t *dropped) {
    struct devices devices = devices_of(usage, arena);
    struct flat file = {.rest = text};
    struct str line;
    while (flat_line(&file, &line)) {
        struct usage_disk disk = {.have = 0};
        take_io_line(line, &disk);
        if (disk.have && devices_add(&devices, &disk, dropped) != 0) {
            return -ENOMEM;
        }
    }
    devices_finish(&devices, usage);
    return 0;
}

/* A line of blkio: "8:0 Read 1". False: a total, or another operation. */
static bool take_blkio_line(struct str line, enum disk_number read, enum disk_number write,
                            struct usage_disk *disk) {
    struct str device;
    struct str op;
    uint64_t value = 0;
    if (!flat_word(&line, &device) || !flat_word(&line, &op)) {
        return false;
    }
    bool is_read = str_eq(op, STR("Read"));
    if ((!is_read && !str_eq(op, STR("Write"))) || !take_device(device, disk) || line.len == 0 ||
        !str_to_u64(str_sub(line, 1, line.len - 1), &value)) {
        return false;
    }
    usage_disk_add(disk, is_read ? read : write, value);
    return true;
}

int parse_blkio(struct str text, enum disk_number read, enum disk_number write, struct arena *arena,
                struct usage *usage, size_t *dropped) {
    struct devices devices = devices_of(usage, arena);
    struct flat file = {.rest = text};
    struct str line;
    while (flat_line(&file, &line)) {
        struct usage_disk disk = {.have = 0};
        if (take_blkio_line(line, read, write, &disk) &&
            devices_add(&devices, &disk, dropped) != 0) {
            return -ENOMEM;
        }
    }
    devices_finish(&devices, usage);
    return 0;
}
