/* --help: within 80 columns, options by group. */
#include "base/cleanup.h"
#include "config/load.h"

#define COLUMNS 80
#define HELP_INDENT 6

static const char head[] =
    "Dockmeter measures Docker containers and serves their metrics to Prometheus.\n"
    "\n"
    "Usage: dockmeter [COMMAND] [FLAGS]\n"
    "\n"
    "Commands:\n"
    "  serve        serve the metrics over HTTP (the default)\n"
    "  scrape       print one page of metrics and end; --from=URL: another's page\n"
    "  check        check configuration, kernel, Engine, port; say what to do\n"
    "  top          containers live in the terminal; --interval=2s, --once\n"
    "  healthcheck  ask a running Dockmeter whether it is well, for container images\n"
    "  config       print the effective configuration and where each value is from\n"
    "  migrate      another tool's files in their new form: --from=NAME, and\n"
    "               --config=FILE, --dashboard=FILE or --rules=FILE (- is standard\n"
    "               input; several go to --output=DIR)\n"
    "  version      print the version\n"
    "\n"
    "Examples:\n"
    "  dockmeter\n"
    "  dockmeter --config.file=/etc/dockmeter.yaml --web.listen-address=:9300\n"
    "  dockmeter scrape --docker.host=tcp://socket-proxy:2375\n"
    "  dockmeter scrape --from=http://localhost:9100/metrics\n"
    "  dockmeter migrate --from=cadvisor --dashboard=old.json > new.json\n"
    "  DOCKMETER_COLLECTION_INTERVAL=15s dockmeter\n"
    "\n"
    "Every option is a flag (--server.port=9300), a key of the YAML file (server:,\n"
    "port: 9300 below it) and an environment variable (DOCKMETER_SERVER_PORT=9300).\n"
    "A flag wins over the environment, that over the file, that over the preset.\n"
    "A flag for a list may be repeated; its items may also be separated by commas.\n"
    "\n"
    "  --config.file=FILE, --config=FILE\n"
    "      Read this YAML file (environment: DOCKMETER_CONFIG_FILE).\n"
    "  --version\n"
    "      Print the version.\n"
    "  --help, -h\n"
    "      Print this.\n";

/* The word that stands for the value. */
static const char *arg_of(const struct option *o) {
    static const char *const words[] = {
        [OPTION_BOOL] = "BOOL",   [OPTION_UINT] = "NUMBER",      [OPTION_DURATION] = "DURATION",
        [OPTION_STRING] = "TEXT", [OPTION_SECRET] = "SECRET",    [OPTION_ENUM] = "WORD",
        [OPTION_LIST] = "ITEM",   [OPTION_PAIRS] = "NAME=VALUE",
    };
    return o->arg ? o->arg : words[o->type];
}

/* A text in lines of at most 80 columns, broken at blanks. */
static void wrap(struct str text, struct buf *out) {
    const size_t width = COLUMNS - HELP_INDENT;
    while (text.len) {
        size_t end = text.len;
        if (end > width) {
            for (end = width; end && text.ptr[end] != ' '; end--) {
            }
            end = end ? end : width;
        }
        buf_fmt(out, "%*s%.*s\n", HELP_INDENT, "", STR_ARG(str_sub(text, 0, end)));
        text = str_trim(str_sub(text, end, text.len - end));
    }
}

/* The flags of an option, each with the value's word, on as many lines as they need. */
static void write_flags(const struct option *o, struct buf *out) {
    bool is_bool = o->type == OPTION_BOOL;
    size_t column = 0;
    for (size_t i = 0; i == 0 || o->flags[i - 1]; i++) {
        struct buf flag CLEANUP_BUF = BUF_INIT;
        buf_fmt(&flag, "--%s%s%s%s", is_bool ? "[no-]" : "", i ? o->flags[i - 1] : o->name,
                is_bool ? "" : "=", is_bool ? "" : arg_of(o));
        if (column && column + 2 + flag.len > COLUMNS) {
            buf_text(out, ",\n");
            column = 0;
        }
        buf_text(out, column ? ", " : "  ");
        buf_str(out, buf_view(&flag));
        column += 2 + flag.len;
    }
    buf_byte(out, '\n');
}

/* An option: its flags, then what it does, what it takes and its default. */
static void write_option(const struct option *o, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_text(&text, o->help);
    if (o->type == OPTION_ENUM && o->choices[1]) {
        buf_text(&text, " It is ");
        value_expected(o, &text);
        buf_byte(&text, '.');
    }
    if (o->fallback[0]) {
        buf_fmt(&text, " (default %s)", o->fallback);
    }
    write_flags(o, out);
    wrap(buf_view(&text), out);
}

/* The flags that are other names of options. */
static void write_foreigns(struct buf *out) {
    buf_text(out, "\nFlags of cAdvisor and the Docker Data Exporter, with one dash or two:\n");
    for (size_t i = 0; i < n_foreigns; i++) {
        if (foreigns[i].option) {
            struct buf flag CLEANUP_BUF = BUF_INIT;
            foreign_write(&foreigns[i], &flag);
            buf_fmt(out, "  %-32s %s\n", buf_cstr(&flag), foreigns[i].option);
        }
    }
    buf_text(out, "  cAdvisor's other flags are accepted without effect.\n");
}

void config_write_help(struct buf *out) {
    buf_text(out, head);
    for (size_t g = 0; g < n_option_groups; g++) {
        buf_fmt(out, "\n%s:\n", option_groups[g].title);
        for (size_t i = 0; i < n_options; i++) {
            if (option_in_group(&options[i], &option_groups[g])) {
                write_option(&options[i], out);
            }
        }
    }
    write_foreigns(out);
}
