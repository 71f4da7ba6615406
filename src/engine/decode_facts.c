#include "engine/decode.h"

#include <errno.h>
#include <jansson.h>

#include "engine/document.h"

/* A text that is not known yet, of at most DECODE_TEXT_MAX bytes, into the arena. */
static void fill(struct str *to, const json_t *o, const char *key, struct arena *arena) {
    struct str value = document_str(o, key);
    if (to->len == 0 && value.len <= DECODE_TEXT_MAX) {
        *to = arena_str(arena, value);
    }
}

/* Whether one of the components is Podman's. */
static bool names_podman(const json_t *components) {
    for (size_t i = 0; i < json_array_size(components); i++) {
        if (str_starts(document_str(json_array_get(components, i), "Name"), STR("Podman"))) {
            return true;
        }
    }
    return false;
}

int decode_version(struct str json, struct arena *arena, struct engine_facts *facts, bool *podman,
                   struct err *err) {
    CLEANUP_JSON json_t *root = NULL;
    if (document_object(json, &root, err) != 0) {
        return err->code;
    }
    fill(&facts->version, root, "Version", arena);
    fill(&facts->api_version, root, "ApiVersion", arena);
    fill(&facts->os, root, "Os", arena);
    fill(&facts->arch, root, "Arch", arena);
    fill(&facts->kernel, root, "KernelVersion", arena);
    fill(&facts->commit, root, "GitCommit", arena);
    *podman = names_podman(json_object_get(root, "Components"));
    return arena_failed(arena) ? err_set(err, -ENOMEM, "out of memory") : 0;
}

int decode_info(struct str json, struct arena *arena, struct engine_facts *facts, struct err *err) {
    CLEANUP_JSON json_t *root = NULL;
    if (document_object(json, &root, err) != 0) {
        return err->code;
    }
    fill(&facts->version, root, "ServerVersion", arena);
    fill(&facts->os, root, "OSType", arena);
    fill(&facts->arch, root, "Architecture", arena);
    fill(&facts->kernel, root, "KernelVersion", arena);
    fill(&facts->cgroup_version, root, "CgroupVersion", arena);
    fill(&facts->storage_driver, root, "Driver", arena);
    fill(&facts->data_root, root, "DockerRootDir", arena);
    fill(&facts->os_name, root, "OperatingSystem", arena);
    fill(&facts->host_name, root, "Name", arena);
    uint64_t value = 0;
    if (document_u64(root, "NCPU", &value) && value > 0) {
        engine_facts_set(facts, ENGINE_CPU_CORES, value);
    }
    if (document_u64(root, "MemTotal", &value) && value > 0) {
        engine_facts_set(facts, ENGINE_MEMORY_BYTES, value);
    }
    struct str swarm = document_str(json_object_get(root, "Swarm"), "LocalNodeState");
    if (swarm.len) {
        engine_facts_set(facts, ENGINE_SWARM_ACTIVE, str_eq(swarm, STR("active")));
    }
    return arena_failed(arena) ? err_set(err, -ENOMEM, "out of memory") : 0;
}

int decode_count(struct str json, uint64_t *ret, struct err *err) {
    struct str element;
    uint64_t n = 0;
    int more = document_next(&json, &element, err);
    while (more == 1) {
        CLEANUP_JSON json_t *entry = NULL;
        if (document_parse(element, &entry, err) != 0) {
            return err->code;
        }
        n++;
        more = document_next(&json, &element, err);
    }
    if (more == 0) {
        *ret = n;
    }
    return more;
}

int decode_volumes(struct str json, uint64_t *ret, struct err *err) {
    CLEANUP_JSON json_t *root = NULL;
    if (document_object(json, &root, err) != 0) {
        return err->code;
    }
    const json_t *volumes = json_object_get(root, "Volumes");
    if (!json_is_array(volumes) && !json_is_null(volumes)) {
        return err_set(err, -EPROTO, "volumes that are no array");
    }
    *ret = json_array_size(volumes);
    return 0;
}

/* Writes s escaped into out as one line; ends with "..." when it does not fit. */
static void one_line(struct str s, char *out, size_t cap) {
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t at = 0; at < s.len;) {
        size_t len = str_utf8_len(s, at);
        unsigned char c = (unsigned char)s.ptr[at];
        char escaped[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
        bool space = c == '\n' || c == '\r' || c == '\t';
        bool plain = len > 1 || (len == 1 && c >= 0x20 && c != 0x7F);
        struct str piece = {escaped, sizeof(escaped)};
        if (plain || space) {
            piece = plain ? str_sub(s, at, len) : STR(" ");
        }
        if (n + piece.len + sizeof("...") > cap) {
            memcpy(out + n, "...", 3);
            n += 3;
            break;
        }
        memcpy(out + n, piece.ptr, piece.len);
        n += piece.len;
        at += len ? len : 1;
    }
    out[n] = '\0';
}

void decode_message(struct str body, char *out, size_t cap) {
    CLEANUP_JSON json_t *root = NULL;
    struct err ignored = ERR_INIT;
    struct str text = str_trim(body);
    while (text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r')) {
        text.len--;
    }
    if (str_starts(text, STR("<"))) {
        text.len = 0;
    } else if (str_starts(text, STR("{"))) {
        text.len = 0;
        if (document_parse(body, &root, &ignored) == 0) {
            text = document_str(root, "message");
        }
    }
    one_line(text, out, cap);
}
