/*
 * The configuration: one struct of effective values, made from one table of options (options.c,
 * the master copy: name, YAML path, environment names, flags, type, unit, range, default, help).
 * YAML, environment, flags, checks, --help, `dockmeter config`, the sample file and the
 * documentation all come from that table.
 *
 *   default < preset < file < environment < flag
 *   (within the environment a predecessor's name < DOCKMETER_<PATH>)
 *
 * config_load() gives a whole, checked configuration or an error; never a half one. All strings
 * lie in the config's arena.
 *
 * Limits: a file of 1 MiB, 16 levels of nesting, 64 aliases, 256 items in a list, texts of 4096
 * bytes.
 */
#ifndef DOCKMETER_CONFIG_CONFIG_H
#define DOCKMETER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct str_list {
    struct str *items;
    size_t n;
};

struct str_pair {
    struct str key;
    struct str value;
};

struct pair_list {
    struct str_pair *items;
    size_t n;
};

/* Where a configuration comes from besides its file; borrowed for as long as it may be loaded
 * again.
 */
struct config_request {
    const char *const *args; /* behind the command's name, n of them */
    size_t n_args;
    const char *const *environ; /* "NAME=value", NULL-terminated; NULL: empty */
};

/* Effective values; durations in ns, sizes in bytes. Strings are NUL-terminated in the arena. */
struct config {
    struct arena arena;

    struct str preset;
    struct {
        uint64_t port; /* 0: a free one */
        struct str address;
        struct str_list listen_addresses; /* empty: address and port */
        struct str metrics_path, health_path, ready_path;
        bool metrics_everywhere; /* whatever path has nothing else answers the metrics */
        struct str route_prefix; /* "" or "/prefix" */
        uint64_t max_requests;   /* 0: no limit */
        uint64_t max_connections, max_connections_per_address;
        int64_t head_timeout_ns, idle_timeout_ns;
        uint64_t user; /* 0: stays as it is */
        struct {
            bool enabled;
            struct str cert_file, key_file;
        } tls;
        struct {
            bool enabled;
            struct str username, password;
        } auth;
    } server;
    struct {
        struct str host;        /* empty: the first usual socket that exists */
        struct str api_version; /* empty: negotiated */
        struct {
            bool enabled, verify;
            struct str ca_cert, cert, key;
        } tls;
    } docker;
    struct {
        int64_t interval_ns; /* 0: on scrape */
        int64_t timeout_ns, resync_ns, system_interval_ns, disk_interval_ns;
        struct str source;              /* "auto", "kernel", "engine" */
        struct str host_root;           /* empty: found by itself */
        struct str last_collected_file; /* empty: none */
        struct {
            bool container, system, disk;
        } collectors;
        struct {
            struct str_list labels, names, images;
        } include, exclude;
    } collection;
    struct {
        struct str profile, machine_name, namespace;
        struct pair_list global_labels;
        struct str_list container_labels;
        struct str_list disable, enable; /* cAdvisor's words; enable: only these */
        bool root_cgroup;
        bool compat_names;
        struct {
            bool enabled;
            int64_t ttl_ns; /* 0: off, whatever enabled says */
        } cache;
    } metrics;
    struct {
        struct str level, format, output;
    } logging;
    struct {
        uint64_t max_concurrent;
    } performance;

    struct config_origin *origins; /* one for each option of the table, in its order */
    struct str_list notes;         /* sentences to log once at the start, as warnings */
    struct config_request request; /* what it was loaded by */
    const char *file;              /* the file that was read, or NULL */
};

enum config_want { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION };

/*
 * Loads everything. 0 with *ret filled (config_done() frees) and *want told (with anything but
 * CONFIG_RUN, *ret holds no more than the flags before that one and the defaults); -EINVAL: the
 * configuration is wrong (exit status 1); -ENOEXEC: the command line is wrong (exit status 2);
 * -ENOMEM. err says file, line, option, value and the nearest known name.
 */
MUST_USE int config_load(const struct config_request *request, struct config *ret,
                         enum config_want *want, struct err *err);

/*
 * Loads it again, whole, as the running one was: the file is another by now, arguments and
 * environment are the same. A file that is no plain one (a pipe gives its bytes once) is refused.
 */
MUST_USE int config_reload(const struct config *running, struct config *ret, struct err *err);

/* The same for the bytes of one YAML file called `name` in messages, without environment or flags.
   Pure: the file's bytes in, the configuration out. */
MUST_USE int config_parse(struct str yaml, const char *name, struct config *ret, struct err *err);

void config_done(struct config *config);

/*
 * Where the value of an option ("server.port") came from: "default", "preset cadvisor",
 * "config.yaml:12", "environment EXPORTER_PORT", "flag --server.port". For callers that find a
 * value wrong later (a pattern, a file, an address). The option must be one of the table's.
 */
void config_origin_text(const struct config *config, const char *option, struct buf *out);

/* The effective values as YAML with where each came from, secrets masked; loads as a file. */
void config_write(const struct config *config, struct buf *out);

/* Generated from the table: the options of --help, docs/configuration.md, config.example.yaml. */
void config_write_help(struct buf *out);
void config_write_docs(struct buf *out);
void config_write_example(struct buf *out);

#endif
