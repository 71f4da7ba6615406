#include "config/change.h"

#include <errno.h>

#include "base/cleanup.h"
#include "config/load.h"
#include "config/value.h"

static bool same_list(const struct str_list *a, const struct str_list *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = str_eq(a->items[i], b->items[i]);
    }
    return same;
}

static bool same_pairs(const struct pair_list *a, const struct pair_list *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = str_eq(a->items[i].key, b->items[i].key) &&
               str_eq(a->items[i].value, b->items[i].value);
    }
    return same;
}

/* Members that the option's type does not use are alike. */
static bool is_same(const struct config *a, const struct config *b, const struct option *o) {
    struct value left = value_load(a, o);
    struct value right = value_load(b, o);
    return left.on == right.on && left.number == right.number && left.ns == right.ns &&
           str_eq(left.text, right.text) && same_list(&left.list, &right.list) &&
           same_pairs(&left.pairs, &right.pairs);
}

/* The switch of the option's group: "server.tls.enabled" of "server.tls.cert_file". */
static const struct option *switch_of(const struct option *o) {
    struct buf name CLEANUP_BUF = BUF_INIT;
    buf_fmt(&name, "%.*senabled", (int)(strrchr(o->name, '.') + 1 - o->name), o->name);
    return option_find(str_of(buf_cstr(&name)));
}

static bool needs_restart(const struct config *running, const struct config *fresh,
                          const struct option *o) {
    if (o->change != OPTION_BESIDE_SWITCH) {
        return o->change == OPTION_AT_RESTART;
    }
    const struct option *of_group = switch_of(o);
    return !of_group || !is_same(running, fresh, of_group);
}

struct config_change config_compare(const struct config *running, const struct config *fresh) {
    struct config_change change = {.at_once = {false}};
    for (size_t i = 0; i < n_options; i++) {
        const struct option *o = &options[i];
        if (!is_same(running, fresh, o)) {
            bool restart = needs_restart(running, fresh, o);
            change.at_restart[i] = restart;
            change.at_once[i] = !restart;
        }
    }
    return change;
}

/* A copy in the arena; what cannot be copied shows in arena_failed(). */
static struct value copy_value(const struct value *from, struct arena *arena) {
    struct value to = *from;
    to.text = arena_str(arena, from->text);
    to.list.items = arena_array(arena, from->list.n, sizeof(*to.list.items));
    to.pairs.items = arena_array(arena, from->pairs.n, sizeof(*to.pairs.items));
    for (size_t i = 0; to.list.items && i < from->list.n; i++) {
        to.list.items[i] = arena_str(arena, from->list.items[i]);
    }
    for (size_t i = 0; to.pairs.items && i < from->pairs.n; i++) {
        to.pairs.items[i].key = arena_str(arena, from->pairs.items[i].key);
        to.pairs.items[i].value = arena_str(arena, from->pairs.items[i].value);
    }
    return to;
}

int config_keep(const struct config_change *change, const struct config *running,
                struct config *fresh, struct err *err) {
    for (size_t i = 0; i < n_options; i++) {
        if (change->at_restart[i]) {
            struct value value = value_load(running, &options[i]);
            struct value copy = copy_value(&value, &fresh->arena);
            struct config_origin *origin = &fresh->origins[i];
            value_store(fresh, &options[i], &copy);
            *origin = running->origins[i];
            origin->where =
                origin->where ? arena_str(&fresh->arena, str_of(origin->where)).ptr : NULL;
        }
    }
    return arena_failed(&fresh->arena) ? err_set(err, -ENOMEM, "out of memory") : 0;
}

bool config_touches(const struct config_change *change, const char *path) {
    const struct option_group group = {.prefix = path};
    bool touches = false;
    for (size_t i = 0; i < n_options; i++) {
        touches |= change->at_once[i] && option_in_group(&options[i], &group);
    }
    return touches;
}

void config_write_names(const bool set[OPTIONS_MAX], struct buf *out) {
    for (size_t i = 0; i < n_options; i++) {
        if (set[i]) {
            buf_fmt(out, "%s%s", out->len ? ", " : "", options[i].name);
        }
    }
}
