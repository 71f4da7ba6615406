#include "http/auth.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* Credentials beyond this are refused unread; the head's limit is 16 kB in all. */
#define CODED_MAX 4096

static bool digest(struct str s, unsigned char ret[AUTH_DIGEST_BYTES]) {
    unsigned len = 0;
    return EVP_Digest(s.ptr, s.len, ret, &len, EVP_sha256(), NULL) == 1 && len == AUTH_DIGEST_BYTES;
}

int auth_init(struct auth *a, const char *username, const char *password, struct err *err) {
    *a = (struct auth){.wanted = username != NULL};
    if (!username) {
        return 0;
    }
    if (strchr(username, ':')) {
        return err_set(err, -EINVAL, "the user name must not have a ':'");
    }
    struct buf pair CLEANUP_BUF = BUF_INIT;
    buf_fmt(&pair, "%s:%s", username, password ? password : "");
    bool good = !buf_failed(&pair) && digest(buf_view(&pair), a->digest);
    if (pair.data) {
        OPENSSL_cleanse(pair.data, pair.len);
    }
    return good ? 0 : err_sys(err, -ENOMEM, "authentication");
}

/* Strict base64 of whole groups; the length of what it holds, or -1. */
static int decode(struct str coded, unsigned char *ret) {
    if (coded.len == 0 || coded.len % 4 || coded.len > CODED_MAX) {
        return -1;
    }
    int len = EVP_DecodeBlock(ret, (const unsigned char *)coded.ptr, (int)coded.len);
    for (size_t i = 0; i < 2 && coded.ptr[coded.len - 1 - i] == '='; i++) {
        len--;
    }
    return len;
}

bool auth_passes(const struct auth *a, struct str header) {
    if (!a->wanted) {
        return true;
    }
    struct str coded = header;
    struct str scheme;
    if (!str_split(&coded, ' ', &scheme) || !str_eq_nocase(scheme, STR("Basic")) || !coded.ptr) {
        return false;
    }
    unsigned char pair[CODED_MAX / 4 * 3];
    unsigned char got[AUTH_DIGEST_BYTES];
    int len = decode(str_trim(coded), pair);
    bool good = len >= 0 &&
                digest((struct str){.ptr = (const char *)pair, .len = (size_t)len}, got) &&
                CRYPTO_memcmp(got, a->digest, sizeof(got)) == 0;
    OPENSSL_cleanse(pair, sizeof(pair));
    return good;
}
