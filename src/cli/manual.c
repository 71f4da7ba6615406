/* dockmeter(1): the program, its commands, flags and variables. */
#include "cli/manual.h"

#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/own_flags.h"
#include "cli/roff.h"
#include "config/foreign.h"
#include "config/option.h"
#include "config/value.h"

static const struct roff description[] = {
    {ROFF_SECTION, "DESCRIPTION", NULL},
    {ROFF_TEXT,
     "Dockmeter measures Docker containers and serves their metrics to Prometheus. It reads the "
     "kernel's own files where it can and asks the Docker Engine, or Podman's service, for the "
     "rest, with GET and HEAD only. A number that is not known is absent from the page.",
     NULL},
    {ROFF_TEXT,
     "It needs no configuration: alone it serves the Engine of this machine at port 9200. Every "
     "option is a flag, a key of a file in YAML (see `dockmeter.yaml`(5)) and an environment "
     "variable. A flag wins over the environment, that over the file, that over a preset, and that "
     "over the default. `dockmeter config` prints what holds, and from where.",
     NULL},
    {ROFF_TEXT,
     "Who may talk to the Engine's socket is root on its machine, even where the socket is mounted "
     "read-only. In a container Dockmeter needs the socket, or the address of a proxy for it, and "
     "to read the kernel the machine's `/proc` and `/sys/fs/cgroup` below `/host`.",
     NULL},
};

static const struct roff options_head[] = {
    {ROFF_SECTION, "OPTIONS", NULL},
    {ROFF_TEXT,
     "A value stands behind = or is the next argument: `--server.port`=<9300> or `--server.port` "
     "<9300>. A switch needs none, and `--no-` in front turns it off: `--server.tls.enabled`, "
     "`--no-server.tls.enabled`. One dash does as well as two. A flag for a list may be repeated, "
     "and its items may be separated by commas.",
     NULL},
    {ROFF_ITEM,
     "Read this file; see `dockmeter.yaml`(5). Without it no file is read. Environment: "
     "`DOCKMETER_CONFIG_FILE`.",
     "`--config.file`=<FILE>, `--config`=<FILE>"},
    {ROFF_ITEM, "Print the version.", "`--version`"},
    {ROFF_ITEM, "Print the commands and options.", "`--help`, `-h`"},
};

static const struct roff environment_head[] = {
    {ROFF_SECTION, "ENVIRONMENT", NULL},
    {ROFF_TEXT,
     "Every option is a variable: `DOCKMETER_` and its name in capitals, with _ for each dot. "
     "`DOCKMETER_SERVER_PORT` is `server.port`. Items of a list are separated by commas, a mapping "
     "is written <name>=<value>,... An unknown variable that starts so is a warning.",
     NULL},
    {ROFF_ITEM, "The configuration file, where no flag names one.", "`DOCKMETER_CONFIG_FILE`"},
    {ROFF_ITEM, "When not empty, turns `docker.tls.enabled` and `docker.tls.verify` on.",
     "`DOCKER_TLS_VERIFY`"},
    {ROFF_ITEM,
     "The folder of `ca.pem`, `cert.pem` and `key.pem` for TLS to the Engine. With "
     "`DOCKER_TLS_VERIFY` alone it is `~/.docker`.",
     "`DOCKER_CERT_PATH`"},
    {ROFF_ITEM, "Where rootless Docker and Podman have their sockets.", "`XDG_RUNTIME_DIR`"},
    {ROFF_ITEM, "Set by the service manager: readiness and the watchdog's signs of life go there.",
     "`NOTIFY_SOCKET`, `WATCHDOG_USEC`"},
    {ROFF_TEXT,
     "The names that other tools have for the same work too; the option's own name wins:", NULL},
};

