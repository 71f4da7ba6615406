#include "unit.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/stamp.h"

/* A folder to write in, and the log. */
struct bed {
    struct loop *loop;
    struct work *work;
    struct stamp *stamp;
    char folder[32];
    char path[96];
    int log_fd;
};

static void bed_open(struct bed *bed, const char *name) {
    struct err err = ERR_INIT;
    *bed = (struct bed){.folder = "/tmp/test_stamp.XXXXXX"};
    assert_non_null(mkdtemp(bed->folder));
    (void)snprintf(bed->path, sizeof(bed->path), "%s/%s", bed->folder, name);
    assert_int_equal(loop_new(&bed->loop, &err), 0);
    assert_int_equal(work_new(bed->loop, 2, 4, &bed->work, &err), 0);
    assert_int_equal(stamp_new(bed->work, bed->path, &bed->stamp, &err), 0);
    char log[] = "/tmp/test_stamp_log.XXXXXX";
    bed->log_fd = mkstemp(log);
    assert_true(bed->log_fd >= 0);
    (void)unlink(log);
    log_setup(LOG_INFO, LOG_TEXT, bed->log_fd);
}

/* Ends as the program does. */
static void bed_end(struct bed *bed) {
    work_end(bed->work, 5000);
    bed->work = NULL;
    stamp_free(bed->stamp);
    bed->stamp = NULL;
}

/* Removes the folder, which must be empty by then: nothing is left over. */
static void bed_close(struct bed *bed) {
    log_setup(LOG_INFO, LOG_TEXT, STDERR_FILENO);
    (void)close(bed->log_fd);
    loop_free(bed->loop);
    assert_int_equal(rmdir(bed->folder), 0);
}

/* What the file holds, "" when it is not there. */
static const char *text_of(const char *path) {
    static char text[64];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    if (fd >= 0) {
        (void)close(fd);
    }
    return text;
}

