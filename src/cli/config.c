#include "config/config.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "cli/command.h"

int command_config(const struct config *config) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    config_write(config, &out);
    return print_buf(&out);
}

int command_docs(const char *name) {
    static const struct {
        const char *name;
        void (*write)(struct buf *out);
    } documents[] = {
        {"configuration", config_write_docs},
        {"example", config_write_example},
        {"metrics", page_write_docs},
        {"help", config_write_help},
    };
    struct buf out CLEANUP_BUF = BUF_INIT;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        if (strcmp(documents[i].name, name) == 0) {
            documents[i].write(&out);
            return print_buf(&out);
        }
    }
    (void)fprintf(stderr, "dockmeter: no document of that name; there are configuration, example, "
                          "metrics, help\n");
    return 2;
}
