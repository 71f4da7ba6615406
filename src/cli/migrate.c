/*
 * migrate: a predecessor's configuration, dashboards and rules in their new form. Each file is read
 * whole, its new form made in memory, and only when all files are right is anything written: to
 * standard output, or for several below --output. What there is to say goes to standard error.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/own_flags.h"
#include "migrate/dashboard.h"
#include "migrate/old_config.h"
#include "migrate/rules.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024)
#define JOBS_MAX 256
#define CHUNK 65536

/* The arguments, each with a value; those before FLAG_FROM name a file to migrate. */
enum migrate_flag {
    FLAG_CONFIG,
    FLAG_DASHBOARD,
    FLAG_RULES,
    FLAG_FROM,
    FLAG_OUTPUT,
    FLAG_SERVICE,
    OWN_FLAGS
};

static const char *predecessor_name(size_t i) {
    const struct predecessor *p = predecessor_at(i);
    return p ? p->name : NULL;
}

static const struct own_flag flag_rows[OWN_FLAGS] = {
    [FLAG_CONFIG] = {.name = "--config",
                     .arg = "FILE",
                     .repeats = true,
                     .help = "Its configuration: a compose file, an environment file, a line with "
                             "docker run, or the tool's own file. - is standard input."},
    [FLAG_DASHBOARD] = {.name = "--dashboard",
                        .arg = "FILE",
                        .repeats = true,
                        .help = "A Grafana dashboard, JSON. - is standard input."},
    [FLAG_RULES] = {.name = "--rules",
                    .arg = "FILE",
                    .repeats = true,
                    .help = "Alert and recording rules of Prometheus. - is standard input."},
    [FLAG_FROM] = {.name = "--from",
                   .arg = "NAME",
                   .word = predecessor_name,
                   .help =
                       "The tool that the files were made for; docker-stats-exporter is another "
                       "name of native."},
    [FLAG_OUTPUT] = {.name = "--output",
                     .arg = "DIR",
                     .help = "Write the new files to this folder, each under its name; no file "
                             "there is replaced."},
    [FLAG_SERVICE] = {.name = "--service",
                      .arg = "NAME",
                      .help = "The tool's service in the compose file, where several could be it."},
};

const struct own_flags migrate_flags = {
    .rows = flag_rows,
    .n = OWN_FLAGS,
    .takes = "migrate takes --from, --config, --dashboard, --rules, --service and --output",
    .usage = "--from=NAME --config=FILE | --dashboard=FILE | --rules=FILE ... [--service=NAME] "
             "[--output=DIR]",
};

/* One file. */
struct job {
    enum migrate_flag kind;
    const char *path; /* "-": standard input */
    struct buf bytes, out;
    struct migration m;
};

struct run {
    const char *value[OWN_FLAGS]; /* of those that name no file */
    const struct predecessor *from;
    struct job *jobs;
    size_t n;
};

static const char usage[] =
    "dockmeter migrate --from=NAME, and a file: --dashboard=FILE, --rules=FILE, --config=FILE";

static int take_flag(struct run *run, enum migrate_flag flag, const char *value, struct err *err) {
    if (flag >= FLAG_FROM) {
        run->value[flag] = value;
        return 0;
    }
    if (run->n == JOBS_MAX) {
        return err_set(err, -ENOEXEC, "more than %d files", JOBS_MAX);
    }
    run->jobs[run->n++] = (struct job){.kind = flag, .path = value};
    return 0;
}

static int read_args(struct run *run, const char *const *args, size_t n, struct err *err) {
    int r = 0;
    for (size_t at = 0; !r && at < n;) {
        const char *value = NULL;
        int flag = own_flags_take(&migrate_flags, args, n, &at, &value, err);
        r = flag < 0 ? flag : take_flag(run, (enum migrate_flag)flag, value, err);
    }
    return r;
}

/* The predecessor by its name; all names are told where there is none. */
static int find_predecessor(struct run *run, struct err *err) {
    const char *name = run->value[FLAG_FROM];
    if (!name) {
        return err_set(err, -ENOEXEC, "migrate needs --from: %s", usage);
    }
    run->from = predecessor_find(str_of(name));
    if (run->from) {
        return 0;
    }
    struct buf names CLEANUP_BUF = BUF_INIT;
    const char *nearest = predecessor_nearest(str_of(name));
    for (size_t i = 0; predecessor_at(i); i++) {
        buf_fmt(&names, "%s%s", i ? ", " : "", predecessor_at(i)->name);
    }
    return err_set(err, -ENOEXEC, "--from=%.64s is no tool that is known%s%s%s there are %s", name,
                   nearest ? "; did you mean " : ";", nearest ? nearest : "", nearest ? "?" : "",
                   buf_cstr(&names));
}

