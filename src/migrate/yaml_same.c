#include "migrate/yaml_same.h"

#include "base/cleanup.h"

struct comparison {
    const struct yaml_text *was, *now;
    const struct yaml_may_differ *but;
    int *met; /* by the old node's number less 1: the new one that it was held to, or 0 */
};

static bool nodes_are_same(const struct comparison *c, int was, int now);

static const struct yaml_may_differ *exception(const struct comparison *c, int group) {
    const struct yaml_may_differ *at = c->but;
    while (at->group && at->group != group) {
        at++;
    }
    return at->group ? at : NULL;
}

static size_t list_len(const struct yaml_text *text, int list) {
    size_t n = 0;
    while (yaml_item_at(text, list, n)) {
        n++;
    }
    return n;
}

static bool lists_are_same(const struct comparison *c, int was, int now) {
    size_t n = list_len(c->was, was);
    size_t more = list_len(c->now, now) - n;
    if (more > (exception(c, was) ? 1 : 0)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!nodes_are_same(c, yaml_item_at(c->was, was, i), yaml_item_at(c->now, now, i + more))) {
            return false;
        }
    }
    return true;
}

/* The first member from the i-th on that may not differ. */
static size_t next_member(const struct yaml_text *text, int mapping, size_t i,
                          const struct yaml_may_differ *but) {
    const char *const none = NULL;
    const char *const *name = but ? but->keys : &none;
    struct str key = yaml_value(text, yaml_key_at(text, mapping, i));
    while (key.ptr && *name) {
        bool it = str_eq(key, str_of(*name));
        i += it;
        name = it ? but->keys : name + 1;
        key = it ? yaml_value(text, yaml_key_at(text, mapping, i)) : key;
    }
    return i;
}

/* Pair by pair; members that may differ are passed over on both sides. */
static bool mappings_are_same(const struct comparison *c, int was, int now) {
    const struct yaml_may_differ *but = exception(c, was);
    for (size_t i = 0, j = 0;; i++, j++) {
        i = next_member(c->was, was, i, but);
        j = next_member(c->now, now, j, but);
        int key = yaml_key_at(c->was, was, i);
        int new_key = yaml_key_at(c->now, now, j);
        if (!key || !new_key) {
            return key == new_key;
        }
        if (!nodes_are_same(c, key, new_key) ||
            !nodes_are_same(c, yaml_value_at(c->was, was, i), yaml_value_at(c->now, now, j))) {
            return false;
        }
    }
}

/* Each node is compared once: that ends where aliases make a circle or a bomb. */
static bool nodes_are_same(const struct comparison *c, int was, int now) {
    int *met = &c->met[was - 1];
    yaml_node_type_t type = yaml_node(c->was, was)->type;
    if (*met) {
        return *met == now;
    }
    *met = now;
    return yaml_is(c->now, now, type) && str_eq(yaml_value(c->was, was), yaml_value(c->now, now)) &&
           (type == YAML_SCALAR_NODE ||
            (type == YAML_MAPPING_NODE ? mappings_are_same : lists_are_same)(c, was, now));
}

bool yaml_same(const struct yaml_text *was, const struct yaml_text *now,
               const struct yaml_may_differ *but) {
    int *met CLEANUP_FREE = calloc((size_t)was->n + 1, sizeof(*met));
    struct comparison c = {.was = was, .now = now, .but = but, .met = met};
    if (!met || !yaml_root(was) || !yaml_root(now)) {
        return false;
    }
    return nodes_are_same(&c, yaml_root(was), yaml_root(now));
}

bool yaml_is_shared(const struct yaml_text *text, int node) {
    size_t n = 0;
    for (int group = 1; group <= text->n; group++) {
        for (size_t i = 0; yaml_item_at(text, group, i); i++) {
            n += yaml_item_at(text, group, i) == node;
        }
        for (size_t i = 0; yaml_value_at(text, group, i); i++) {
            n += yaml_value_at(text, group, i) == node;
        }
    }
    return n > 1;
}
