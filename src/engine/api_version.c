#include "engine/api_version.h"

#include <stdio.h>

bool api_version_parse(struct str s, struct api_version *ret) {
    struct str rest = str_trim(s);
    struct str part;
    uint64_t number[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        if (!str_split(&rest, '.', &part) || !str_to_u64(part, &number[i]) ||
            number[i] > UINT16_MAX) {
            return false;
        }
    }
    if (rest.ptr || number[0] == 0) {
        return false;
    }
    *ret = (struct api_version){(uint16_t)number[0], (uint16_t)number[1]};
    return true;
}

int api_version_cmp(struct api_version a, struct api_version b) {
    return a.major != b.major ? (int)a.major - (int)b.major : (int)a.minor - (int)b.minor;
}

struct api_version api_version_negotiate(struct api_version theirs) {
    return api_version_cmp(theirs, API_VERSION_NEWEST) < 0 ? theirs : API_VERSION_NEWEST;
}

const char *api_version_text(struct api_version v, char buf[API_VERSION_TEXT_MAX]) {
    buf[0] = '\0';
    if (v.major) {
        (void)snprintf(buf, API_VERSION_TEXT_MAX, "%u.%u", (unsigned)v.major, (unsigned)v.minor);
    }
    return buf;
}

bool api_version_bound(struct str message, struct api_version *ret) {
    static const char lead[] = "supported API version is ";
    size_t client = str_search(message, STR("client version"));
    size_t at = str_search(message, STR("supported API version is "));
    if (client == SIZE_MAX || at == SIZE_MAX) {
        return false;
    }
    size_t from = at + sizeof(lead) - 1;
    size_t end = from;
    while (end < message.len && ((message.ptr[end] >= '0' && message.ptr[end] <= '9') ||
                                 (message.ptr[end] == '.' && end + 1 < message.len &&
                                  message.ptr[end + 1] >= '0' && message.ptr[end + 1] <= '9'))) {
        end++;
    }
    return api_version_parse(str_sub(message, from, end - from), ret);
}

/* The number at the start of s, which moves behind it and a dot; false when there is none. */
static bool leading_number(struct str *s, uint64_t *ret) {
    size_t len = 0;
    while (len < s->len && s->ptr[len] >= '0' && s->ptr[len] <= '9') {
        len++;
    }
    if (!str_to_u64(str_sub(*s, 0, len), ret)) {
        return false;
    }
    len += len < s->len && s->ptr[len] == '.';
    *s = str_sub(*s, len, s->len - len);
    return true;
}

bool api_version_is_direct(struct str engine_version, struct api_version api) {
    uint64_t v[3] = {0, 0, 0};
    struct str rest = engine_version;
    if (!leading_number(&rest, &v[0]) || !leading_number(&rest, &v[1])) {
        return api_version_cmp(api, API_VERSION_DIRECT) >= 0;
    }
    (void)leading_number(&rest, &v[2]);
    if (v[0] == 23 || v[0] == 24) {
        return v[1] > 0 || v[2] >= (v[0] == 23 ? 8 : 7);
    }
    return v[0] >= 25;
}
