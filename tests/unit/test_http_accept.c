#include "unit.h"

#include "http/accept.h"

enum { TEXT, OPENMETRICS };

static const struct media_offer offers[] = {
    [TEXT] = {"text/plain", "version=0.0.4"},
    [OPENMETRICS] = {"application/openmetrics-text", "version=1.0.0"},
};

static void chooses_a_format(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t choice;
    } rows[] = {
        /* Prometheus 3, 2.42 and 2.0 */
        {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
         "application/openmetrics-text;version=0.0.1;q=0.5,"
         "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
         "*/*;q=0.2",
         OPENMETRICS},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         OPENMETRICS},
        {"text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT},
        /* a browser, curl, nothing, nonsense */
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
         TEXT},
        {"*/*", TEXT},
        {"", TEXT},
        {NULL, TEXT},
        {",;,=,;q=1,\"", TEXT},
        {"application/json", TEXT},
        /* versions */
        {"application/openmetrics-text", OPENMETRICS},
        {"application/openmetrics-text; version=\"1.0.0\"", OPENMETRICS},
        {"application/openmetrics-text;version=0.0.1", TEXT},
        {"application/openmetrics-text;version=1.0", TEXT},
        {"application/openmetrics-text;escaping=\"a,b;q=0\"", OPENMETRICS},
        {"text/plain;q=0.5,application/openmetrics-text;x=\";q=0.1,\"", OPENMETRICS},
        {"APPLICATION/OpenMetrics-Text;VERSION=1.0.0", OPENMETRICS},
        {"application/openmetrics-tex", TEXT},
        {"application/openmetrics-text2", TEXT},
        /* weights */
        {"application/openmetrics-text;q=0,*/*", TEXT},
        {"text/plain;q=0.5,application/openmetrics-text;q=0.6", OPENMETRICS},
        {"text/plain;q=0.501 , application/openmetrics-text;q=0.5", TEXT},
        {"text/plain;q=0.5, application/openmetrics-text;q=0.501", OPENMETRICS},
        {"text/plain;q=0.5, application/openmetrics-text;q=1.001", TEXT},
        {"text/plain;q=0.5, application/openmetrics-text;q=x", TEXT},
        {"text/plain;q=0.5, application/openmetrics-text;q=2", TEXT},
        {"text/plain;q=0.5, application/openmetrics-text;Q=0.9", OPENMETRICS},
        {"text/plain, application/openmetrics-text", TEXT},
        {"application/openmetrics-text;q=1.000, text/plain;q=1.0", TEXT},
        /* the most specific range decides */
        {"*/*, text/plain;q=0.1", OPENMETRICS},
        {"text/*;q=0.1, */*;q=0.2", OPENMETRICS},
        {"application/*, text/*;q=0.9", OPENMETRICS},
        {"text/plain;q=0.9, text/plain;version=0.0.4;q=0.1, application/*;q=0.5", OPENMETRICS},
        {"*/*;q=0", TEXT},
        {"app/*", TEXT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t got = accept_choose(str_of(rows[i].header), offers, 2);
        if (got != rows[i].choice) {
            fail_msg("row %zu: %zu for %s", i, got, rows[i].header);
        }
    }
}

static void offers_without_parameters(void **state) {
    (void)state;
    static const struct media_offer pages[] = {{"application/json", NULL}, {"text/html", NULL}};
    assert_int_equal(accept_choose(STR("text/html,*/*;q=0.8"), pages, 2), 1);
    assert_int_equal(accept_choose(STR("text/html;level=1"), pages, 2), 1);
    assert_int_equal(accept_choose(STR("*/*"), pages, 2), 0);
}

static void chooses_gzip(void **state) {
    (void)state;
    static const struct {
        const char *header;
        bool gzip;
    } rows[] = {
        {"gzip", true},
        {"deflate, GZIP;q=0.5", true},
        {"x-gzip", true},
        {"*", true},
        {"*;q=0.1, identity", true},
        {"gzip;q=1.0, *;q=0", true},
        {"*;q=0, gzip", true},
        {NULL, false},
        {"", false},
        {"gzip;q=0", false},
        {"gzip;q=0.000", false},
        {"gzip;q=0, *", false},
        {"*, gzip;q=0", false},
        {"*;q=0", false},
        {"identity", false},
        {"br, gzi, gzipp", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (accept_gzip(str_of(rows[i].header)) != rows[i].gzip) {
            fail_msg("row %zu: %s", i, rows[i].header);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_a_format),
        cmocka_unit_test(offers_without_parameters),
        cmocka_unit_test(chooses_gzip),
    };
    return RUN(tests);
}