/* The name that a file gets below --output. */
static const char *base_name(const struct job *job) {
    static const char *const names[] = {"config", "dashboard.json", "rules.yaml"};
    const char *slash = strrchr(job->path, '/');
    return strcmp(job->path, "-") == 0 ? names[job->kind] : slash ? slash + 1 : job->path;
}

/* What several files need: a folder, and names that differ. */
static int check_jobs(const struct run *run, struct err *err) {
    if (run->n == 0) {
        return err_set(err, -ENOEXEC, "migrate needs a file: %s", usage);
    }
    if (run->n > 1 && !run->value[FLAG_OUTPUT]) {
        return err_set(err, -ENOEXEC,
                       "%zu files at once go to a folder: --output=DIR; one alone goes to standard "
                       "output",
                       run->n);
    }
    for (size_t i = 0; i < run->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(base_name(&run->jobs[i]), base_name(&run->jobs[j])) == 0) {
                return err_set(err, -ENOEXEC, "two files are called %.128s; give one at a time",
                               base_name(&run->jobs[i]));
            }
        }
    }
    return 0;
}

/* Reads up to one byte more than is allowed. */
static int read_all(int fd, struct buf *bytes, struct err *err) {
    while (bytes->len <= FILE_MAX) {
        char *to = buf_reserve(bytes, CHUNK);
        ssize_t n = to ? read(fd, to, CHUNK) : -1;
        if (!to) {
            return err_set(err, -ENOMEM, "out of memory");
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return err_sys(err, -errno, "cannot be read");
        }
        if (n == 0) {
            return 0;
        }
        bytes->len += (size_t)n;
    }
    return err_set(err, -EFBIG, "larger than 16 MiB, which is the limit");
}

static int read_file(struct job *job, struct err *err) {
    if (strcmp(job->path, "-") == 0) {
        return read_all(STDIN_FILENO, &job->bytes, err);
    }
    struct stat st;
    int fd CLEANUP_FD = open(job->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return err_sys(err, -errno, "cannot be read");
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        return err_set(err, -EISDIR, "is a directory; name a file in it");
    }
    return read_all(fd, &job->bytes, err);
}

/* The text without a byte order mark; -EINVAL where it is not UTF-8. */
static int text_of(const struct job *job, struct str *ret, struct err *err) {
    struct str s = buf_view(&job->bytes);
    size_t mark = str_starts(s, STR("\xEF\xBB\xBF")) ? 3 : 0;
    size_t line = 1;
    for (size_t at = mark, len = 0; at < s.len; at += len) {
        len = str_utf8_len(s, at);
        if (!len) {
            return err_set(err, -EINVAL, "%zu: byte 0x%02X is not UTF-8; this is no text file",
                           line, (unsigned char)s.ptr[at]);
        }
        line += s.ptr[at] == '\n';
    }
    *ret = str_sub(s, mark, s.len - mark);
    return 0;
}

static int migrate(const struct run *run, struct job *job, struct err *err) {
    struct str text = STR("");
    int r = read_file(job, err);
    r = r ? r : text_of(job, &text, err);
    if (r) {
        return r;
    }
    switch (job->kind) {
    case FLAG_DASHBOARD:
        return dashboard_migrate(&job->m, text, &job->out, err);
    case FLAG_RULES:
        return rules_migrate(&job->m, text, &job->out, err);
    default:
        return old_config_migrate(&job->m, text, run->value[FLAG_SERVICE], &job->out, err);
    }
}

/* "FILE:LINE: …" where the message begins with a line, as a compiler has it. */
static void say_error(const struct job *job, const struct err *err) {
    struct buf line CLEANUP_BUF = BUF_INIT;
    bool numbered = err->text[0] >= '0' && err->text[0] <= '9' && strchr(err->text, ':');
    buf_plain(&line, str_of(job->m.file));
    buf_text(&line, numbered ? ":" : ": ");
    buf_plain(&line, str_of(err->text));
    (void)fprintf(stderr, "%s\n", buf_cstr(&line));
}

