#include "model/engine_facts.h"

struct engine_facts engine_facts_copy(struct arena *arena, const struct engine_facts *facts) {
    struct engine_facts copy = *facts;
    copy.version = arena_str(arena, facts->version);
    copy.api_version = arena_str(arena, facts->api_version);
    copy.os = arena_str(arena, facts->os);
    copy.arch = arena_str(arena, facts->arch);
    copy.kernel = arena_str(arena, facts->kernel);
    copy.cgroup_version = arena_str(arena, facts->cgroup_version);
    copy.storage_driver = arena_str(arena, facts->storage_driver);
    copy.data_root = arena_str(arena, facts->data_root);
    copy.commit = arena_str(arena, facts->commit);
    copy.os_name = arena_str(arena, facts->os_name);
    copy.host_name = arena_str(arena, facts->host_name);
    copy.images = image_names_ref(facts->images);
    return copy;
}

void engine_facts_release(struct engine_facts *facts) {
    image_names_unref(facts->images);
    facts->images = NULL;
}