static const struct roff pages[] = {
    {ROFF_SECTION, "PAGES", NULL},
    {ROFF_ITEM,
     "The metrics: text or OpenMetrics as the scraper asks, gzip if it takes that. "
     "`?profile=`<NAME> asks for another tool's names, `?collect[]=`<GROUP> for a part.",
     "`/metrics`"},
    {ROFF_ITEM, "200 while the process lives.", "`/health`, `/healthz`"},
    {ROFF_ITEM, "200 when the Engine answers, else 503 with the reason.", "`/ready`"},
    {ROFF_ITEM, "Version, commit, build date and compiler.", "`/version`"},
    {ROFF_SECTION, "EXIT STATUS", NULL},
    {ROFF_ITEM, "All went well.", "`0`"},
    {ROFF_ITEM,
     "It failed, or the configuration is wrong. Of `check`: something is wrong. Of `healthcheck`: "
     "it is not well. Of `scrape`: the Engine did not answer, or the other page is wrong.",
     "`1`"},
    {ROFF_ITEM, "The command line is wrong.", "`2`"},
};

static const struct roff rest[] = {
    {ROFF_SECTION, "SIGNALS", NULL},
    {ROFF_ITEM, "End: answers under way are completed. A second one ends at once.",
     "`SIGTERM`, `SIGINT`"},
    {ROFF_ITEM,
     "Read the configuration file again. What can change at once does; what needs a restart is "
     "named in the log. The server's certificate is read again too. What is wrong changes nothing, "
     "and the log says what it is.",
     "`SIGHUP`"},
    {ROFF_SECTION, "FILES", NULL},
    {ROFF_ITEM,
     "The configuration by custom; it is read where it is named, as the packages' service does.",
     "`/etc/dockmeter/dockmeter.yaml`"},
    {ROFF_ITEM, "Environment variables for the service, where Dockmeter is installed as a package.",
     "`/etc/default/dockmeter`"},
    {ROFF_ITEM,
     "The Engine's usual sockets; the first that exists is taken. Those of a user are below "
     "`XDG_RUNTIME_DIR`.",
     "`/var/run/docker.sock`, `/run/podman/podman.sock`"},
    {ROFF_ITEM, "Where the machine's own files are looked for, in this order.",
     "`/host`, `/rootfs`, `/hostfs`, `/`"},
    {ROFF_SECTION, "EXAMPLES", NULL},
    {ROFF_TEXT, "Serve the Engine of this machine:", NULL},
    {ROFF_EXAMPLE, "dockmeter", NULL},
    {ROFF_TEXT, "Serve an Engine behind a proxy, to this machine only:", NULL},
    {ROFF_EXAMPLE,
     "dockmeter --docker.host=tcp://socket-proxy:2375 \\\n"
     "    --server.listen_addresses=127.0.0.1:9200",
     NULL},
    {ROFF_TEXT, "See what the containers use, here and now:", NULL},
    {ROFF_EXAMPLE, "dockmeter top", NULL},
    {ROFF_TEXT, "See what is right, what is wrong, and what to do:", NULL},
    {ROFF_EXAMPLE, "dockmeter check --config.file=/etc/dockmeter/dockmeter.yaml", NULL},
    {ROFF_TEXT, "Leave containers out by name, and some families:", NULL},
    {ROFF_EXAMPLE,
     "dockmeter --collection.filters.exclude.names='^test-,^tmp-' \\\n"
     "    --metrics.disable=percpu,process",
     NULL},
    {ROFF_TEXT, "Stand in for cAdvisor, whose flags work as they are:", NULL},
    {ROFF_EXAMPLE,
     "dockmeter --preset=cadvisor -port=8080 -docker_only=true \\\n"
     "    -housekeeping_interval=10s",
     NULL},
    {ROFF_TEXT, "Collect every 15 seconds, as another tool's compose file says it:", NULL},
    {ROFF_EXAMPLE, "COLLECTION_INTERVAL=15s LOG_LEVEL=warn dockmeter", NULL},
    {ROFF_TEXT, "Read another exporter's page as strictly as can be:", NULL},
    {ROFF_EXAMPLE, "dockmeter scrape --from=http://localhost:9100/metrics", NULL},
    {ROFF_TEXT, "Take dashboard and rules along from another tool:", NULL},
    {ROFF_EXAMPLE,
     "dockmeter migrate --from=cadvisor --dashboard=old.json > new.json\n"
     "dockmeter migrate --from=container-metrics --rules=alerts.yml \\\n"
     "    --config=compose.yaml --output=migrated",
     NULL},
    {ROFF_TEXT, "In a container, with the kernel's files:", NULL},
    {ROFF_EXAMPLE,
     "docker run -d -p 9200:9200 \\\n"
     "    -v /var/run/docker.sock:/var/run/docker.sock:ro \\\n"
     "    -v /proc:/host/proc:ro \\\n"
     "    -v /sys/fs/cgroup:/host/sys/fs/cgroup:ro dockmeter",
     NULL},
    {ROFF_SECTION, "SEE ALSO", NULL},
    {ROFF_TEXT, "`dockmeter.yaml`(5), `docker`(1), `podman`(1), `prometheus`(1), `cgroups`(7)",
     NULL},
    {ROFF_SECTION, "BUGS", NULL},
    {ROFF_TEXT,
     "An Engine before 23.0.8 answers statistics on a one-second tick: where the kernel's files "
     "cannot be read, a scrape takes that long. A report of a bug is most useful with what "
     "`dockmeter version` and `dockmeter check` print; neither shows secrets.",
     NULL},
};

