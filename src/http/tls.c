#include "http/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Says what is wrong with a file: the system's reason, or what it should hold and OpenSSL's word
 * for it. */
static int tell(const char *what, const char *file, const char *should, struct err *err) {
    unsigned long code = ERR_peek_error();
    const char *word = ERR_reason_error_string(code);
    if (ERR_SYSTEM_ERROR(code)) {
        (void)err_sys(err, -ERR_GET_REASON(code), "%s file %s", what, file);
        err->code = -EINVAL;
    } else {
        (void)err_set(err, -EINVAL, "%s file %s: must hold %s (%s)", what, file, should,
                      word ? word : "unreadable");
    }
    ERR_clear_error();
    return -EINVAL;
}

/* A key behind a passphrase must fail at start, not wait at a terminal that is not there. */
static int no_passphrase(char *buf, int size, int writing, void *arg) {
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static int load_pair(SSL_CTX *ctx, const char *cert_file, const char *key_file, struct err *err) {
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1) {
        return tell("certificate", cert_file, "a certificate and its chain in PEM form", err);
    }
    int rc = SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM);
    unsigned long code = ERR_peek_error();
    bool mismatch =
        ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
    if (rc != 1 && !mismatch) {
        return tell("key", key_file, "a private key in PEM form without a passphrase", err);
    }
    if (rc != 1 || SSL_CTX_check_private_key(ctx) != 1) {
        ERR_clear_error();
        return err_set(err, -EINVAL, "key file %s does not belong to certificate file %s", key_file,
                       cert_file);
    }
    return 0;
}

int tls_context_new(const char *cert_file, const char *key_file, struct ssl_ctx_st **ret,
                    struct err *err) {
    if (!cert_file || !key_file) {
        return err_set(err, -EINVAL, "TLS takes both a certificate file and a key file");
    }
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(ctx);
        ERR_clear_error();
        return err_sys(err, -ENOMEM, "TLS");
    }
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    /* Renegotiation costs the server more than the client; idle connections keep no buffers. */
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    int rc = load_pair(ctx, cert_file, key_file, err);
    if (rc < 0) {
        SSL_CTX_free(ctx);
        return rc;
    }
    *ret = ctx;
    return 0;
}
