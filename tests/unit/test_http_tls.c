#include "unit.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "http/tls.h"
#include "http_bed.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static char folder[64];
static char cert_file[96];
static char key_file[96];
static char other_key_file[96];
static char other_cert_file[96];
static char locked_key_file[96];

static void write_key(const char *path, EVP_PKEY *key, const char *password) {
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, password ? EVP_aes_128_cbc() : NULL, NULL, 0,
                                          NULL, (void *)(uintptr_t)password),
                     1);
    (void)fclose(f);
}

static void write_cert(const char *path, EVP_PKEY *key, long serial) {
    X509 *x = X509_new();
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    (void)X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost",
                                     -1, -1, 0);
    (void)X509_set_issuer_name(x, name);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    (void)fclose(f);
    X509_free(x);
}

static int make_files(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_http_tls.XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(cert_file, sizeof(cert_file), "%s/cert.pem", folder);
    (void)snprintf(key_file, sizeof(key_file), "%s/key.pem", folder);
    (void)snprintf(other_key_file, sizeof(other_key_file), "%s/other.pem", folder);
    (void)snprintf(other_cert_file, sizeof(other_cert_file), "%s/other_cert.pem", folder);
    (void)snprintf(locked_key_file, sizeof(locked_key_file), "%s/locked.pem", folder);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *other = EVP_EC_gen("P-256");
    assert_true(key && other);
    write_cert(cert_file, key, 1);
    write_cert(other_cert_file, other, 2);
    write_key(key_file, key, NULL);
    write_key(other_key_file, other, NULL);
    write_key(locked_key_file, key, "secret");
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    (void)unlink(cert_file);
    (void)unlink(key_file);
    (void)unlink(other_key_file);
    (void)unlink(other_cert_file);
    (void)unlink(locked_key_file);
    return rmdir(folder);
}

static struct http_settings tls_settings(void) {
    struct http_settings s = bed_settings();
    s.cert_file = cert_file;
    s.key_file = key_file;
    return s;
}

/* A client's handshake; false when it fails. */
static bool shake_hands(struct bed *bed, struct peer *p, int max_version) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(ctx, 0);
    (void)SSL_CTX_set_max_proto_version(ctx, max_version);
    p->ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    (void)SSL_set_fd(p->ssl, p->fd);
    int rc = SSL_connect(p->ssl);
    int64_t end = bed_now_ms() + BED_PATIENCE_MS;
    while (rc != 1 && SSL_get_error(p->ssl, rc) == SSL_ERROR_WANT_READ && bed_now_ms() < end) {
        bed_turn(bed);
        rc = SSL_connect(p->ssl);
    }
    return rc == 1;
}

static void speaks_tls(void **state) {
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct bed bed;
        struct http_settings s = tls_settings();
        bed_open(&bed, &s, "127.0.0.1:0");
        assert_int_equal(strncmp(http_server_url(bed.server, 0), "https://127.0.0.1:", 18), 0);
        struct peer p = peer_open(&bed, 0);
        assert_true(shake_hands(&bed, &p, version));
        peer_ask(&bed, &p, GET("/?one"));
        assert_true(peer_sees(&bed, &p, "hello one\n"));
        peer_ask(&bed, &p, GET("/wait"));
        for (int i = 0; i < 2000; i++) {
            peer_ask(&bed, &p, GET("/?x"));
        }
        peer_ask(&bed, &p, GET("/?end"));
        bed_turn_ms(&bed, 20);
        assert_int_equal(http_server_counts(bed.server)->requests, 2);
        bed_answer(&bed);
        assert_true(peer_sees(&bed, &p, "hello end\n"));
        peer_forget(&p);
        peer_ask(&bed, &p, "GET /big HTTP/1.0\r\n\r\n");
        assert_true(peer_sees(&bed, &p, NULL));
        assert_true(p.got.len > BED_BIG_BYTES);
        assert_int_equal(SSL_get_shutdown(p.ssl), SSL_RECEIVED_SHUTDOWN);
        peer_close(&p);
        bed_close(&bed);
    }
}

