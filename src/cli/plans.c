#include "cli/plans.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/command.h"

void plans_free(struct plans *plans) {
    for (size_t i = 0; plans && i < plans->n; i++) {
        page_plan_unref(plans->of[i].plan);
    }
    free(plans);
}

static void cleanup_plans(struct plans **slot) {
    plans_free(*slot);
}

int plans_new(const struct page_settings *settings, struct plans **ret, struct err *err) {
    CLEANUP(cleanup_plans) struct plans *plans = calloc(1, sizeof(*plans));
    if (!plans) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    const char *name = NULL;
    plans->configured = PLANS_MAX;
    for (size_t i = 0; i < PLANS_MAX && (name = page_profile(i)) != NULL; i++) {
        struct page_settings own = *settings;
        bool configured = str_eq(settings->profile, str_of(name));
        own.profile = str_of(name);
        plans->n++;
        int r = page_plan_new(&own, build_info(), &plans->of[i].plan, &plans->of[i].refused);
        if (r < 0 && (configured || r == -ENOMEM)) {
            err_copy(err, &plans->of[i].refused);
            return r;
        }
        plans->configured = configured ? i : plans->configured;
    }
    if (plans->configured == PLANS_MAX) {
        struct page_plan *none = NULL;
        return page_plan_new(settings, build_info(), &none, err);
    }
    *ret = take_ptr(plans);
    return 0;
}

int plans_find(const struct plans *plans, struct str name, size_t *ret, struct err *err) {
    const char *names[PLANS_MAX] = {NULL};
    size_t found = name.len ? plans->n : plans->configured;
    for (size_t i = 0; i < plans->n && found == plans->n; i++) {
        names[i] = page_profile(i);
        found = str_eq(name, str_of(names[i])) ? i : found;
    }
    if (found == plans->n) {
        const char *nearest = str_nearest(name, names, plans->n);
        return err_set(err, -EINVAL, "no profile \"%.*s\"; %s %s", STR_ARG(name),
                       nearest ? "the nearest is" : "the default is",
                       nearest ? nearest : page_profile(0));
    }
    if (!plans->of[found].plan) {
        err_copy(err, &plans->of[found].refused);
        return err->code;
    }
    *ret = found;
    return 0;
}
