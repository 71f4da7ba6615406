/* docs/configuration.md: everything that can be configured, as Markdown tables. */
#include "base/cleanup.h"
#include "config/load.h"
#include "config/preset.h"

#define LIST_COLUMNS 96

static const char head[] =
    "# Configuration\n"
    "\n"
    "Dockmeter runs without any configuration. Every option can be set in a YAML file\n"
    "(`--config.file` or `DOCKMETER_CONFIG_FILE`), in the environment and by a flag. The weakest\n"
    "first:\n"
    "\n"
    "    default < preset < file < environment < flag\n"
    "\n"
    "In the environment an option is `DOCKMETER_` and its path in capitals, `server.port` is\n"
    "`DOCKMETER_SERVER_PORT`; it wins over the names of other tools, which work too. As a flag it\n"
    "is its path, `--server.port=9300` or `--server.port 9300`; a switch is\n"
    "`--server.tls.enabled` or `--no-server.tls.enabled`. `dockmeter config` prints the effective\n"
    "values and where each came from; [config.example.yaml](../config.example.yaml) is a file\n"
    "with everything at its default.\n"
    "\n"
    "Anything wrong is told with its file and line, variable or flag, and Dockmeter does not\n"
    "start: exit status 1 for a wrong configuration, 2 for a wrong command line. An unknown\n"
    "variable that starts with `DOCKMETER_` is only a warning.\n"
    "\n"
    "How values are written:\n"
    "\n"
    "- Durations: `15` (seconds), `15s`, `500ms`, `1m30s`, `1.5h`, `1d`.\n"
    "- Switches: `true`, `yes`, `on`, `1`, or `false`, `no`, `off`, `0`.\n"
    "- Lists: a YAML list. In the environment and in flags, items separated by commas; a comma\n"
    "  between brackets, as in `a{1,3}`, or behind a backslash separates nothing. A flag may be\n"
    "  repeated.\n"
    "- Mappings: a YAML mapping; elsewhere `name=value` items, as lists.\n"
    "- Numbers may be in quotes. A key without a value is as if it were not there.\n"
    "\n"
    "## Reloading\n"
    "\n"
    "On the signal HUP (`systemctl reload dockmeter`, `docker kill --signal=HUP dockmeter`) the\n"
    "file is read again, whole; arguments and environment are as they were at the start and win\n"
    "over it as then. What has changed takes effect with the next request, and no counter begins\n"
    "anew. Options marked *Restart.* below keep their values until the next start. One line of\n"
    "the log names both. The server's certificate and key are read again too, so renewed ones are\n"
    "taken over, also without a configuration file; where `server.tls.enabled` has changed,\n"
    "`server.tls.cert_file` and `server.tls.key_file` wait for the restart with it. After\n"
    "`server.user` that user must be able to read these files, else nothing changes.\n"
    "\n"
    "A file that is wrong, or a certificate that cannot be used, changes nothing: an error in the\n"
    "log says file, line and option, and the page has it until the next good reload: see\n"
    "`last_reload` in [metrics.md](metrics.md).\n";

static const char docker_tls[] =
    "\n"
    "`DOCKER_TLS_VERIFY`, when not empty, turns `docker.tls.enabled` and `docker.tls.verify` on.\n"
    "`DOCKER_CERT_PATH` names the folder of `ca.pem`, `cert.pem` and `key.pem`, which are used\n"
    "while `docker.tls.enabled` is on; with `DOCKER_TLS_VERIFY` alone the folder is `~/.docker`.\n"
    "The files are read for each new connection, so renewed ones need no reload. What only root "
    "may\n"
    "read is read once more before root is given up (`server.user`) and used as it was then: once\n"
    "such a file is renewed, restart, or let that user read it. Certificate and key are taken\n"
    "together, both as they are or both as they were.\n";

/* A text within a table's cell. */
static void cell(const char *text, struct buf *out) {
    for (size_t i = 0; text[i]; i++) {
        buf_text(out, text[i] == '|' ? "\\" : "");
        buf_byte(out, text[i]);
    }
}

/* The names of the environment, ours first. */
static void write_names(const struct option *o, struct buf *out) {
    char own[OPTION_ENV_MAX];
    buf_fmt(out, "`%s`", option_env_name(o->name, own).ptr);
    for (size_t i = 0; o->old_env[i]; i++) {
        buf_fmt(out, ", `%s`", o->old_env[i]);
    }
}

static void write_row(const struct option *o, struct buf *out) {
    buf_fmt(out, "| `%s`", o->name);
    for (size_t i = 0; o->flags[i]; i++) {
        buf_fmt(out, ", `--%s`", o->flags[i]);
    }
    buf_text(out, " | ");
    write_names(o, out);
    buf_text(out, " | `");
    value_write_default(o, out);
    buf_text(out, "` | ");
    struct buf right CLEANUP_BUF = BUF_INIT;
    value_expected(o, &right);
    cell(buf_cstr(&right), out);
    buf_text(out, " | ");
    cell(o->help, out);
    buf_fmt(out, "%s |\n", o->change == OPTION_AT_RESTART ? " *Restart.*" : "");
}

static void write_group(const struct option_group *group, struct buf *out) {
    buf_fmt(out,
            "\n## %s\n\n| option, further flags | environment | default | value | what it does |\n"
            "|---|---|---|---|---|\n",
            group->title);
    for (size_t i = 0; i < n_options; i++) {
        if (option_in_group(&options[i], group)) {
            write_row(&options[i], out);
        }
    }
    if (str_eq(str_of(group->prefix), STR("docker"))) {
        buf_text(out, docker_tls);
    }
}

