/*
 * What the server answers: joins http (which knows no metric) with collections and pages. Holds
 * the page's arena, which is used again for every page. The caller owns the struct.
 */
#ifndef DOCKMETER_CLI_ROUTES_H
#define DOCKMETER_CLI_ROUTES_H

#include "cli/app.h"
#include "expo/text.h"
#include "http/server.h"

struct routes {
    struct app *app;
    const struct http_server *server; /* NULL without one */
    struct arena page_arena;
    size_t page_bytes; /* of the last page, to allocate the next one at once */
};

/* Adds all routes to the server; routes and app must outlive it. */
MUST_USE int routes_add(struct routes *routes, struct http_server *server, struct err *err);
void routes_done(struct routes *routes);

/* What depends on the profile, by the app's configuration as it is now. */
MUST_USE int routes_adopt(struct routes *routes, struct http_server *server, struct err *err);

/* What page is asked for. */
struct routes_page {
    struct page_choice choice;
    enum expo_format format;
    page_groups groups;
};

/* A page of a snapshot, into a fresh buf. */
void routes_write_page(struct routes *routes, const struct routes_page *asked,
                       const struct snapshot *snapshot, struct buf *out);

#endif
