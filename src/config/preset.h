/*
 * Presets: what stands in for a predecessor sets some options below everything but the defaults.
 */
#ifndef DOCKMETER_CONFIG_PRESET_H
#define DOCKMETER_CONFIG_PRESET_H

#include <stddef.h>

#define PRESET_OPTIONS_MAX 5

struct preset {
    const char *name;
    struct {
        const char *option; /* NULL behind the last */
        const char *value;
    } sets[PRESET_OPTIONS_MAX];
};

extern const struct preset presets[];
extern const size_t n_presets;

#endif