/* The last lines: what the new queries need, and how many things of each kind were said. */
static void say_sum(const struct job *job) {
    const size_t *n = job->m.counts;
    struct buf line CLEANUP_BUF = BUF_INIT;
    if (job->kind != FLAG_CONFIG && n[REMARK_CHANGED] + n[REMARK_DIFFERS]) {
        buf_plain(&line, str_of(job->m.file));
        buf_text(&line, ": note: the new queries ask for Dockmeter's own names; where a preset is "
                        "set, these are at /metrics?profile=native\n");
    }
    buf_plain(&line, str_of(job->m.file));
    buf_fmt(&line, ": %zu changed, %zu as they are, %zu mean something else, %zu lost\n",
            n[REMARK_CHANGED], n[REMARK_SAME] + n[REMARK_FOREIGN], n[REMARK_DIFFERS],
            n[REMARK_LOST]);
    (void)fputs(buf_cstr(&line), stderr);
}

static int run_job(const struct run *run, struct job *job) {
    struct err err = ERR_INIT;
    migration_init(&job->m, run->from, strcmp(job->path, "-") == 0 ? "standard input" : job->path);
    int r = migrate(run, job, &err);
    (void)fputs(buf_cstr(&job->m.lines), stderr);
    if (r) {
        say_error(job, &err);
        return 1;
    }
    say_sum(job);
    return 0;
}

/* A new file below the folder. */
static int write_job(int folder, const struct job *job, struct err *err) {
    struct str rest = buf_view(&job->out);
    int fd CLEANUP_FD =
        openat(folder, base_name(job), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return err_sys(err, -errno, "%s", base_name(job));
    }
    while (rest.len) {
        ssize_t n = write(fd, rest.ptr, rest.len);
        if (n < 0 && errno != EINTR) {
            int code = -errno;
            (void)unlinkat(folder, base_name(job), 0);
            return err_sys(err, code, "%s", base_name(job));
        }
        rest = n > 0 ? str_sub(rest, (size_t)n, rest.len - (size_t)n) : rest;
    }
    return 0;
}

/* All files or none. */
static int write_all(const struct run *run) {
    const char *path = run->value[FLAG_OUTPUT];
    struct err err = ERR_INIT;
    int r = mkdir(path, 0755) < 0 && errno != EEXIST ? err_sys(&err, -errno, "cannot be made") : 0;
    int folder CLEANUP_FD = r ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!r && folder < 0) {
        r = err_sys(&err, -errno, "cannot be opened");
    }
    size_t done = 0;
    while (!r && done < run->n) {
        r = write_job(folder, &run->jobs[done], &err);
        done += !r;
    }
    for (; r && done; done--) {
        (void)unlinkat(folder, base_name(&run->jobs[done - 1]), 0);
    }
    if (r) {
        (void)fprintf(stderr, "dockmeter: %s: %s; nothing was written\n", path, err.text);
    }
    return r ? 1 : 0;
}

static int run_all(struct run *run) {
    int status = 0;
    for (size_t i = 0; i < run->n; i++) {
        status |= run_job(run, &run->jobs[i]);
    }
    if (status) {
        return status;
    }
    return run->value[FLAG_OUTPUT] ? write_all(run) : print_buf(&run->jobs[0].out);
}

/* --help among the arguments. */
static bool wants_help(const char *const *args, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(args[i], "--help") == 0 || strcmp(args[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int migrate_own(const char *const *args, size_t n) {
    if (wants_help(args, n)) {
        return help_own((const char *const[]){"migrate"}, 1);
    }
    struct run run = {.jobs = calloc(JOBS_MAX, sizeof(*run.jobs))};
    struct err err = ERR_INIT;
    int r = run.jobs ? read_args(&run, args, n, &err) : err_set(&err, -ENOMEM, "out of memory");
    r = r ? r : find_predecessor(&run, &err);
    r = r ? r : check_jobs(&run, &err);
    int status = r ? wrong_usage(err.text) : run_all(&run);
    for (size_t i = 0; run.jobs && i < run.n; i++) {
        buf_done(&run.jobs[i].bytes);
        buf_done(&run.jobs[i].out);
        migration_done(&run.jobs[i].m);
    }
    free(run.jobs);
    return status;
}
