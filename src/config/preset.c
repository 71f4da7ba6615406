#include "config/preset.h"

#include "config/load.h"

const struct preset presets[] = {
    {"docker-exporter",
     {{"metrics.profile", "docker-exporter"},
      {"server.port", "8003"},
      {"collection.interval", "15s"}}},
    {"container-metrics",
     {{"metrics.profile", "container-metrics"},
      {"server.port", "10101"},
      {"server.metrics_everywhere", "true"},
      {"collection.interval", "20s"},
      {"collection.last_collected_file", "/tmp/last-metrics-collected-at.txt"}}},
    {"docker-stats",
     {{"metrics.profile", "docker-stats"},
      {"server.port", "8091"},
      {"server.metrics_everywhere", "true"},
      {"collection.interval", "5s"}}},
    {"data-exporter",
     {{"metrics.profile", "data-exporter"},
      {"server.port", "5050"},
      {"collection.interval", "0s"}}},
    {"cadvisor",
     {{"metrics.profile", "cadvisor"},
      {"server.port", "8080"},
      {"collection.interval", "0s"},
      {"metrics.container_labels", "*"}}},
};
const size_t n_presets = sizeof(presets) / sizeof(presets[0]);

int preset_load(struct load *load, struct err *err) {
    struct str name = load->config->preset;
    for (size_t i = 0; i < n_presets; i++) {
        const struct preset *preset = &presets[i];
        struct config_origin origin = {.layer = LAYER_PRESET, .where = preset->name};
        int r = 0;
        if (!str_eq(str_of(preset->name), name)) {
            continue;
        }
        for (size_t j = 0; !r && j < PRESET_OPTIONS_MAX && preset->sets[j].option; j++) {
            const struct option *o = option_find(str_of(preset->sets[j].option));
            r = load_text(load, o, str_of(preset->sets[j].value), &origin, err);
        }
        return r;
    }
    return 0;
}
