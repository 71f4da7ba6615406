/* dockmeter.yaml(5): the configuration file, its keys and how values are written. */
#include "base/cleanup.h"
#include "cli/manual.h"
#include "cli/roff.h"
#include "config/legacy.h"
#include "config/preset.h"
#include "config/value.h"

static const struct roff head[] = {
    {ROFF_SECTION, "DESCRIPTION", NULL},
    {ROFF_TEXT,
     "The file that `dockmeter`(1) is given by `--config.file` or `DOCKMETER_CONFIG_FILE`, in "
     "YAML, "
     "UTF-8. There need be none. A key is named here by its path: `server.port` is `port` below "
     "`server`. `dockmeter config` prints such a file with what holds and from where; the "
     "one that packages bring has every key at its default, as a comment.",
     NULL},
    {ROFF_TEXT,
     "Every key is also a flag, `--server.port`, and a variable, `DOCKMETER_SERVER_PORT`. The "
     "strongest first: flag, environment, file, preset, default. What is stronger takes the place "
     "of the whole value; lists do not add up.",
     NULL},
    {ROFF_TEXT,
     "A key that is not known, one that is given twice and a value of another type or out of its "
     "range are errors. They are told with file and line, what would be right and the nearest "
     "name, and Dockmeter does not start. A key without a value is as if it were not there.",
     NULL},
    {ROFF_TEXT,
     "SIGHUP makes a running Dockmeter read the file again. What has changed takes effect at once, "
     "but for the keys that are said to take a restart, which the log then names. A file that is "
     "wrong changes nothing.",
     NULL},
    {ROFF_SECTION, "VALUES", NULL},
    {ROFF_ITEM, "`true`, `yes`, `on` and `1`, or `false`, `no`, `off` and `0`.", "true or false"},
    {ROFF_ITEM, "Digits, in quotes or not.", "whole number"},
    {ROFF_ITEM,
     "Numbers with units, `500ms`, `15s`, `1m30s`, `1.5h`, `1d`; a number alone is seconds.",
     "duration"},
    {ROFF_ITEM, "Any, in quotes where YAML would read something else in it.", "text"},
    {ROFF_ITEM,
     "A list in YAML: `[a, b]`, or a line with a dash for each item. In the environment and in "
     "flags the items are separated by commas; a comma between brackets, as in `a{1,3}`, or "
     "behind a backslash separates nothing.",
     "list"},
    {ROFF_ITEM,
     "Names and values: `{dc: north}`, or a line for each. In the environment and in flags items "
     "of the form <name>=<value>.",
     "mapping"},
    {ROFF_ITEM,
     "Text of a list that is a regular expression of PCRE2. It matches anywhere in the name; ^ and "
     "$ bind it to the ends. See `pcre2pattern`(3).",
     "pattern"},
};

static const struct roff examples[] = {
    {ROFF_SECTION, "EXAMPLES", NULL},
    {ROFF_TEXT, "Another port, an Engine behind a proxy, fewer containers:", NULL},
    {ROFF_EXAMPLE,
     "server:\n"
     "  port: 9300\n"
     "docker:\n"
     "  host: tcp://socket-proxy:2375\n"
     "collection:\n"
     "  filters:\n"
     "    include:\n"
     "      labels: [monitoring=yes]\n"
     "    exclude:\n"
     "      names:\n"
     "        - ^test-\n"
     "        - -[0-9]{4,}$",
     NULL},
    {ROFF_TEXT, "HTTPS with a password, on two addresses and a socket:", NULL},
    {ROFF_EXAMPLE,
     "server:\n"
     "  listen_addresses:\n"
     "    - 127.0.0.1:9200\n"
     "    - '[::1]:9200'\n"
     "    - unix:///run/dockmeter.sock\n"
     "  tls:\n"
     "    enabled: true\n"
     "    cert_file: /etc/dockmeter/tls.pem\n"
     "    key_file: /etc/dockmeter/tls.key\n"
     "  auth: {enabled: true, username: prometheus, password: 'a long one'}",
     NULL},
    {ROFF_TEXT, "Stand in for another tool, with labels of the site and of the containers:", NULL},
    {ROFF_EXAMPLE,
     "preset: docker-exporter\n"
     "metrics:\n"
     "  global_labels: {dc: north, rack: '7'}\n"
     "  container_labels: ['com.docker.compose.*']\n"
     "logging: {level: warn, format: json}",
     NULL},
    {ROFF_SECTION, "SEE ALSO", NULL},
    {ROFF_TEXT, "`dockmeter`(1), `pcre2pattern`(3)", NULL},
};