/* "--from=URL [--x=FILE]" with flags bold and what stands for something italic. */
static void mark_usage(const char *usage, struct buf *out) {
    while (*usage) {
        size_t word = strspn(usage, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        size_t flag = strncmp(usage, "--", 2) == 0 ? strcspn(usage, "= ]") : 0;
        if (word) {
            buf_fmt(out, "<%.*s>", (int)word, usage);
        } else if (flag) {
            buf_fmt(out, "`%.*s`", (int)flag, usage);
        } else {
            buf_byte(out, *usage);
        }
        usage += (word + flag) ? word + flag : 1;
    }
}

/* How a command is called, each way on a line. */
static void write_usage(const struct command *command, struct buf *out) {
    struct buf line CLEANUP_BUF = BUF_INIT;
    if (command->run) {
        buf_fmt(&line, "`dockmeter %s` [<OPTION>...]", command->name);
        buf_text(out, ".br\n");
        roff_text(out, buf_cstr(&line));
    }
    if (command->flags) {
        buf_reset(&line);
        buf_fmt(&line, "`dockmeter %s` ", command->name);
        mark_usage(command->flags->usage, &line);
        buf_text(out, ".br\n");
        roff_text(out, buf_cstr(&line));
    }
}

static void write_synopsis(struct buf *out) {
    const struct command *command;
    roff_section(out, "SYNOPSIS");
    roff_text(out, "`dockmeter` [<OPTION>...]");
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_usage(command, out);
    }
}

/* A flag of a command alone. */
static void write_own_flag(const struct own_flag *flag, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    const char *word;
    buf_fmt(&text, "`%s`", flag->name);
    if (flag->arg) {
        buf_fmt(&text, "=<%s>", flag->arg);
    }
    roff_item(out, buf_cstr(&text));
    buf_reset(&text);
    buf_text(&text, flag->help);
    for (size_t i = 0; flag->word && (word = flag->word(i)) != NULL; i++) {
        buf_fmt(&text, "%s`%s`", i ? ", " : " One of ", word);
    }
    buf_fmt(&text, "%s%s", flag->word ? "." : "", flag->repeats ? " May be repeated." : "");
    roff_text(out, buf_cstr(&text));
}

static void write_command(const struct command *command, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_fmt(&text, "`%s`", command->name);
    roff_item(out, buf_cstr(&text));
    buf_reset(&text);
    buf_fmt(&text, "%c%s.%s%s", command->help[0] - 'a' + 'A', command->help + 1,
            command->about ? " " : "", command->about ? command->about : "");
    roff_text(out, buf_cstr(&text));
    if (command->flags && command->flags->n) {
        buf_text(out, ".RS\n");
        for (size_t i = 0; i < command->flags->n; i++) {
            write_own_flag(&command->flags->rows[i], out);
        }
        buf_text(out, ".RE\n");
    }
}

