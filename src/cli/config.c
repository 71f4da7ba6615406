#include "config/config.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "metrics/page.h"
#include "migrate/guide.h"

/* Makes the parts too, so that what is wrong inside a value (a pattern, an address) is told here.
 */
int command_config(const struct config *config) {
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct err err = ERR_INIT;
    struct app app;
    if (app_init(&app, config, APP_ONCE, &err) < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
        return 1;
    }
    app_done(&app);
    print_notes(config);
    config_write(config, &out);
    return print_buf(&out);
}

#define GUIDE "migrate-"

/* The migration page that name asks for, or nothing. */
static void write_guide(const char *name, struct buf *out) {
    struct str rest = str_of(name);
    if (str_starts(rest, STR(GUIDE))) {
        rest = str_sub(rest, sizeof(GUIDE) - 1, rest.len - (sizeof(GUIDE) - 1));
        const struct predecessor *p = predecessor_find(rest);
        if (p) {
            guide_write(p, page_difference, out);
        }
    }
}

int command_docs(const char *name) {
    static const struct {
        const char *name;
        void (*write)(struct buf *out);
    } documents[] = {
        {"configuration", config_write_docs},
        {"example", config_write_example},
        {"metrics", page_write_docs},
        {"profiles", page_write_profile_docs},
        {"help", help_write_all},
        {"man", manual_write},
        {"man-yaml", manual_write_yaml},
        {"completion-bash", completion_write_bash},
        {"completion-zsh", completion_write_zsh},
        {"completion-fish", completion_write_fish},
    };
    struct buf out CLEANUP_BUF = BUF_INIT;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        if (strcmp(documents[i].name, name) == 0) {
            documents[i].write(&out);
            return print_buf(&out);
        }
    }
    write_guide(name, &out);
    if (out.len) {
        return print_buf(&out);
    }
    (void)fputs("dockmeter: no document of that name; there are", stderr);
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        (void)fprintf(stderr, " %s,", documents[i].name);
    }
    (void)fputs(" migrate-PREDECESSOR\n", stderr);
    return 2;
}
