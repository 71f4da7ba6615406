#include "metrics/identity.h"

#include <string.h>

#include "model/image.h"

#define SHORT_ID 12
#define DEFAULT_TAG "latest"

static const struct container_facts *facts_of(const struct reading *r) {
    return &r->container->facts;
}

struct str identity_name(const struct reading *r, struct arena *arena) {
    (void)arena;
    return facts_of(r)->name;
}

struct str identity_service(const struct reading *r, struct arena *arena) {
    (void)arena;
    return facts_of(r)->service;
}

struct str identity_project(const struct reading *r, struct arena *arena) {
    (void)arena;
    return facts_of(r)->project;
}

struct str identity_image(const struct reading *r, struct arena *arena) {
    (void)arena;
    return facts_of(r)->image;
}

struct str identity_short_id(const struct reading *r, struct arena *arena) {
    struct str id = facts_of(r)->id;
    (void)arena;
    return str_sub(id, 0, id.len < SHORT_ID ? id.len : SHORT_ID);
}

struct str identity_cgroup(const struct reading *r, struct arena *arena) {
    const struct usage *usage = r->usage ? r->usage : r->last;
    (void)arena;
    return usage && usage->cgroup.len ? usage->cgroup : facts_of(r)->id;
}

static bool is_named(const struct image *image) {
    return image->repository.len && !image->digest.len;
}

struct str identity_tagged_image(const struct reading *r, struct arena *arena) {
    const struct container_facts *facts = facts_of(r);
    const struct image_name *known = image_names_find(r->images, facts->image_id);
    if (known && known->tag.len) {
        return known->tag;
    }
    const struct image image = image_of(facts);
    if (known || !is_named(&image)) {
        return image_short_id(facts->image_id);
    }
    if (image.tag.len) {
        return facts->image;
    }
    struct str behind = STR(":" DEFAULT_TAG);
    char *text = arena_alloc(arena, facts->image.len + behind.len);
    if (!text) {
        return STR("");
    }
    memcpy(text, facts->image.ptr, facts->image.len);
    memcpy(text + facts->image.len, behind.ptr, behind.len);
    return (struct str){.ptr = text, .len = facts->image.len + behind.len};
}

struct str identity_image_tag(const struct container_facts *facts) {
    const struct image image = image_of(facts);
    bool untagged = is_named(&image) && image.tag.len == 0;
    return untagged ? STR(DEFAULT_TAG) : image.tag;
}

struct str identity_user(const struct container_facts *facts) {
    struct str name = facts->name;
    for (size_t at = name.len; at >= 2; at--) {
        if (name.ptr[at - 1] == '-' && name.ptr[at - 2] == '-') {
            return str_sub(name, at, name.len - at);
        }
    }
    return STR("");
}
