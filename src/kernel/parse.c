#include "kernel/parse.h"

#include <assert.h>

#include "kernel/flat.h"

#define NS_OF_US UINT64_C(1000)

/* A number times scale; false when that is none within 64 bits. */
static bool scaled(struct str word, uint64_t scale, uint64_t *ret) {
    uint64_t value = 0;
    if (!str_to_u64(word, &value) || __builtin_mul_overflow(value, scale, &value)) {
        return false;
    }
    *ret = value;
    return true;
}

bool parse_number(struct str text, uint64_t *ret) {
    if (!str_ends(text, STR("\n"))) {
        return false;
    }
    text.len--;
    return str_to_u64(text, ret);
}

/* Keys on their way through a file: most of its lines fall out by their length alone. */
struct key_set {
    const struct parse_key *keys;
    uint64_t lengths; /* bit n: a key of length n is wanted */
    uint32_t wanted;  /* bit i: keys[i] has not come yet */
    uint8_t length[PARSE_KEYS_MAX];
};

/* Which of the wanted keys this is, or NULL; it is not wanted any more. */
static const struct parse_key *key_set_take(struct key_set *set, struct str key) {
    if (key.len > PARSE_KEY_LEN_MAX || !(set->lengths >> key.len & 1U)) {
        return NULL;
    }
    for (uint32_t left = set->wanted; left; left &= left - 1) {
        int i = __builtin_ctz(left);
        if (set->length[i] == key.len && memcmp(set->keys[i].key, key.ptr, key.len) == 0) {
            set->wanted &= ~(UINT32_C(1) << i);
            return &set->keys[i];
        }
    }
    return NULL;
}

void parse_keyed(struct str text, const struct parse_key *keys, size_t n, struct usage *usage) {
    assert(n <= PARSE_KEYS_MAX);
    struct key_set set = {.keys = keys};
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(keys[i].key);
        assert(len > 0 && len <= PARSE_KEY_LEN_MAX);
        set.length[i] = (uint8_t)len;
        set.lengths |= UINT64_C(1) << len;
        set.wanted |= UINT32_C(1) << i;
    }
    struct flat file = {.rest = text};
    struct str line;
    while (set.wanted && flat_line(&file, &line)) {
        size_t len = str_find(line, ' ', 0);
        const struct parse_key *key = key_set_take(&set, str_sub(line, 0, len));
        uint64_t value = 0;
        if (key && len < line.len &&
            scaled(str_sub(line, len + 1, line.len - len - 1), key->scale, &value)) {
            usage_set(usage, key->number, value);
        }
    }
}

/* What follows a name in a line: "total=" in "avg10=0.00 total=12", or nothing. */
static struct str word_after(struct str line, struct str name) {
    struct str word;
    while (flat_word(&line, &word)) {
        if (str_starts(word, name)) {
            return str_sub(word, name.len, word.len - name.len);
        }
    }
    return STR("");
}

void parse_pressure(struct str text, enum usage_number waiting, enum usage_number stalled,
                    struct usage *usage) {
    const struct {
        struct str word;
        enum usage_number number;
    } kinds[] = {{STR("some "), waiting}, {STR("full "), stalled}};
    unsigned seen = 0;
    struct flat file = {.rest = text};
    struct str line;
    while (flat_line(&file, &line)) {
        unsigned kind = str_starts(line, kinds[0].word) ? 0 : 1;
        if ((seen >> kind & 1U) || !str_starts(line, kinds[kind].word)) {
            continue;
        }
        seen |= 1U << kind;
        uint64_t ns = 0;
        if (scaled(word_after(line, STR("total=")), NS_OF_US, &ns)) {
            usage_set(usage, kinds[kind].number, ns);
        }
    }
}
