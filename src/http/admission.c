#include "http/admission.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 9
#define NET64_BYTES 8

struct admission_entry {
    unsigned n;
    char key[KEY_BYTES]; /* kind, then 4 or 8 bytes of address, the rest 0 */
};

static void make_key(const struct sockaddr *peer, char key[KEY_BYTES]) {
    memset(key, 0, KEY_BYTES);
    if (peer->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, peer, sizeof(in));
        key[0] = '4';
        memcpy(key + 1, &in.sin_addr, sizeof(in.sin_addr));
    } else if (peer->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, peer, sizeof(in6));
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr);
        key[0] = mapped ? '4' : '6';
        memcpy(key + 1, in6.sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : NET64_BYTES);
    } else {
        key[0] = 'u';
    }
}

void admission_done(struct admission *a) {
    hash_done(&a->entries);
}

static struct admission_entry *entry_of(struct admission *a, const struct sockaddr *peer) {
    char key[KEY_BYTES];
    make_key(peer, key);
    struct admission_entry *entry =
        hash_get(&a->entries, (struct str){.ptr = key, .len = KEY_BYTES});
    if (entry) {
        return entry;
    }
    entry = calloc(1, sizeof(*entry));
    if (!entry) {
        return NULL;
    }
    memcpy(entry->key, key, KEY_BYTES);
    if (hash_set(&a->entries, (struct str){.ptr = entry->key, .len = KEY_BYTES}, entry) < 0) {
        free(entry);
        return NULL;
    }
    return entry;
}

struct admission_entry *admission_enter(struct admission *a, const struct sockaddr *peer) {
    if (a->max && a->n >= a->max) {
        return NULL;
    }
    struct admission_entry *entry = entry_of(a, peer);
    if (!entry || (a->max_per_address && entry->n >= a->max_per_address)) {
        return NULL;
    }
    entry->n++;
    a->n++;
    return entry;
}

void admission_leave(struct admission *a, struct admission_entry *entry) {
    a->n--;
    entry->n--;
    if (entry->n == 0) {
        (void)hash_remove(&a->entries, (struct str){.ptr = entry->key, .len = KEY_BYTES});
        free(entry);
    }
}