/* A key: what kind of value it has, what it does, its default. */
static void write_key(const struct option *o, struct buf *out) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_fmt(&text, "`%s`", o->name);
    roff_item(out, buf_cstr(&text));
    buf_reset(&text);
    buf_fmt(&text, "%s Value: ", o->help);
    value_expected(o, &text);
    if (o->alias[0]) {
        buf_fmt(&text, "; %s is %s", o->alias[0], o->alias[1]);
    }
    buf_text(&text, ". Default: `");
    value_write_default(o, &text);
    buf_fmt(&text, "`.%s", o->change == OPTION_AT_RESTART ? MANUAL_RESTART : "");
    roff_text(out, buf_cstr(&text));
}

static void write_keys(struct buf *out) {
    roff_section(out, "KEYS");
    for (size_t g = 0; g < n_option_groups; g++) {
        roff_subsection(out, option_groups[g].title);
        for (size_t i = 0; i < n_options; i++) {
            if (option_in_group(&options[i], &option_groups[g])) {
                write_key(&options[i], out);
            }
        }
    }
}

/* What each preset sets, as keys of the file. */
static void write_presets(struct buf *out) {
    static const struct roff intro = {
        ROFF_TEXT, "`preset` takes the defaults of these keys from the tool of that name:", NULL};
    roff_section(out, "PRESETS");
    roff_write(out, &intro, 1);
    for (size_t i = 0; i < n_presets; i++) {
        struct buf text CLEANUP_BUF = BUF_INIT;
        buf_fmt(&text, "`%s`", presets[i].name);
        roff_item(out, buf_cstr(&text));
        buf_reset(&text);
        for (size_t j = 0; j < PRESET_OPTIONS_MAX && presets[i].sets[j].option; j++) {
            bool list = option_find(str_of(presets[i].sets[j].option))->type == OPTION_LIST;
            buf_fmt(&text, "%s`%s: %s%s%s`", j ? ", " : "", presets[i].sets[j].option,
                    list ? "[\"" : "", presets[i].sets[j].value, list ? "\"]" : "");
        }
        roff_text(out, buf_cstr(&text));
    }
}

/* Keys that are known and do nothing, or are refused. */
static void write_legacies(struct buf *out) {
    roff_section(out, "OTHER KEYS");
    for (size_t i = 0; i < n_legacies; i++) {
        struct buf text CLEANUP_BUF = BUF_INIT;
        if (!legacies[i].yaml) {
            continue;
        }
        buf_fmt(&text, "`%s`", legacies[i].name);
        roff_item(out, buf_cstr(&text));
        buf_reset(&text);
        buf_fmt(&text, "It %s%s%s.", legacy_words(legacies[i].kind),
                legacies[i].instead ? "; " : "", legacies[i].instead ? legacies[i].instead : "");
        roff_text(out, buf_cstr(&text));
    }
}

void manual_write_yaml(struct buf *out) {
    roff_title(out, "DOCKMETER.YAML", "5", "File Formats");
    roff_section(out, "NAME");
    buf_text(out, "dockmeter.yaml \\- configuration of dockmeter\n");
    ROFF_WRITE(out, head);
    write_keys(out);
    write_presets(out);
    write_legacies(out);
    ROFF_WRITE(out, examples);
}
