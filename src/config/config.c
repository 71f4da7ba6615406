#include "config/config.h"

#include <errno.h>

#include "config/load.h"

/* Every option at its default. */
static int start(struct load *load, struct err *err) {
    struct config *c = load->config;
    *c = (struct config){.arena = ARENA_INIT};
    c->origins = arena_array(&c->arena, n_options, sizeof(*c->origins));
    if (!c->origins) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    struct config_origin origin = {.layer = LAYER_DEFAULT};
    int r = 0;
    for (size_t i = 0; !r && i < n_options; i++) {
        r = load_text(load, &options[i], str_of(options[i].fallback), &origin, err);
    }
    return r;
}

/* What all loads end with: the preset below the rest, then the checks. */
static int finish(struct load *load, const char *const *environ, struct err *err) {
    int r = preset_load(load, err);
    r = r ? r : env_settle(load, environ, err);
    r = r ? r : foreign_settle(load, err);
    return r ? r : check_load(load, err);
}

/* Hands the loaded configuration over, or frees what is there of it. */
static int hand_over(int r, struct config *loaded, struct config *ret, struct err *err) {
    if (!r && arena_failed(&loaded->arena)) {
        r = err_set(err, -ENOMEM, "out of memory");
    }
    if (r) {
        config_done(loaded);
    } else {
        *ret = *loaded;
    }
    return r;
}

/* From the strongest source to the weakest: each leaves alone what a stronger one has set. */
static int load_all(const struct config_request *request, bool again, struct config *ret,
                    enum config_want *want, struct err *err) {
    struct config config;
    struct load load = {.config = &config, .again = again};
    struct flag_result flags = {.want = CONFIG_RUN};
    int r = start(&load, err);
    r = r ? r : flags_load(&load, request->args, request->n_args, &flags, err);
    if (!r && flags.want == CONFIG_RUN) {
        const char *file =
            flags.file ? flags.file : env_get(request->environ, "DOCKMETER_CONFIG_FILE");
        r = env_load(&load, request->environ, err);
        r = r || !file ? r : yaml_load_file(&load, file, err);
        config.file = file;
        r = r ? r : finish(&load, request->environ, err);
    }
    config.request = *request;
    r = hand_over(r, &config, ret, err);
    if (!r) {
        *want = flags.want;
    }
    return r;
}

int config_load(const struct config_request *request, struct config *ret, enum config_want *want,
                struct err *err) {
    return load_all(request, false, ret, want, err);
}

int config_reload(const struct config *running, struct config *ret, struct err *err) {
    enum config_want want = CONFIG_RUN;
    return load_all(&running->request, true, ret, &want, err);
}

int config_parse(struct str yaml, const char *name, struct config *ret, struct err *err) {
    struct config config;
    struct load load = {.config = &config};
    int r = start(&load, err);
    r = r ? r : yaml_load(&load, yaml, name, err);
    r = r ? r : finish(&load, NULL, err);
    return hand_over(r, &config, ret, err);
}

void config_done(struct config *config) {
    arena_done(&config->arena);
    *config = (struct config){.arena = ARENA_INIT};
}

void config_origin_text(const struct config *config, const char *option, struct buf *out) {
    const struct option *o = option_find(str_of(option));
    if (o) {
        origin_write(&config->origins[option_index(o)], out);
    }
}