/* What a preset sets, as YAML has it. */
static void write_set(const char *option, const char *value, bool first, struct buf *out) {
    bool list = option_find(str_of(option))->type == OPTION_LIST;
    buf_fmt(out, "%s`%s: %s%s%s`", first ? "" : ", ", option, list ? "[\"" : "", value,
            list ? "\"]" : "");
}

static void write_presets(struct buf *out) {
    buf_text(out, "\n## Presets\n\n[profiles.md](profiles.md) tells how each one's metric names "
                  "differ from the tool's own.\n\n| preset | sets |\n|---|---|\n");
    for (size_t i = 0; i < n_presets; i++) {
        buf_fmt(out, "| `%s` | ", presets[i].name);
        for (size_t j = 0; j < PRESET_OPTIONS_MAX && presets[i].sets[j].option; j++) {
            write_set(presets[i].sets[j].option, presets[i].sets[j].value, j == 0, out);
        }
        buf_text(out, " |\n");
    }
}

/* What a flag of another tool does to its option. */
static void write_foreign(const struct foreign *row, struct buf *out) {
    buf_text(out, "| `");
    foreign_write(row, out);
    buf_fmt(out, "` | `%s`", row->option);
    if (row->yes) {
        buf_fmt(out, ": true is `%s`, false %s%s%s", row->yes, row->no[0] ? "`" : "",
                row->no[0] ? row->no : "none", row->no[0] ? "`" : "");
    }
    buf_text(out, " |\n");
}

/* Those that set nothing, of which true is natural or not, in lines. */
static void list_foreigns(bool natural, size_t column, struct buf *out) {
    const char *between = "";
    for (size_t i = 0; i < n_foreigns; i++) {
        struct buf flag CLEANUP_BUF = BUF_INIT;
        if (foreigns[i].option || foreigns[i].natural != natural) {
            continue;
        }
        foreign_write(&foreigns[i], &flag);
        bool full = column + flag.len > LIST_COLUMNS;
        buf_fmt(out, "%s%s`%s`", between, full ? "\n" : *between ? " " : "", buf_cstr(&flag));
        column = flag.len + (full ? 4 : column + 4);
        between = ",";
    }
    buf_text(out, ".\n");
}

static const char foreign_head[] =
    "\n"
    "## Flags of other tools\n"
    "\n"
    "cAdvisor's flags work as they are, and `-p` of the Docker Data Exporter: with one dash or\n"
    "two, and with `=value` or a value behind them. One dash works for all flags.\n"
    "\n"
    "| flag | option |\n"
    "|---|---|\n";

static const char foreign_notes[] =
    "\n"
    "As in cAdvisor, with `preset: cadvisor` the `--whitelisted_container_labels` count only with\n"
    "`--store_container_labels=false`, and `--docker-tls` takes `ca.pem`, `cert.pem` and\n"
    "`key.pem` of the working folder where nothing else is said. Unlike there, a list adds to the\n"
    "list of the same flag before it.\n"
    "\n"
    "How it is anyway: ";

static void write_foreigns(struct buf *out) {
    buf_text(out, foreign_head);
    for (size_t i = 0; i < n_foreigns; i++) {
        if (foreigns[i].option) {
            write_foreign(&foreigns[i], out);
        }
    }
    buf_text(out, foreign_notes);
    list_foreigns(true, 18, out);
    buf_text(out, "\nAccepted without effect, and named in one line of the log:\n");
    list_foreigns(false, 0, out);
}

/* A table of the names that are refused, or of those that are accepted and do nothing. */
static void write_legacies(bool refused, struct buf *out) {
    buf_text(out, "| name | why |\n|---|---|\n");
    for (size_t i = 0; i < n_legacies; i++) {
        const struct legacy *row = &legacies[i];
        if ((row->kind == LEGACY_REFUSED) != refused) {
            continue;
        }
        buf_text(out, "| ");
        if (row->name) {
            buf_fmt(out, "`%s%s`", row->yaml ? "" : "--", row->name);
        }
        if (row->env) {
            buf_fmt(out, "%s`%s`", row->name ? ", " : "", row->env);
        }
        buf_fmt(out, " | %s%s%s |\n", legacy_words(row->kind), row->instead ? "; " : "",
                row->instead ? row->instead : "");
    }
}

static const char refused_head[] =
    "\n"
    "## Refused\n"
    "\n"
    "A server that passed over these would be open, or elsewhere than expected: Dockmeter does\n"
    "not start with them. As flags they have dashes in front.\n"
    "\n";

/* Names that do nothing in this version. */
static void write_without_effect(struct buf *out) {
    buf_text(out, "\n## Accepted without effect\n\nThese are accepted, and said once in the "
                  "log.\n\n");
    write_legacies(false, out);
    buf_text(out, "\n`LOGS_COLLECTION_INTERVAL` must all the same not exceed "
                  "`METRICS_COLLECTION_INTERVAL`.\n");
    buf_text(out, refused_head);
    write_legacies(true, out);
}

void config_write_docs(struct buf *out) {
    buf_text(out, head);
    for (size_t i = 0; i < n_option_groups; i++) {
        write_group(&option_groups[i], out);
    }
    write_presets(out);
    write_foreigns(out);
    write_without_effect(out);
}