/* The certificate that a new connection is shown, 1 or 2. */
static int64_t shown_serial(struct bed *bed) {
    struct peer p = peer_open(bed, 0);
    assert_true(shake_hands(bed, &p, TLS1_3_VERSION));
    X509 *x = SSL_get1_peer_certificate(p.ssl);
    assert_non_null(x);
    int64_t serial = ASN1_INTEGER_get(X509_get0_serialNumber(x));
    X509_free(x);
    peer_close(&p);
    return serial;
}

/* What is open goes on with what it began with; the next connection sees the new pair. */
static void a_pair_is_replaced_while_connections_are_open(void **state) {
    (void)state;
    struct bed bed;
    struct err err = ERR_INIT;
    struct http_change *change = NULL;
    struct http_settings s = tls_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer open = peer_open(&bed, 0);
    assert_true(shake_hands(&bed, &open, TLS1_3_VERSION));
    struct peer shaking = peer_open(&bed, 0);
    bed_turn_ms(&bed, 5);
    s.key_file = other_key_file;
    assert_int_equal(http_change_new(&s, &change, &err), -EINVAL);
    assert_int_equal(shown_serial(&bed), 1);
    s.cert_file = other_cert_file;
    assert_int_equal(http_change_new(&s, &change, &err), 0);
    http_server_adopt(bed.server, &s, change);
    assert_int_equal(shown_serial(&bed), 2);
    assert_true(shake_hands(&bed, &shaking, TLS1_3_VERSION));
    peer_ask(&bed, &open, GET("/?still"));
    assert_true(peer_sees(&bed, &open, "hello still\n"));
    peer_close(&open);
    peer_close(&shaking);
    bed_close(&bed);
}

static void bad_requests_over_tls_see_their_answer(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = tls_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    assert_true(shake_hands(&bed, &p, TLS1_3_VERSION));
    struct buf head = BUF_INIT;
    buf_fmt(&head, "GET / HTTP/1.1\r\n" HOST "X: %0100000d", 0);
    peer_send(&bed, &p, buf_view(&head));
    buf_done(&head);
    assert_true(peer_sees(&bed, &p, "431 Request Header Fields Too Large\r\n"));
    peer_close(&p);
    p = peer_open(&bed, 0);
    assert_true(shake_hands(&bed, &p, TLS1_3_VERSION));
    peer_ask(&bed, &p, GET("/wait"));
    bed_turn_ms(&bed, 10);
    assert_int_equal(bed.n_waiting, 1);
    (void)SSL_shutdown(p.ssl);
    bed_turn_ms(&bed, 10);
    assert_int_equal(bed.abandoned, 1);
    peer_close(&p);
    bed_close(&bed);
}

static void other_protocols_are_closed(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = tls_settings();
    s.head_timeout_ms = 150;
    bed_open(&bed, &s, "127.0.0.1:0");
    struct peer p = peer_open(&bed, 0);
    peer_ask(&bed, &p, GET("/"));
    assert_true(peer_sees(&bed, &p, NULL));
    assert_null(strstr(buf_cstr(&p.got), "HTTP/"));
    assert_int_equal(http_server_counts(bed.server)->failed_handshakes, 1);
    peer_close(&p);
    p = peer_open(&bed, 0);
    assert_false(shake_hands(&bed, &p, TLS1_1_VERSION));
    bed_turn_ms(&bed, 5);
    assert_int_equal(http_server_counts(bed.server)->failed_handshakes, 2);
    peer_close(&p);
    /* Silence, and a handshake without a request: the same time for both. */
    p = peer_open(&bed, 0);
    assert_true(peer_sees(&bed, &p, NULL));
    assert_int_equal(http_server_counts(bed.server)->failed_handshakes, 3);
    peer_close(&p);
    p = peer_open(&bed, 0);
    bed_turn_ms(&bed, 100);
    int64_t start = bed_now_ms();
    assert_true(shake_hands(&bed, &p, TLS1_3_VERSION));
    assert_true(peer_sees(&bed, &p, NULL));
    assert_true(bed_now_ms() - start < 120);
    assert_int_equal(http_server_counts(bed.server)->failed_handshakes, 3);
    peer_close(&p);
    bed_close(&bed);
}