static void put_file(const char *path, const char *text, mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

/* How many lines of the log hold the words. */
static int logged(const struct bed *bed, const char *words) {
    static char text[16384];
    ssize_t n = pread(bed->log_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    int count = 0;
    for (const char *at = strstr(text, words); at; at = strstr(at + 1, words)) {
        count++;
    }
    return count;
}

/* Lets the loop work until the file holds this text and the log these words once (NULL: any). */
static void settle(struct bed *bed, const char *text, const char *words) {
    for (int i = 0; i < 5000; i++) {
        bool held = !text || strcmp(text_of(bed->path), text) == 0;
        if (held && (!words || logged(bed, words) == 1)) {
            return;
        }
        (void)event_base_loop(loop_base(bed->loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        (void)usleep(1000);
    }
    fail_msg("waited in vain for %s %s", text ? text : "", words ? words : "");
}

static void writes_the_time_and_nothing_else(void **state) {
    (void)state;
    struct bed bed;
    struct stat st;
    bed_open(&bed, "last.txt");
    stamp_set(bed.stamp, 1795225840);
    settle(&bed, "1795225840", NULL);
    assert_int_equal(stat(bed.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    stamp_set(bed.stamp, 1795225860);
    settle(&bed, "1795225860", NULL);
    bed_end(&bed);
    assert_string_equal(text_of(bed.path), "1795225860");
    assert_int_equal(unlink(bed.path), 0);
    bed_close(&bed);
}

/* A reader that has the old file open keeps it whole. */
static void replaces_instead_of_overwriting(void **state) {
    (void)state;
    struct bed bed;
    char text[32] = "";
    bed_open(&bed, "last.txt");
    stamp_set(bed.stamp, 1);
    settle(&bed, "1", NULL);
    int fd = open(bed.path, O_RDONLY);
    stamp_set(bed.stamp, 22);
    settle(&bed, "22", NULL);
    assert_int_equal(read(fd, text, sizeof(text)), 1);
    assert_string_equal(text, "1");
    (void)close(fd);
    bed_end(&bed);
    assert_int_equal(unlink(bed.path), 0);
    bed_close(&bed);
}

static void the_last_one_is_written_at_the_end(void **state) {
    (void)state;
    struct bed bed;
    bed_open(&bed, "last.txt");
    for (int i = 1; i <= 100; i++) {
        stamp_set(bed.stamp, i);
    }
    bed_end(&bed);
    assert_string_equal(text_of(bed.path), "100");
    assert_int_equal(unlink(bed.path), 0);
    bed_close(&bed);
}

static void a_failure_is_told_once_and_its_end(void **state) {
    (void)state;
    struct bed bed;
    char folder[48];
    char missing[96];
    struct err err = ERR_INIT;
    bed_open(&bed, "x");
    stamp_free(bed.stamp);
    (void)snprintf(folder, sizeof(folder), "%s/sub", bed.folder);
    (void)snprintf(missing, sizeof(missing), "%s/last.txt", folder);
    (void)snprintf(bed.path, sizeof(bed.path), "%s", missing);
    assert_int_equal(stamp_new(bed.work, missing, &bed.stamp, &err), 0);
    stamp_set(bed.stamp, 1);
    settle(&bed, NULL, "cannot be written: No such file or directory");
    stamp_set(bed.stamp, 2);
    stamp_set(bed.stamp, 3);
    assert_int_equal(mkdir(folder, 0700), 0);
    stamp_set(bed.stamp, 4);
    settle(&bed, "4", "is told again");
    assert_int_equal(logged(&bed, "cannot be"), 2); /* one line: the message and its reason */
    assert_int_equal(unlink(missing), 0);
    assert_int_equal(mkdir(missing, 0700), 0);
    stamp_set(bed.stamp, 5);
    settle(&bed, NULL, "is not a plain file");
    bed_end(&bed);
    assert_int_equal(rmdir(missing), 0);
    assert_int_equal(rmdir(folder), 0);
    bed_close(&bed);
}

static void devices_stay_devices(void **state) {
    (void)state;
    struct bed bed;
    struct stat st;
    bed_open(&bed, "null");
    assert_int_equal(symlink("/dev/null", bed.path), 0);
    stamp_set(bed.stamp, 1);
    bed_end(&bed);
    assert_int_equal(logged(&bed, "is not a plain file"), 1);
    assert_int_equal(lstat(bed.path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(unlink(bed.path), 0);
    bed_close(&bed);
}

/* Links stay, whatever they lead to; nothing is written through them. */
static void links_stay_links(void **state) {
    (void)state;
    static const char *const leads_to[] = {"other.txt", "nowhere"};
    for (size_t i = 0; i < sizeof(leads_to) / sizeof(leads_to[0]); i++) {
        struct bed bed;
        struct stat st;
        char other[96];
        char nowhere[96];
        bed_open(&bed, "last.txt");
        (void)snprintf(other, sizeof(other), "%s/other.txt", bed.folder);
        (void)snprintf(nowhere, sizeof(nowhere), "%s/nowhere", bed.folder);
        put_file(other, "theirs", 0644);
        assert_int_equal(symlink(leads_to[i], bed.path), 0);
        stamp_set(bed.stamp, 1);
        bed_end(&bed);
        assert_int_equal(logged(&bed, "is not a plain file"), 1);
        assert_int_equal(lstat(bed.path, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
        assert_string_equal(text_of(other), "theirs");
        assert_int_equal(access(nowhere, F_OK), -1);
        assert_int_equal(unlink(bed.path), 0);
        assert_int_equal(unlink(other), 0);
        bed_close(&bed);
    }
}

static void a_file_keeps_its_mode_and_owner(void **state) {
    (void)state;
    struct bed bed;
    struct stat st;
    bool root = geteuid() == 0;
    bed_open(&bed, "last.txt");
    put_file(bed.path, "0", 0600);
    assert_int_equal(root ? chown(bed.path, 12345, 12346) : 0, 0);
    stamp_set(bed.stamp, 1);
    settle(&bed, "1", NULL);
    bed_end(&bed);
    assert_int_equal(stat(bed.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_uid, root ? 12345 : geteuid());
    assert_int_equal(st.st_gid, root ? 12346 : st.st_gid);
    assert_int_equal(unlink(bed.path), 0);
    bed_close(&bed);
}

/* A file with a second name gives up this one only. */
static void the_other_name_of_a_file_is_left_alone(void **state) {
    (void)state;
    struct bed bed;
    char other[96];
    bed_open(&bed, "last.txt");
    (void)snprintf(other, sizeof(other), "%s/other.txt", bed.folder);
    put_file(other, "theirs", 0644);
    assert_int_equal(link(other, bed.path), 0);
    stamp_set(bed.stamp, 1);
    settle(&bed, "1", NULL);
    bed_end(&bed);
    assert_string_equal(text_of(other), "theirs");
    assert_int_equal(unlink(bed.path), 0);
    assert_int_equal(unlink(other), 0);
    bed_close(&bed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_time_and_nothing_else),
        cmocka_unit_test(replaces_instead_of_overwriting),
        cmocka_unit_test(the_last_one_is_written_at_the_end),
        cmocka_unit_test(a_failure_is_told_once_and_its_end),
        cmocka_unit_test(devices_stay_devices),
        cmocka_unit_test(links_stay_links),
        cmocka_unit_test(a_file_keeps_its_mode_and_owner),
        cmocka_unit_test(the_other_name_of_a_file_is_left_alone),
    };
    return RUN(tests);
}
