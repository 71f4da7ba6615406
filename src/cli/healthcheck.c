/* Whether a Dockmeter of this configuration answers on /health, for images without a shell. */
#include "cli/command.h"
#include "cli/health.h"

int command_healthcheck(const struct config *config) {
    struct loop *loop = NULL;
    struct fetcher *fetcher = NULL;
    struct err err = ERR_INIT;
    bool ours = false;
    int r = loop_new(&loop, &err);
    if (r == 0) {
        r = fetcher_new(loop, &fetcher, &err);
    }
    if (r == 0) {
        r = health_ask(loop, fetcher, config, &ours, &err);
    }
    if (r < 0) {
        (void)fprintf(stderr, "unhealthy: %s\n", err.text);
    } else {
        (void)puts("healthy");
    }
    fetcher_free(fetcher);
    loop_free(loop);
    return r < 0 ? 1 : 0;
}
