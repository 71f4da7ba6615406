/*
 * The configuration: one struct of effective values, made from one table of options (options.c,
 * the master copy: name, YAML path, environment names, flags, type, unit, range, default, help).
 * YAML, environment, flags, checks, --help, `dockmeter config`, the sample file and the
 * documentation all come from that table.
 *
 *   default < preset < file < environment < flag
 *
 * config_load() gives a whole, checked configuration or an error; never a half one. All strings
 * lie in the config's arena.
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

/* Effective values; durations in ns, sizes in bytes. Strings are NUL-terminated in the arena. */
struct config {
    struct arena arena;

    struct str preset;
    struct {
        uint64_t port;
        struct str address;
        struct str_list listen_addresses; /* empty: address and port */
        struct str metrics_path, health_path, ready_path, route_prefix;
        uint64_t max_requests, max_connections, max_connections_per_address;
        int64_t head_timeout_ns, idle_timeout_ns;
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
        struct str host, api_version;
        struct {
            bool enabled, verify;
            struct str ca_cert, cert, key;
        } tls;
    } docker;
    struct {
        int64_t interval_ns, timeout_ns, resync_ns, system_interval_ns;
        struct {
            bool container, system;
        } collectors;
        struct {
            struct str_list labels, names, images;
        } include, exclude;
    } collection;
    struct {
        struct str profile, namespace;
        struct pair_list global_labels;
        struct str_list container_labels;
        bool compat_names;
        struct {
            bool enabled;
            int64_t ttl_ns;
        } cache;
    } metrics;
    struct {
        struct str level, format, output;
    } logging;
    struct {
        uint64_t max_concurrent;
    } performance;

    struct config_origin *origins; /* for config_write(); one for each option of the table */
    struct str_list notes;         /* sentences to log once at the start: not yet in effect, without effect … */
};

enum config_want { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION };

/* What the command line asks for besides options. */
struct config_request {
    const char *const *args; /* behind the command's name, n of them */
    size_t n_args;
    const char *const *environ; /* "NAME=value", NULL-terminated */
};

/*
 * Loads everything. 0 with *ret filled (config_done() frees) and *want told; -EINVAL: the
 * configuration is wrong (exit status 1); -ENOEXEC: the command line is wrong (exit status 2).
 * err says file, line, option, value and the nearest known name.
 */
MUST_USE int config_load(const struct config_request *request, struct config *ret,
                         enum config_want *want, struct err *err);
void config_done(struct config *config);

/* The effective values as YAML with where each came from, secrets masked. */
void config_write(const struct config *config, struct buf *out);

/* Generated from the table: --help, docs/configuration.md, config.example.yaml. */
void config_write_help(struct buf *out);
void config_write_docs(struct buf *out);
void config_write_example(struct buf *out);

#endif
