#include "model/image.h"

#define ALGORITHM "sha256:"
#define SHORT_ID 12

static struct str without_algorithm(struct str id) {
    size_t len = sizeof(ALGORITHM) - 1;
    return str_starts(id, STR(ALGORITHM)) ? str_sub(id, len, id.len - len) : id;
}

/* A colon in front of the last slash belongs to a port. */
struct image image_parse(struct str reference) {
    struct image image = {.repository = STR("")};
    if (str_starts(reference, STR(ALGORITHM))) {
        return image;
    }
    size_t at = str_find(reference, '@', 0);
    image.repository = str_sub(reference, 0, at);
    if (at < reference.len) {
        image.digest = str_sub(reference, at + 1, reference.len - at - 1);
    }
    size_t colon = at;
    while (colon > 0 && reference.ptr[colon - 1] != ':' && reference.ptr[colon - 1] != '/') {
        colon--;
    }
    if (colon > 0 && reference.ptr[colon - 1] == ':') {
        image.tag = str_sub(reference, colon, at - colon);
        image.repository.len = colon - 1;
    }
    return image;
}

struct image image_of(const struct container_facts *facts) {
    struct str id = without_algorithm(facts->image_id);
    struct str name = without_algorithm(facts->image);
    bool is_id = name.len >= SHORT_ID && str_starts(id, name);
    return is_id ? (struct image){.repository = STR("")} : image_parse(facts->image);
}

struct str image_short_id(struct str id) {
    struct str digits = without_algorithm(id);
    digits.len = digits.len < SHORT_ID ? digits.len : SHORT_ID;
    return digits;
}
