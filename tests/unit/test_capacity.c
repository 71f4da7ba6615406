/* File systems: the lines of mountinfo, and what is measured on this very machine. */
#include "unit.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kernel/capacity.h"
#include "kernel/parse.h"

static void a_line_is_told_apart(void **state) {
    (void)state;
    struct mount_line m;
    assert_true(parse_mount_line(
        STR("36 35 98:0 /sub /mnt/a\\040b rw,noatime master:1 shared:2 - ext3 /dev/root rw"), &m));
    assert_int_equal(m.id, 36);
    assert_str(m.point, "/mnt/a\\040b");
    assert_str(m.type, "ext3");
    assert_str(m.source, "/dev/root");
    assert_true(parse_mount_line(STR("27 1 254:0 / / rw - ext4 /dev/vda rw"), &m));
    assert_str(m.point, "/");
}

static void other_lines_are_none(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "x 1 254:0 / / rw - ext4 /dev/vda rw",
        "27 1 254:0 / / rw",
        "27 1 254:0 / / rw shared:1",
        "27 1 254:0 / / rw - ext4",
        "27 1 254:0 / - ext4 /dev/vda rw",
    };
    struct mount_line m;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(parse_mount_line(str_of(rows[i]), &m));
    }
}

static void escapes_are_undone(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    assert_str(parse_mount_text(STR("/a\\040b\\011\\134\\012"), &arena), "/a b\t\\\n");
    assert_str(parse_mount_text(STR("\\04\\09x\\777\\000\\"), &arena), "\\04\\09x\\777\\000\\");
    arena_done(&arena);
}

static struct filesystems *measured(const char *root, const char *data_root, const char *driver) {
    struct filesystems *f = filesystems_new();
    const struct capacity_of of = {.host_root = root, .data_root = data_root, .driver = driver};
    assert_int_equal(capacity_measure(&of, f), 0);
    return f;
}

static const struct filesystem *find(const struct filesystems *f, const char *device) {
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(f->list[i].device, str_of(device))) {
            return &f->list[i];
        }
    }
    return NULL;
}

/* A second opinion: every ext and xfs that getmntent() names is there, with its size. */
static void all_of_this_machine_are_there(void **state) {
    (void)state;
    struct filesystems *f = measured("/", "", "");
    FILE *mounts = setmntent("/proc/self/mounts", "r");
    for (struct mntent *m = getmntent(mounts); m; m = getmntent(mounts)) {
        struct statvfs fs;
        struct stat st;
        bool ours = strncmp(m->mnt_type, "ext", 3) == 0 || strcmp(m->mnt_type, "xfs") == 0;
        if (!ours || stat(m->mnt_dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
            continue;
        }
        const struct filesystem *found = find(f, m->mnt_fsname);
        assert_non_null(found);
        assert_int_equal(statvfs(m->mnt_dir, &fs), 0);
        assert_int_equal(found->size_bytes, (uint64_t)fs.f_blocks * fs.f_frsize);
        assert_true(found->used_bytes > 0 && found->used_bytes <= found->size_bytes);
    }
    (void)endmntent(mounts);
    for (size_t i = 0; i < f->n; i++) {
        assert_ptr_equal(find(f, f->list[i].device.ptr), &f->list[i]); /* each once */
        assert_true(str_starts(f->list[i].device, STR("/dev/")));
    }
    assert_null(f->layers);
    filesystems_unref(f);
}

/* A folder with nothing mounted below it, as in a container without the host's root. */
static void nothing_is_made_up(void **state) {
    (void)state;
    char folder[] = "/tmp/dm-capacity-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    struct filesystems *f = measured(folder, "/var/lib/docker", "overlay2");
    assert_int_equal(f->n, 0);
    assert_null(f->layers);
    filesystems_unref(f);
    (void)snprintf(path, sizeof(path), "%s/nowhere", folder);
    f = filesystems_new();
    const struct capacity_of of = {.host_root = path, .data_root = "", .driver = ""};
    assert_int_equal(capacity_measure(&of, f), -ENOENT);
    filesystems_unref(f);
    (void)rmdir(folder);
}

/* Below a bound root: the device is that of the real one, and the layers' is found by the folder.
 */
static void a_mounted_root_is_reached(void **state) {
    (void)state;
    char folder[] = "/tmp/dm-capacity-XXXXXX";
    char path[128];
    struct filesystems *here = measured("/", "", "");
    assert_non_null(mkdtemp(folder));
    bool possible = here->n > 0 && mount("/tmp", folder, NULL, MS_BIND, NULL) == 0;
    if (possible) {
        struct filesystems *without = measured(folder, "/no/such/folder", "overlay2");
        (void)snprintf(path, sizeof(path), "%s/dm-layers", folder);
        (void)mkdir(path, 0700);
        struct filesystems *f = measured(folder, "", "dm-layers");
        struct filesystems *with = measured(folder, "/", "dm-layers");
        (void)rmdir(path);
        assert_int_equal(umount(folder), 0);
        assert_int_equal(f->n, with->n);
        assert_null(f->layers);
        assert_null(without->layers);
        assert_true(with->n == 0 || with->layers == &with->list[0]);
        assert_true(with->n == 0 || find(here, with->list[0].device.ptr));
        filesystems_unref(f);
        filesystems_unref(with);
        filesystems_unref(without);
    }
    filesystems_unref(here);
    (void)rmdir(folder);
    if (!possible) {
        skip();
    }
}

/* What lies over a mount is another file system, not that of the mount's device. */
static void a_hidden_mount_is_not_measured(void **state) {
    (void)state;
    char folder[] = "/tmp/dm-capacity-XXXXXX";
    char below[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(below, sizeof(below), "%s/below", folder);
    assert_int_equal(mkdir(below, 0700), 0);
    bool possible = mount("/tmp", below, NULL, MS_BIND, NULL) == 0;
    struct filesystems *bound = possible ? measured(folder, "", "") : NULL;
    bool hidden = possible && mount("none", below, "tmpfs", 0, NULL) == 0;
    struct filesystems *f = hidden ? measured(folder, "", "") : NULL;
    for (int n = possible + hidden; n > 0; n--) {
        assert_int_equal(umount(below), 0);
    }
    (void)rmdir(below);
    (void)rmdir(folder);
    size_t n_bound = bound ? bound->n : 0;
    size_t n_hidden = f ? f->n : 0;
    filesystems_unref(bound);
    filesystems_unref(f);
    if (n_bound == 0 || !hidden) {
        skip();
    }
    assert_int_equal(n_hidden, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_told_apart),
        cmocka_unit_test(other_lines_are_none),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(all_of_this_machine_are_there),
        cmocka_unit_test(nothing_is_made_up),
        cmocka_unit_test(a_mounted_root_is_reached),
        cmocka_unit_test(a_hidden_mount_is_not_measured),
    };
    return RUN(tests);
}
