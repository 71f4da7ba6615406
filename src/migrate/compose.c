#include "migrate/compose.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/compose_command.h"
#include "migrate/yaml_same.h"

#define HEALTHCHECK "[\"CMD\", \"dockmeter\", \"healthcheck\"]"

/* Words in a service's name, image, build or command that tell whose it is. */
static const struct {
    const char *predecessor, *word;
} signs[] = {
    {"native", "docker-stats-exporter"},
    {"docker-exporter", "docker_exporter"},
    {"docker-exporter", "docker-exporter"},
    {"docker-exporter", "docker_stats_exporter"},
    {"container-metrics", "metrics-and-logs-collector"},
    {"container-metrics", "container-metrics"},
    {"docker-stats", "stats-exporter"},
    {"docker-stats", "docker-stats"},
    {"data-exporter", "data-exporter"},
    {"data-exporter", "docker-data"},
    {"cadvisor", "cadvisor"},
};

/* Whether a sign of the predecessor's stands in the text. */
static bool has_sign(const struct predecessor *from, struct str text) {
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strcmp(signs[i].predecessor, from->name) == 0 &&
            str_search(text, str_of(signs[i].word)) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Whether the service looks like the predecessor's, or is one that was migrated before. */
static bool looks_right(const struct migration *m, const struct yaml_text *text, int key,
                        int service) {
    static const char *const members[] = {"image", "container_name", "build"};
    struct str image = yaml_value(text, yaml_get(text, service, "image"));
    bool right = has_sign(m->from, yaml_value(text, key)) || outfit_is_ours(image);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        right |= has_sign(m->from, yaml_value(text, yaml_get(text, service, members[i])));
    }
    int dockerfile = yaml_get(text, yaml_get(text, service, "build"), "dockerfile");
    return right || has_sign(m->from, yaml_value(text, dockerfile));
}

/* The service of that name, else the only one that looks right, else the only one. */
static int find_service(const struct migration *m, const struct yaml_text *text, const char *wanted,
                        int *ret_service, struct err *err) {
    int services = yaml_get(text, yaml_root(text), "services");
    struct buf names CLEANUP_BUF = BUF_INIT;
    size_t n = 0;
    size_t n_right = 0;
    for (int key = 0; (key = yaml_key_at(text, services, n)) != 0; n++) {
        int service = yaml_value_at(text, services, n);
        struct str name = yaml_value(text, key);
        bool right = wanted ? str_eq(name, str_of(wanted)) : looks_right(m, text, key, service);
        buf_fmt(&names, "%s%.*s", n ? ", " : "", STR_ARG(name));
        n_right += right;
        *ret_service = right ? service : *ret_service;
    }
    if (n == 1 && !wanted) {
        *ret_service = yaml_value_at(text, services, 0);
        return 0;
    }
    if (n_right == 1) {
        return 0;
    }
    return err_set(err, -EINVAL, "%zu: %s; name one with --service: %s", yaml_line(text, services),
                   wanted    ? "no service of that name"
                   : n_right ? "several services look like it"
                             : "no service looks like it",
                   buf_cstr(&names));
}

static void take_variable(struct compose_service *s, int node, struct str name, struct str value) {
    struct spot spot = compose_spot(s, node, "environment");
    const char *preset = settings_preset(s->m->from);
    if (str_eq(name, STR("DOCKMETER_PRESET"))) {
        s->has_preset = true;
        if (preset && !str_eq(value, str_of(preset))) {
            migration_mistake(s->m, &spot, "DOCKMETER_PRESET is %.*s, not %s", STR_ARG(value),
                              preset);
        }
    }
    s->outfit.remote |= str_eq(name, STR("DOCKER_HOST"));
    settings_add(s->settings, yaml_line(s->text, node), name, value);
}

/* A mapping, or a list of NAME=value. */
static void take_environment(struct compose_service *s) {
    int environment = yaml_get(s->text, s->node, "environment");
    for (size_t i = 0; yaml_key_at(s->text, environment, i); i++) {
        int key = yaml_key_at(s->text, environment, i);
        struct str value = yaml_value(s->text, yaml_value_at(s->text, environment, i));
        take_variable(s, key, yaml_value(s->text, key), value.len ? value : (struct str){.len = 0});
    }
    for (size_t i = 0; yaml_item_at(s->text, environment, i); i++) {
        int item = yaml_item_at(s->text, environment, i);
        struct str text = yaml_value(s->text, item);
        size_t end = str_find(text, '=', 0);
        struct str value = {.ptr = NULL};
        if (end < text.len) {
            value = str_sub(text, end + 1, text.len - end - 1);
        }
        take_variable(s, item, str_sub(text, 0, end), value);
    }
    int file = yaml_get_key(s->text, s->node, "env_file");
    if (file) {
        struct spot spot = compose_spot(s, file, "env_file");
        migration_note(s->m, &spot, "look at that file with --config too");
    }
}

