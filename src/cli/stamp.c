#include "cli/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"

#define TIME_TEXT_MAX 24
#define TEMP_SUFFIX ".XXXXXX"
#define NEW_MODE 0644
#define RIGHTS 0777 /* of a mode */

/* What the job works on; nobody else touches it while it is under way. */
struct stamp_write {
    struct stamp *stamp;
    const char *path; /* the stamp's */
    int64_t unix_s;
    struct err err;
};

struct stamp {
    struct work *work;
    char *path;
    struct stamp_write write;
    bool under_way;
    bool waits; /* unix_s comes next */
    int64_t unix_s;
    struct err told; /* the failure that was logged; code 0: none */
};

static int write_all(int fd, const char *text, size_t len) {
    ssize_t n = pwrite(fd, text, len, 0);
    if (n < 0) {
        return -errno;
    }
    return (size_t)n == len ? 0 : -ENOSPC;
}

/* A new file beside it with the mode and owner of `old`, renamed over it; 0 or a negative errno. */
static int replace(const char *path, const struct stat *old, const char *text, size_t len) {
    struct buf temp CLEANUP_BUF = BUF_INIT;
    buf_fmt(&temp, "%s%s", path, TEMP_SUFFIX);
    if (buf_failed(&temp)) {
        return -ENOMEM;
    }
    char *name = temp.data;
    int fd CLEANUP_FD = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    int r = write_all(fd, text, len);
    if (r == 0 && (fchown(fd, old->st_uid, old->st_gid) != 0 ||
                   fchmod(fd, old->st_mode & RIGHTS) != 0 || rename(name, path) != 0)) {
        r = -errno;
    }
    if (r < 0) {
        (void)unlink(name);
    }
    return r;
}

/* The same bytes into the file that is there, and nothing behind them; never into one that has
   another name too, which somebody may have lent it. */
static int overwrite(const char *path, const char *text, size_t len) {
    int fd CLEANUP_FD = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return -errno;
    }
    if (!S_ISREG(st.st_mode) || st.st_nlink > 1) {
        return -EINVAL;
    }
    int r = write_all(fd, text, len);
    return r == 0 && ftruncate(fd, (off_t)len) != 0 ? -errno : r;
}

/* Writes the file; blocks. A link is not followed: whoever may write to the folder could have put
   it there, and /dev/stdout is one. */
static int write_file(const char *path, int64_t unix_s, struct err *err) {
    char text[TIME_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%" PRId64, unix_s);
    struct stat old;
    if (lstat(path, &old) != 0) {
        old =
            (struct stat){.st_mode = S_IFREG | NEW_MODE, .st_uid = (uid_t)-1, .st_gid = (gid_t)-1};
    }
    if (!S_ISREG(old.st_mode)) {
        return err_set(err, -EINVAL, "%s: is not a plain file", path);
    }
    int r = replace(path, &old, text, (size_t)len);
    if (r < 0 && r != -ENOMEM && overwrite(path, text, (size_t)len) == 0) {
        return 0;
    }
    return r < 0 ? err_sys(err, r, "%s: cannot be written", path) : 0;
}

/* Logs what has changed about failing. */
static void tell(struct stamp *stamp, const struct err *err) {
    if (err->code && strcmp(err->text, stamp->told.text) != 0) {
        log_event(LOG_WARN, "the time of the last collection cannot be told",
                  LOGC("reason", err->text));
    } else if (!err->code && stamp->told.code) {
        log_event(LOG_INFO, "the time of the last collection is told again",
                  LOGC("file", stamp->path));
    }
    err_copy(&stamp->told, err);
}

static void run_write(void *data) {
    struct stamp_write *w = data;
    (void)write_file(w->path, w->unix_s, &w->err);
}

static void submit(struct stamp *stamp);

static void on_written(void *data, bool ran) {
    struct stamp_write *w = data;
    struct stamp *stamp = w->stamp;
    stamp->under_way = false;
    if (ran) {
        tell(stamp, &w->err);
    } else if (!stamp->waits) {
        stamp->waits = true;
        stamp->unix_s = w->unix_s;
    }
    submit(stamp);
}

/* Starts the next write, if one waits. What the queue does not take stays for the next time. */
static void submit(struct stamp *stamp) {
    if (!stamp->waits || stamp->under_way) {
        return;
    }
    const struct job job = {.run = run_write, .done = on_written, .data = &stamp->write};
    stamp->write.unix_s = stamp->unix_s;
    err_clear(&stamp->write.err);
    if (work_submit(stamp->work, job) == 0) {
        stamp->under_way = true;
        stamp->waits = false;
    }
}

int stamp_new(struct work *work, const char *path, struct stamp **ret, struct err *err) {
    struct stamp *stamp = calloc(1, sizeof(*stamp));
    char *copy = strdup(path);
    if (!stamp || !copy) {
        free(stamp);
        free(copy);
        return err_set(err, -ENOMEM, "out of memory");
    }
    stamp->work = work;
    stamp->path = copy;
    stamp->write = (struct stamp_write){.stamp = stamp, .path = copy};
    *ret = stamp;
    return 0;
}

void stamp_set(struct stamp *stamp, int64_t unix_s) {
    stamp->unix_s = unix_s;
    stamp->waits = true;
    submit(stamp);
}

void stamp_free(struct stamp *stamp) {
    if (!stamp) {
        return;
    }
    if (stamp->waits) {
        struct err err = ERR_INIT;
        (void)write_file(stamp->path, stamp->unix_s, &err);
        tell(stamp, &err);
    }
    free(stamp->path);
    free(stamp);
}