static void files_are_checked(void **state) {
    (void)state;
    struct {
        const char *cert;
        const char *key;
        const char *named;
        const char *why;
    } rows[] = {
        {"/nowhere/c.pem", key_file, "/nowhere/c.pem", "o such file"},
        {cert_file, "/nowhere/k.pem", "/nowhere/k.pem", "o such file"},
        {key_file, key_file, key_file, "certificate file"},
        {cert_file, cert_file, cert_file, "key file"},
        {cert_file, other_key_file, other_key_file, "does not belong to"},
        {cert_file, locked_key_file, locked_key_file, "key file"},
        {cert_file, NULL, "", "both"},
        {NULL, key_file, "", "both"},
    };
    struct loop *loop = NULL;
    struct err err = ERR_INIT;
    SSL_CTX *good = NULL;
    assert_int_equal(tls_context_new(cert_file, key_file, &good, &err), 0);
    assert_int_equal(SSL_CTX_get_min_proto_version(good), TLS1_2_VERSION);
    SSL_CTX_free(good);
    assert_int_equal(loop_new(&loop, &err), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_settings s = bed_settings();
        s.cert_file = rows[i].cert;
        s.key_file = rows[i].key;
        struct http_server *server = NULL;
        assert_int_equal(http_server_new(loop, &s, &server, &err), -EINVAL);
        if (!strstr(err.text, rows[i].named) || !strstr(err.text, rows[i].why)) {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
    loop_free(loop);
}

static void asks_for_credentials(void **state) {
    (void)state;
    static const struct {
        const char *header;
        const char *status;
    } rows[] = {
        {"", "401 Unauthorized"},
        {"Authorization: Basic dXNlcjpw\xC3\xA9\r\n", "401 Unauthorized"},
        {"Authorization: Basic dXNlcjpzw6ljcmU=\r\n", "200 OK"}, /* user:sécre */
        {"Authorization: basic dXNlcjpzw6ljcmU=\r\n", "200 OK"},
        {"Authorization: Basic   dXNlcjpzw6ljcmU=\r\n", "200 OK"},
        {"Authorization: Basic dXNlcjpzw6ljcmUAAA==\r\n", "401 Unauthorized"},
        {"Authorization: Basic dXNlcjpzw6ljcmU\r\n", "401 Unauthorized"},
        {"Authorization: Basic\r\n", "401 Unauthorized"},
        {"Authorization: Basic \r\n", "401 Unauthorized"},
        {"Authorization: Bearer dXNlcjpzw6ljcmU=\r\n", "401 Unauthorized"},
        {"Authorization: Basic VXNlcjpzw6ljcmU=\r\n", "401 Unauthorized"}, /* User:… */
    };
    struct bed bed;
    struct http_settings s = bed_settings();
    s.username = "user";
    s.password = "s\xC3\xA9"
                 "cre";
    bed_open(&bed, &s, "127.0.0.1:0");
    static const char *const paths[] = {"/", "/health", "/nothing"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer p = peer_open(&bed, 0);
        char request[256];
        (void)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n" HOST "%s\r\n",
                       rows[i].header);
        peer_ask(&bed, &p, request);
        if (!peer_sees(&bed, &p, rows[i].status)) {
            fail_msg("row %zu: %s", i, buf_cstr(&p.got));
        }
        peer_close(&p);
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct peer p = peer_open(&bed, 0);
        char request[256];
        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
        peer_ask(&bed, &p, request);
        assert_true(peer_sees(&bed, &p, "WWW-Authenticate: Basic realm=\"dockmeter\"\r\n"));
        peer_close(&p);
    }
    bed_close(&bed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_tls),
        cmocka_unit_test(a_pair_is_replaced_while_connections_are_open),
        cmocka_unit_test(bad_requests_over_tls_see_their_answer),
        cmocka_unit_test(other_protocols_are_closed),
        cmocka_unit_test(files_are_checked),
        cmocka_unit_test(asks_for_credentials),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