static void take_ports(struct compose_service *s) {
    int ports = yaml_get(s->text, s->node, "ports");
    for (size_t i = 0; yaml_item_at(s->text, ports, i); i++) {
        int item = yaml_item_at(s->text, ports, i);
        int target = yaml_get(s->text, item, "target");
        outfit_port(&s->outfit, yaml_line(s->text, item),
                    yaml_value(s->text, target ? target : item));
    }
}

static void take_volumes(struct compose_service *s) {
    int volumes = yaml_get(s->text, s->node, "volumes");
    for (size_t i = 0; yaml_item_at(s->text, volumes, i); i++) {
        int item = yaml_item_at(s->text, volumes, i);
        struct str text = yaml_value(s->text, item);
        struct str source = yaml_value(s->text, yaml_get(s->text, item, "source"));
        struct str target = yaml_value(s->text, yaml_get(s->text, item, "target"));
        if (text.len) {
            outfit_volume(&s->outfit, yaml_line(s->text, item), text);
        } else if (target.len) {
            outfit_mount(&s->outfit, yaml_line(s->text, item), source, target);
        }
    }
}

/* The image, or what built one. */
static void change_image(struct compose_service *s) {
    int image = yaml_get(s->text, s->node, "image");
    int build = yaml_get_key(s->text, s->node, "build");
    struct str old = yaml_value(s->text, image);
    struct spot spot = compose_spot(s, image ? image : build, image ? "image" : "build");
    if (build && image) {
        compose_remove(s, "build");
    }
    if (outfit_is_ours(old)) {
        return;
    }
    if (image) {
        compose_put(s, "image", "image", OUTFIT_IMAGE);
        migration_say(s->m, REMARK_CHANGED, &spot, "%.*s: now " OUTFIT_IMAGE, STR_ARG(old));
    } else if (build) {
        compose_put(s, "build", "image", OUTFIT_IMAGE);
        migration_say(s->m, REMARK_CHANGED, &spot,
                      "built the old program; now image: " OUTFIT_IMAGE);
    } else {
        migration_mistake(s->m, &spot, "the service has neither image nor build");
    }
}

/* Whether the check is Dockmeter's own, or none. */
static bool is_right_check(const struct compose_service *s, int test) {
    struct str word = yaml_value(s->text, test);
    bool right = str_search(word, STR("dockmeter")) != SIZE_MAX || str_eq(word, STR("NONE"));
    for (size_t i = 0; yaml_item_at(s->text, test, i); i++) {
        word = yaml_value(s->text, yaml_item_at(s->text, test, i));
        right |= str_eq(word, STR("dockmeter")) || str_eq(word, STR("NONE"));
    }
    return right;
}

/* Images as small as Dockmeter's have no curl to ask with. */
static void change_healthcheck(struct compose_service *s) {
    struct compose_service check = *s;
    check.node = yaml_get(s->text, s->node, "healthcheck");
    int key = yaml_get_key(s->text, check.node, "test");
    if (!key || is_right_check(s, yaml_get(s->text, check.node, "test"))) {
        return;
    }
    struct spot spot = compose_spot(s, key, "healthcheck");
    compose_put(&check, "test", "test", HEALTHCHECK);
    migration_say(s->m, REMARK_CHANGED, &spot, "now " HEALTHCHECK);
}

/* What cAdvisor needed and Dockmeter does not. */
static void note_privileges(struct compose_service *s) {
    static const char *const keys[] = {"privileged", "devices", "cap_add"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int key = yaml_get_key(s->text, s->node, keys[i]);
        struct spot spot = compose_spot(s, key, keys[i]);
        if (key) {
            migration_note(s->m, &spot, "Dockmeter does not need it");
        }
    }
}

/* What a merge key ("<<") brings cannot be left out here, and an environment of the service's own
   takes the place of the merged one. */
