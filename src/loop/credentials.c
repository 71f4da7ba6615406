#include "loop/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "loop/fetcher.h"

/* A pipe is not read: whoever comes next would find it empty. */
static void read_plain(const char *path, struct buf *out) {
    int fd CLEANUP_FD = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
        (size_t)st.st_size > CREDENTIALS_FILE_MAX) {
        return;
    }
    size_t size = (size_t)st.st_size;
    char *to = buf_reserve(out, size);
    ssize_t n = to ? read(fd, to, size) : -1;
    out->len = n == (ssize_t)size ? size : 0;
}

void credentials_read(struct credentials *held, const struct fetch_target *target) {
    credentials_done(held);
    read_plain(target->ca_file, &held->ca);
    read_plain(target->cert_file, &held->cert);
    read_plain(target->key_file, &held->key);
}

void credentials_done(struct credentials *held) {
    if (held->key.data) {
        explicit_bzero(held->key.data, held->key.cap);
    }
    buf_done(&held->ca);
    buf_done(&held->cert);
    buf_done(&held->key);
    *held = (struct credentials){.ca = BUF_INIT, .cert = BUF_INIT, .key = BUF_INIT};
}

static bool is_forbidden(const char *path) {
    return access(path, R_OK) < 0 && errno == EACCES;
}

static CURLcode set_blob(CURL *easy, CURLoption option, const struct buf *bytes) {
    struct curl_blob blob = {.data = bytes->data, .len = bytes->len, .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(easy, option, &blob);
}

static CURLcode set_ca(CURL *easy, const struct fetch_target *target) {
    const struct credentials *held = target->held;
    if (!target->ca_file) {
        return CURLE_OK;
    }
    return held && held->ca.len && is_forbidden(target->ca_file)
               ? set_blob(easy, CURLOPT_CAINFO_BLOB, &held->ca)
               : curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca_file);
}

/* A certificate and its key belong together: a renewed one is no use with the key of before. */
static CURLcode set_pair(CURL *easy, const struct fetch_target *target) {
    const struct credentials *held = target->held;
    if (!target->cert_file || !target->key_file) {
        return CURLE_OK;
    }
    bool from_held = held && held->cert.len && held->key.len &&
                     (is_forbidden(target->cert_file) || is_forbidden(target->key_file));
    CURLcode rc = from_held ? set_blob(easy, CURLOPT_SSLCERT_BLOB, &held->cert)
                            : curl_easy_setopt(easy, CURLOPT_SSLCERT, target->cert_file);
    if (rc != CURLE_OK) {
        return rc;
    }
    return from_held ? set_blob(easy, CURLOPT_SSLKEY_BLOB, &held->key)
                     : curl_easy_setopt(easy, CURLOPT_SSLKEY, target->key_file);
}

CURLcode credentials_set(CURL *easy, const struct fetch_target *target) {
    CURLcode rc = set_ca(easy, target);
    return rc == CURLE_OK ? set_pair(easy, target) : rc;
}
