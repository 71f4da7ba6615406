#include "config_case.h"

#include "config/legacy.h"
#include "config/option.h"
#include "config/preset.h"
#include "config/value.h"

/* Both have the same effective values, except the secret if told so. */
static void assert_same(const struct config *a, const struct config *b, bool masked) {
    for (size_t i = 0; i < n_options; i++) {
        struct buf left = BUF_INIT;
        struct buf right = BUF_INIT;
        struct value va = value_load(a, &options[i]);
        struct value vb = value_load(b, &options[i]);
        value_write(&options[i], &va, masked, &left);
        value_write(&options[i], &vb, masked, &right);
        assert_string_equal(buf_cstr(&left), buf_cstr(&right));
        buf_done(&left);
        buf_done(&right);
    }
}

static struct config parsed(const struct buf *yaml) {
    struct config c;
    struct err err = ERR_INIT;
    if (config_parse(buf_view(yaml), "x.yaml", &c, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

static void effective_values_load_again(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "metrics: {global_labels: {dc: 'a \"b\" \\ # c', e: \"\\u2028 b \\u2028 "
                "\\x85\\t\\uFEFF\"}}\n"
                "collection: {filters: {include: {names: ['^a{1,2}$', 'x: y', '- z']}}}\n"
                "server: {auth: {enabled: yes, username: '@u', password: 'secret: 1'}}\n",
        .env = {"EXPORTER_PORT=7"},
        .flags = {"--collection.timeout=90s", "--preset=cadvisor"}});
    struct buf text = BUF_INIT;
    config_write(&c, &text);
    const char *yaml = buf_cstr(&text);
    struct config again = parsed(&text);
    assert_same(&c, &again, true);
    assert_null(strstr(yaml, "secret: 1"));
    assert_non_null(strstr(yaml, "    password: \"***\"  # from config.yaml:3\n"));
    assert_non_null(strstr(yaml, "\n  port: 7  # from environment EXPORTER_PORT\n"));
    assert_non_null(strstr(yaml, "\n  timeout: 1m30s  # from flag --collection.timeout\n"));
    assert_non_null(strstr(yaml, "\n  interval: 0s  # from preset cadvisor\n"));
    assert_non_null(strstr(yaml, "\n  address: \"0.0.0.0\"  # from default\n"));
    assert_non_null(strstr(yaml, "\n      names: [\"^a{1,2}$\", \"x: y\", \"- z\"]  # from "
                                 "config.yaml:2\n"));
    config_done(&again);
    config_done(&c);
    buf_done(&text);
}

static void a_file_of_any_name_is_told_on_one_line(void **state) {
    (void)state;
    case_write_file("a\nserver: 1", "server: {port: 3}", 17);
    struct config c = case_good(&(struct config_case){.flags = {"--config=a\nserver: 1"}});
    struct buf text = BUF_INIT;
    config_write(&c, &text);
    assert_non_null(strstr(buf_cstr(&text), "port: 3  # from \"a\\u000Aserver: 1:1\"\n"));
    struct config again = parsed(&text);
    assert_same(&c, &again, true);
    config_done(&again);
    config_done(&c);
    buf_done(&text);
    assert_int_equal(unlink("a\nserver: 1"), 0);
}

static void example_is_the_defaults(void **state) {
    (void)state;
    struct buf text = BUF_INIT;
    config_write_example(&text);
    struct config defaults = case_good(&(struct config_case){.yaml = NULL});
    struct config c = parsed(&text);
    assert_same(&defaults, &c, false);
    assert_int_equal(c.notes.n, 0);
    for (size_t i = 0; i < n_options; i++) {
        struct buf origin = BUF_INIT;
        config_origin_text(&c, options[i].name, &origin);
        assert_memory_equal(buf_cstr(&origin), "x.yaml:", 7);
        buf_done(&origin);
    }
    config_done(&c);
    config_done(&defaults);
    buf_done(&text);
}

/* No line longer than this, none with blanks at its end, a newline at the end. */
static void assert_lines(const struct buf *text, size_t columns) {
    struct str rest = buf_view(text);
    struct str line = STR("");
    assert_true(str_ends(rest, STR("\n")));
    while (str_split(&rest, '\n', &line)) {
        if (line.len > columns || str_ends(line, STR(" "))) {
            fail_msg("%zu columns: '%.*s'", line.len, STR_ARG(line));
        }
    }
}

static void help_has_everything_within_80_columns(void **state) {
    (void)state;
    struct buf text = BUF_INIT;
    config_write_help(&text);
    const char *help = buf_cstr(&text);
    assert_lines(&text, 80);
    static const char *const words[] = {"--help, -h", "--version",
                                        "--config.file=FILE, --config=FILE"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_non_null(strstr(help, words[i]));
    }
    for (size_t i = 0; i < n_options; i++) {
        char flag[120];
        bool is_bool = options[i].type == OPTION_BOOL;
        (void)snprintf(flag, sizeof(flag), "\n  --%s%s%s", is_bool ? "[no-]" : "", options[i].name,
                       is_bool ? "\n" : "=");
        assert_non_null(strstr(help, flag));
        for (size_t j = 0; options[i].flags[j]; j++) {
            assert_non_null(strstr(help, options[i].flags[j]));
        }
    }
    buf_done(&text);
}

static void example_fits_100_columns(void **state) {
    (void)state;
    struct buf text = BUF_INIT;
    config_write_example(&text);
    assert_lines(&text, 100);
    buf_done(&text);
}

static void docs_name_everything(void **state) {
    (void)state;
    struct buf text = BUF_INIT;
    config_write_docs(&text);
    const char *docs = buf_cstr(&text);
    assert_lines(&text, 1000);
    for (size_t i = 0; i < n_options; i++) {
        char own[OPTION_ENV_MAX];
        char cell[120];
        (void)snprintf(cell, sizeof(cell), "\n| `%s`", options[i].name);
        assert_non_null(strstr(docs, cell));
        (void)snprintf(cell, sizeof(cell), "`%s`", option_env_name(options[i].name, own).ptr);
        assert_non_null(strstr(docs, cell));
        for (size_t j = 0; options[i].old_env[j]; j++) {
            (void)snprintf(cell, sizeof(cell), "`%s`", options[i].old_env[j]);
            assert_non_null(strstr(docs, cell));
        }
    }
    for (size_t i = 0; i < n_legacies; i++) {
        assert_non_null(strstr(docs, legacies[i].name ? legacies[i].name : legacies[i].env));
    }
    for (size_t i = 0; i < n_presets; i++) {
        assert_non_null(strstr(docs, presets[i].name));
    }
    buf_done(&text);
}

/* The table is sound: defaults within their ranges, presets known, groups contiguous. */
static void table_is_sound(void **state) {
    (void)state;
    size_t group = 0;
    for (size_t i = 0; i < n_options; i++) {
        while (group < n_option_groups && !option_in_group(&options[i], &option_groups[group])) {
            group++;
        }
        assert_true(group < n_option_groups);
        assert_true(strlen(options[i].name) + sizeof("DOCKMETER_") < OPTION_ENV_MAX);
        assert_true(options[i].help[strlen(options[i].help) - 1] == '.' ||
                    str_ends(str_of(options[i].help), STR("org.example.*")));
        if (options[i].type == OPTION_ENUM) {
            assert_non_null(options[i].choices);
        }
    }
    const struct option *preset = option_find(STR("preset"));
    for (size_t i = 0; i < n_presets; i++) {
        assert_string_equal(preset->choices[i], presets[i].name);
        for (size_t j = 0; j < PRESET_OPTIONS_MAX && presets[i].sets[j].option; j++) {
            assert_non_null(option_find(str_of(presets[i].sets[j].option)));
        }
    }
    assert_null(preset->choices[n_presets]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effective_values_load_again),
        cmocka_unit_test(a_file_of_any_name_is_told_on_one_line),
        cmocka_unit_test(example_is_the_defaults),
        cmocka_unit_test(help_has_everything_within_80_columns),
        cmocka_unit_test(example_fits_100_columns),
        cmocka_unit_test(docs_name_everything),
        cmocka_unit_test(table_is_sound),
    };
    return cmocka_run_group_tests(tests, case_enter, case_leave);
}