static void refuse_merged(struct compose_service *s, int merged) {
    static const char *const keys[] = {"build", "environment", "entrypoint", "command",
                                       "healthcheck"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int key = yaml_get_key(s->text, merged, keys[i]);
        struct spot spot = compose_spot(s, key, keys[i]);
        if (key && !yaml_get_key(s->text, s->node, keys[i])) {
            migration_mistake(s->m, &spot,
                              "comes to the service by \"<<\"; write it into the service itself");
        }
    }
}

/* What the service shares with others, or has from elsewhere. */
static void judge_sharing(struct compose_service *s) {
    int merged = yaml_get(s->text, s->node, "<<");
    int extends = yaml_get_key(s->text, s->node, "extends");
    struct spot spot = compose_spot(s, s->node, "service");
    refuse_merged(s, merged);
    for (size_t i = 0; yaml_item_at(s->text, merged, i); i++) {
        refuse_merged(s, yaml_item_at(s->text, merged, i));
    }
    if (yaml_is_shared(s->text, s->node) && s->splices->n) {
        migration_say(s->m, REMARK_DIFFERS, &spot,
                      "an alias gives its keys to others too, which are changed with it");
    }
    if (extends) {
        spot = compose_spot(s, extends, "extends");
        migration_note(s->m, &spot, "what the service has from there was not looked at");
    }
}

static int change(struct compose_service *s, struct err *err) {
    const char *preset = settings_preset(s->m->from);
    uint64_t port = 0;
    change_image(s);
    take_environment(s);
    if (preset && !s->has_preset) {
        compose_add_variable(s, "DOCKMETER_PRESET", preset);
    }
    int r = compose_take_command(s, err);
    take_ports(s);
    take_volumes(s);
    change_healthcheck(s);
    note_privileges(s);
    judge_sharing(s);
    r = r ? r : settings_judge(s->settings, &port, err);
    outfit_judge(&s->outfit, port);
    return r ? r : migration_check(s->m, err);
}

/* Whether nothing but what was meant to change did. */
static bool is_right(const struct compose_service *s, const struct yaml_text *now) {
    static const char *const members[] = {"environment", "image",   "build",
                                          "entrypoint",  "command", NULL};
    static const char *const variables[] = {"DOCKMETER_PRESET", NULL};
    static const char *const tests[] = {"test", NULL};
    int environment = yaml_get(s->text, s->node, "environment");
    bool filled =
        yaml_key_at(s->text, environment, 0) != 0 || yaml_item_at(s->text, environment, 0) != 0;
    int check = yaml_get(s->text, s->node, "healthcheck");
    const struct yaml_may_differ but[] = {
        {s->node, filled ? members + 1 : members},
        {filled ? environment : check, filled ? variables : tests},
        {filled ? check : 0, tests},
        {.group = 0}};
    return yaml_same(s->text, now, but);
}

/* The changed text, which must say the same besides. */
static int write_text(struct compose_service *s, struct buf *out, struct err *err) {
    struct yaml_text now CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct buf text CLEANUP_BUF = BUF_INIT;
    struct err why = ERR_INIT;
    splices_apply(s->splices, s->text->source, &text);
    if (buf_failed(&text)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (yaml_text_parse(buf_view(&text), &now, &why) < 0 || !is_right(s, &now)) {
        return err_set(err, -EINVAL,
                       "%zu: the service cannot be changed in place; write it in block style",
                       yaml_line(s->text, s->node));
    }
    buf_str(out, buf_view(&text));
    return 0;
}

int compose_migrate(struct migration *m, const struct yaml_text *text, const char *service,
                    struct buf *out, struct err *err) {
    struct splices splices CLEANUP_SPLICES = SPLICES_INIT;
    struct compose_service s = {.m = m, .text = text, .splices = &splices, .outfit = {.m = m}};
    int r = find_service(m, text, service, &s.node, err);
    if (!r && !yaml_key_at(text, s.node, 0)) {
        r = err_set(err, -EINVAL, "%zu: the service has no keys", yaml_line(text, s.node));
    }
    if (r) {
        return r;
    }
    s.settings = settings_new(m);
    r = s.settings ? change(&s, err) : err_set(err, -ENOMEM, "out of memory");
    r = r ? r : write_text(&s, out, err);
    settings_free(s.settings);
    return r;
}
