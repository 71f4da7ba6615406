#include "loop/fetch_error.h"

#include <curl/curl.h>
#include <errno.h>

/* libcurl's words without control characters, since they may quote the peer. */
static void detail_text(const char *detail, char out[CURL_ERROR_SIZE]) {
    size_t n = 0;
    for (const char *c = detail; *c && n + 1 < CURL_ERROR_SIZE; c++) {
        out[n++] = (unsigned char)*c < 0x20 || *c == 0x7F ? ' ' : *c;
    }
    out[n] = '\0';
}

/* The answer is beyond a limit of ours: which one. */
static enum fetch_outcome too_large(const struct fetch_end *end, struct err *err) {
    if (end->head_too_large) {
        (void)err_set(err, -EFBIG, "the answer's headers are larger than %zu bytes",
                      FETCH_HEAD_MAX);
    } else {
        (void)err_set(err, -EFBIG, "the answer is larger than %zu bytes", end->max_bytes);
    }
    return FETCH_TOO_LARGE;
}

/* No answer in time: the place tells where the peer hangs. */
static enum fetch_outcome timed_out(const struct fetch_end *end, struct err *err) {
    const char *what = !end->connected       ? "no connection"
                       : !end->head_complete ? "no answer"
                                             : "no complete answer";
    (void)err_set(err, -ETIMEDOUT, "%s within %lld ms", what, (long long)end->timeout_ms);
    return FETCH_TIMEOUT;
}

/* Could not connect. */
static enum fetch_outcome refused(const struct fetch_end *end, struct err *err) {
    (void)err_sys(err, end->connect_errno ? -end->connect_errno : -ECONNREFUSED, "connect");
    return FETCH_REFUSED;
}

/* TLS: the peer's certificate, ours, or the handshake. */
static enum fetch_outcome tls_failed(const struct fetch_end *end, const char *detail,
                                     struct err *err) {
    switch (end->result) {
    case CURLE_PEER_FAILED_VERIFICATION:
        (void)err_set(err, -EKEYREJECTED, "TLS: the peer's certificate is refused: %s", detail);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        (void)err_set(err, -EKEYREJECTED, "TLS: the CA file cannot be used: %s", detail);
        break;
    case CURLE_SSL_CERTPROBLEM:
        (void)err_set(err, -EKEYREJECTED, "TLS: the client certificate or key cannot be used: %s",
                      detail);
        break;
    default:
        (void)err_set(err, -EKEYREJECTED, "TLS: %s", *detail ? detail : "the handshake failed");
        break;
    }
    return FETCH_FAILED;
}

/* The connection ended before the answer did; a TLS 1.3 server refuses a client's certificate so.
 */
static enum fetch_outcome cut(const struct fetch_end *end, const char *detail, struct err *err) {
    if (strstr(detail, "alert")) {
        return tls_failed(end, detail, err);
    }
    (void)err_set(err, -ECONNRESET,
                  end->head_complete ? "the connection ended inside the answer"
                                     : "the connection ended without an answer");
    return FETCH_CUT;
}

enum fetch_outcome fetch_error_judge(const struct fetch_end *end, struct err *err) {
    char detail[CURL_ERROR_SIZE];
    detail_text(end->detail, detail);
    if (end->head_too_large || end->body_too_large) {
        return too_large(end, err);
    }
    if (end->no_memory || end->result == CURLE_OUT_OF_MEMORY) {
        (void)err_set(err, -ENOMEM, "out of memory");
        return FETCH_FAILED;
    }
    switch (end->result) {
    case CURLE_OK:
        return end->head_complete ? FETCH_OK : cut(end, "", err);
    case CURLE_FILESIZE_EXCEEDED:
        return too_large(end, err);
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(end, err);
    case CURLE_COULDNT_CONNECT:
        return refused(end, err);
    case CURLE_COULDNT_RESOLVE_HOST:
        (void)err_set(err, -EHOSTUNREACH, "the host's name does not resolve");
        return FETCH_REFUSED;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
        return cut(end, detail, err);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return tls_failed(end, detail, err);
    default:
        (void)err_set(err, -EPROTO, "not a usable HTTP answer: %s",
                      *detail ? detail : curl_easy_strerror((CURLcode)end->result));
        return FETCH_FAILED;
    }
}