static void write_commands(struct buf *out) {
    const struct command *command;
    roff_section(out, "COMMANDS");
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_command(command, out);
    }
}

/* An option's flags, one below the other. */
static void write_term(const struct option *o, struct buf *out) {
    for (size_t i = 0; i == 0 || o->flags[i - 1]; i++) {
        struct buf term CLEANUP_BUF = BUF_INIT;
        const char *flag = i ? o->flags[i - 1] : o->name;
        if (o->type == OPTION_BOOL) {
            buf_fmt(&term, "`--`[`no-`]`%s`", flag);
        } else {
            buf_fmt(&term, "`--%s`=<%s>", flag, option_arg(o));
        }
        if (i) {
            roff_item_also(out, buf_cstr(&term));
        } else {
            roff_item(out, buf_cstr(&term));
        }
    }
}

static void write_option(const struct option *o, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    char own[OPTION_ENV_MAX];
    write_term(o, out);
    buf_fmt(&text, "%s Value: ", o->help);
    value_expected(o, &text);
    if (o->fallback[0]) {
        buf_fmt(&text, ". Default: `%s`", o->fallback);
    }
    buf_fmt(&text, ". Environment: `%s`", option_env_name(o->name, own).ptr);
    for (size_t i = 0; o->old_env[i]; i++) {
        buf_fmt(&text, ", `%s`", o->old_env[i]);
    }
    buf_fmt(&text, ".%s", o->change == OPTION_AT_RESTART ? MANUAL_RESTART : "");
    roff_text(out, buf_cstr(&text));
}

static void write_options(struct buf *out) {
    ROFF_WRITE(out, options_head);
    for (size_t g = 0; g < n_option_groups; g++) {
        roff_subsection(out, option_groups[g].title);
        for (size_t i = 0; i < n_options; i++) {
            if (option_in_group(&options[i], &option_groups[g])) {
                write_option(&options[i], out);
            }
        }
    }
}

/* Other tools' flags: those that set an option, then the names of the rest. */
static void write_foreigns(struct buf *out) {
    struct buf none CLEANUP_BUF = BUF_INIT;
    roff_subsection(out, "Flags of cAdvisor and the Docker Data Exporter");
    for (size_t i = 0; i < n_foreigns; i++) {
        struct buf line CLEANUP_BUF = BUF_INIT;
        buf_text(&line, "`");
        foreign_write(&foreigns[i], &line);
        buf_text(&line, "`");
        if (foreigns[i].option) {
            roff_item(out, buf_cstr(&line));
            buf_reset(&line);
            buf_fmt(&line, "Another name of `%s`.", foreigns[i].option);
            roff_text(out, buf_cstr(&line));
        } else {
            buf_text(&none, none.len ? ", " : "Accepted without effect: ");
            buf_str(&none, buf_view(&line));
        }
    }
    buf_text(&none, ".");
    roff_write(out, &(struct roff){ROFF_TEXT, buf_cstr(&none), NULL}, 1);
}

/* The other tools' variables. */
static void write_environment(struct buf *out) {
    ROFF_WRITE(out, environment_head);
    for (size_t i = 0; i < n_options; i++) {
        struct buf term CLEANUP_BUF = BUF_INIT;
        struct buf text CLEANUP_BUF = BUF_INIT;
        for (size_t j = 0; options[i].old_env[j]; j++) {
            buf_fmt(&term, "%s`%s`", j ? ", " : "", options[i].old_env[j]);
        }
        if (term.len) {
            buf_fmt(&text, "`%s`", options[i].name);
            roff_item(out, buf_cstr(&term));
            roff_text(out, buf_cstr(&text));
        }
    }
}

void manual_write(struct buf *out) {
    roff_title(out, "DOCKMETER", "1", "User Commands");
    roff_section(out, "NAME");
    buf_text(out, "dockmeter \\- measure Docker containers for Prometheus\n");
    write_synopsis(out);
    ROFF_WRITE(out, description);
    write_commands(out);
    write_options(out);
    write_foreigns(out);
    write_environment(out);
    ROFF_WRITE(out, pages);
    ROFF_WRITE(out, rest);
}
