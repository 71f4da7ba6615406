#include "engine/decode.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/document.h"
#include "engine/excerpt.h"

#define FIRST_LIST_CAP 64
#define CPU_PERIOD_US INT64_C(100000) /* the kernel's own, which 0 stands for */
#define NANOCORES INT64_C(1000000000)

/* What is read of an entry of the list and of an inspect. */
static const struct excerpt_key HEALTH_KEYS[] = {{.key = "Status"}, {.key = NULL}};
static const struct excerpt_key ENTRY_HOST_KEYS[] = {{.key = "NetworkMode"}, {.key = NULL}};
static const struct excerpt_key ENTRY_KEYS[] = {
    {.key = "Id"},      {.key = "Image"},
    {.key = "ImageID"}, {.key = "State"},
    {.key = "Status"},  {.key = "Health", .within = HEALTH_KEYS},
    {.key = "Created"}, {.key = "HostConfig", .within = ENTRY_HOST_KEYS},
    {.key = "Names"},   {.key = "Labels"},
    {.key = NULL},
};
static const struct excerpt_key LOG_KEYS[] = {{.key = "Type"}, {.key = NULL}};
static const struct excerpt_key STATE_KEYS[] = {
    {.key = "Status"},     {.key = "Health", .within = HEALTH_KEYS},
    {.key = "OOMKilled"},  {.key = "StartedAt"},
    {.key = "FinishedAt"}, {.key = "Pid"},
    {.key = "ExitCode"},   {.key = NULL},
};
static const struct excerpt_key HOST_KEYS[] = {
    {.key = "LogConfig", .within = LOG_KEYS},
    {.key = "NetworkMode"},
    {.key = "NanoCpus"},
    {.key = "CpuQuota"},
    {.key = "CpuPeriod"},
    {.key = "CpuShares"},
    {.key = "Memory"},
    {.key = "MemorySwap"},
    {.key = "PidsLimit"},
    {.key = "MemoryReservation"},
    {.key = NULL},
};
static const struct excerpt_key CONFIG_KEYS[] = {
    {.key = "Image"}, {.key = "Tty"}, {.key = "Labels"}, {.key = NULL}};
static const struct excerpt_key INSPECT_KEYS[] = {
    {.key = "Id"},
    {.key = "Image"},
    {.key = "Created"},
    {.key = "Name"},
    {.key = "RestartCount"},
    {.key = "State", .within = STATE_KEYS},
    {.key = "HostConfig", .within = HOST_KEYS},
    {.key = "Config", .within = CONFIG_KEYS},
    {.key = NULL},
};

/* A text of at most DECODE_TEXT_MAX bytes into the arena, else empty. */
static struct str text(struct arena *arena, struct str s) {
    return arena_str(arena, s.len > DECODE_TEXT_MAX ? (struct str){NULL, 0} : s);
}

/* An id goes into URLs, so it may hold only letters, digits and "_.-". */
static bool id_is_usable(struct str id) {
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
              c == '-' || (c == '.' && i > 0))) {
            return false;
        }
    }
    return id.len > 0 && id.len <= DECODE_ID_MAX;
}

/* "/web" -> "web"; a name that cannot be used gives way to the id's first 12 digits. */
static struct str plain_name(struct str name, struct str id) {
    if (name.len && name.ptr[0] == '/') {
        name = str_sub(name, 1, name.len - 1);
    }
    if (name.len == 0 || name.len > DECODE_TEXT_MAX) {
        name = str_sub(id, 0, id.len < 12 ? id.len : 12);
    }
    return name;
}

/* With legacy links a container has further names, "/other/alias": the one with a single slash. */
static struct str pick_name(const json_t *names) {
    struct str best = {NULL, 0};
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *item = json_array_get(names, i);
        struct str name = {json_string_value(item), json_string_length(item)};
        bool single = name.len > 1 && name.ptr[0] == '/' && str_find(name, '/', 1) == name.len;
        if (single) {
            return name;
        }
        best = best.len ? best : name;
    }
    return best;
}

/* For qsort: byte order of the keys. */
static int by_key(const void *a, const void *b) {
    const struct container_label *x = a;
    const struct container_label *y = b;
    return str_cmp(x->key, y->key);
}

/* The labels, sorted; those beyond the limits are counted in *dropped. */
static int take_labels(json_t *labels, struct arena *arena, struct container_facts *f,
                       size_t *dropped) {
    size_t n = json_object_size(labels);
    size_t cap = n > DECODE_LABELS_MAX ? DECODE_LABELS_MAX : n;
    if (n == 0) {
        return 0;
    }
    f->labels = arena_array(arena, cap, sizeof(*f->labels));
    if (!f->labels) {
        return -ENOMEM;
    }
    const char *key = NULL;
    size_t key_len = 0;
    json_t *value = NULL;
    json_object_keylen_foreach(labels, key, key_len, value) {
        size_t len = json_string_length(value);
        if (f->n_labels == cap || !json_is_string(value) || key_len > DECODE_LABEL_BYTES_MAX ||
            len > DECODE_LABEL_BYTES_MAX) {
            *dropped += 1;
            continue;
        }
        f->labels[f->n_labels++] = (struct container_label){
            .key = arena_str(arena, (struct str){key, key_len}),
            .value = arena_str(arena, (struct str){json_string_value(value), len}),
        };
    }
    qsort(f->labels, f->n_labels, sizeof(*f->labels), by_key);
    return 0;
}

/* The value under the first of two keys that has one. */
static struct str label_or(const struct container_facts *f, struct str key, struct str other) {
    struct str value = container_label(f, key);
    value = value.len ? value : container_label(f, other);
    return value.ptr ? value : STR("");
}

/* What list and inspect say alike: labels and what is read from them. */
static int take_identity(struct container_facts *f, struct str name, json_t *labels,
                         struct arena *arena, size_t *dropped) {
    f->name = arena_str(arena, plain_name(name, f->id));
    if (take_labels(labels, arena, f, dropped) != 0) {
        return -ENOMEM;
    }
    f->project = label_or(f, STR("com.docker.compose.project"), STR("com.docker.stack.namespace"));
    f->service =
        label_or(f, STR("com.docker.compose.service"), STR("com.docker.swarm.service.name"));
    return 0;
}

/* Health as the status text has it, for Engines whose list has no Health. */
static enum container_health health_of_text(struct str status) {
    if (str_ends(status, STR("(healthy)"))) {
        return HEALTH_HEALTHY;
    }
    if (str_ends(status, STR("(unhealthy)"))) {
        return HEALTH_UNHEALTHY;
    }
    return str_ends(status, STR("(health: starting)")) ? HEALTH_STARTING : HEALTH_NONE;
}

/* "Exited (137) 5 minutes ago", "Restarting (1) 3 seconds ago": the number in brackets. */
static bool exit_code_of_text(struct str status, int64_t *ret) {
    if (!str_starts(status, STR("Exited (")) && !str_starts(status, STR("Restarting ("))) {
        return false;
    }
    size_t from = str_find(status, '(', 0) + 1;
    size_t end = str_find(status, ')', from);
    bool negative = from < end && status.ptr[from] == '-';
    from += negative;
    uint64_t code = 0;
    if (end == status.len || !str_to_u64(str_sub(status, from, end - from), &code) ||
        code > UINT32_MAX) {
        return false;
    }
    *ret = negative ? -(int64_t)code : (int64_t)code;
    return true;
}

/* One entry of the list. */
static int take_entry(json_t *entry, struct arena *arena, struct container_facts *f,
                      size_t *dropped, struct err *err) {
    struct str id = document_str(entry, "Id");
    if (!id_is_usable(id)) {
        return err_set(err, -EPROTO, "an entry without a usable Id");
    }
    f->id = arena_str(arena, id);
    f->image = text(arena, document_str(entry, "Image"));
    f->image_id = text(arena, document_str(entry, "ImageID"));
    f->state = container_state_parse(document_str(entry, "State"));
    struct str status = document_str(entry, "Status");
    struct str health = document_str(json_object_get(entry, "Health"), "Status");
    f->health = health.len ? container_health_parse(health) : health_of_text(status);
    f->network =
        container_network_parse(document_str(json_object_get(entry, "HostConfig"), "NetworkMode"));
    int64_t number = 0;
    if (document_i64(entry, "Created", &number) && number > 0 && number < INT64_MAX / NS_PER_S) {
        container_set(f, CONTAINER_CREATED_NS, number * NS_PER_S);
    }
    if (exit_code_of_text(status, &number)) {
        container_set(f, CONTAINER_EXIT_CODE, number);
    }
    if (take_identity(f, pick_name(json_object_get(entry, "Names")),
                      json_object_get(entry, "Labels"), arena, dropped) != 0) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return 0;
}

/* Room for one more container; the array moves, the facts' strings do not. */
static int grow(struct decode_list *list, size_t *cap) {
    if (list->n < *cap) {
        return 0;
    }
    size_t more = *cap ? *cap * 2 : FIRST_LIST_CAP;
    struct container_facts *grown = reallocarray(list->containers, more, sizeof(*grown));
    if (!grown) {
        return -ENOMEM;
    }
    list->containers = grown;
    *cap = more;
    return 0;
}

/* Parses one entry's bytes and puts it into the list, or counts it as refused. */
static int add_entry(struct str bytes, struct arena *arena, struct decode_list *list,
                     struct err *err) {
    CLEANUP_JSON json_t *entry = NULL;
    struct container_facts facts = {.n_labels = 0};
    struct err why = ERR_INIT;
    int rc = excerpt_parse(bytes, ENTRY_KEYS, &entry, &why);
    if (rc == 0) {
        rc = take_entry(entry, arena, &facts, &list->dropped, &why);
    }
    if (rc == -ENOMEM) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (rc == 0) {
        list->containers[list->n++] = facts;
    } else if (list->refused++ == 0) {
        err_copy(&list->why_refused, &why);
    }
    return 0;
}

/* All entries into a list whose array is on the heap. */
static int walk_list(struct str json, struct arena *arena, struct decode_list *list,
                     struct err *err) {
    size_t cap = 0;
    struct str element;
    int more = document_next(&json, &element, err);
    while (more == 1) {
        if (list->n + list->refused == DECODE_CONTAINERS_MAX) {
            return err_set(err, -EFBIG, "more than %d containers", DECODE_CONTAINERS_MAX);
        }
        if (grow(list, &cap) != 0) {
            return err_set(err, -ENOMEM, "out of memory");
        }
        if (add_entry(element, arena, list, err) != 0) {
            return err->code;
        }
        more = document_next(&json, &element, err);
    }
    return more;
}

int decode_list(struct str json, struct arena *arena, struct decode_list *ret, struct err *err) {
    struct decode_list list = {.n = 0};
    int rc = walk_list(json, arena, &list, err);
    CLEANUP_FREE struct container_facts *heap = list.containers;
    if (rc != 0) {
        return rc;
    }
    if (list.n == 0 && list.refused) {
        err_copy(err, &list.why_refused);
        return err->code;
    }
    list.containers = arena_array(arena, list.n, sizeof(*list.containers));
    if (!list.containers || arena_failed(arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (list.n) {
        memcpy(list.containers, heap, list.n * sizeof(*list.containers));
    }
    *ret = list;
    return 0;
}

/* A time field, unknown when it stands for never. */
static void take_time(const json_t *o, const char *key, struct container_facts *f,
                      enum container_number number) {
    int64_t ns = 0;
    if (clock_parse_rfc3339(document_str(o, key), &ns)) {
        container_set(f, number, ns);
    }
}

/* A field where only a positive number is a setting. */
static void take_positive(const json_t *o, const char *key, struct container_facts *f,
                          enum container_number number) {
    int64_t value = 0;
    if (document_i64(o, key, &value) && value > 0) {
        container_set(f, number, value);
    }
}

/* NanoCpus, else quota / period. */
static void take_cpu_limit(const json_t *host, struct container_facts *f) {
    int64_t quota = 0;
    int64_t period = 0;
    int64_t scaled = 0;
    take_positive(host, "NanoCpus", f, CONTAINER_CPU_LIMIT_NANOCORES);
    if (container_has(f, CONTAINER_CPU_LIMIT_NANOCORES) ||
        !document_i64(host, "CpuQuota", &quota) || quota <= 0) {
        return;
    }
    if (!document_i64(host, "CpuPeriod", &period) || period <= 0) {
        period = CPU_PERIOD_US;
    }
    if (!__builtin_mul_overflow(quota, NANOCORES, &scaled)) {
        container_set(f, CONTAINER_CPU_LIMIT_NANOCORES, scaled / period);
    }
}

/* State, with what is only true of a run that ended. */
static void take_state(const json_t *state, struct container_facts *f) {
    f->state = container_state_parse(document_str(state, "Status"));
    f->health = container_health_parse(document_str(json_object_get(state, "Health"), "Status"));
    f->oom_killed = document_true(state, "OOMKilled");
    take_time(state, "StartedAt", f, CONTAINER_STARTED_NS);
    int64_t number = 0;
    if (container_is_live(f)) {
        f->pid = document_i64(state, "Pid", &number) && number > 0 ? number : 0;
        return;
    }
    take_time(state, "FinishedAt", f, CONTAINER_FINISHED_NS);
    bool has_run = f->state == STATE_EXITED || f->state == STATE_RESTARTING ||
                   ((f->state == STATE_DEAD || f->state == STATE_REMOVING) &&
                    container_has(f, CONTAINER_STARTED_NS));
    if (has_run && document_i64(state, "ExitCode", &number)) {
        container_set(f, CONTAINER_EXIT_CODE, number);
    }
}

/* What is configured. */
static void take_config(const json_t *host, const json_t *config, struct arena *arena,
                        struct container_facts *f) {
    f->log_driver = text(arena, document_str(json_object_get(host, "LogConfig"), "Type"));
    f->network = container_network_parse(document_str(host, "NetworkMode"));
    f->tty = document_true(config, "Tty");
    take_cpu_limit(host, f);
    take_positive(host, "CpuShares", f, CONTAINER_CPU_SHARES);
    take_positive(host, "Memory", f, CONTAINER_MEM_LIMIT_BYTES);
    take_positive(host, "MemorySwap", f, CONTAINER_SWAP_LIMIT_BYTES);
    take_positive(host, "PidsLimit", f, CONTAINER_PIDS_LIMIT);
    take_positive(host, "CpuPeriod", f, CONTAINER_CPU_PERIOD_US);
    take_positive(host, "MemoryReservation", f, CONTAINER_MEM_RESERVATION_BYTES);
}

int decode_inspect(struct str json, struct arena *arena, struct container_facts *ret,
                   size_t *dropped, struct err *err) {
    CLEANUP_JSON json_t *root = NULL;
    if (excerpt_parse(json, INSPECT_KEYS, &root, err) != 0) {
        return err->code;
    }
    struct container_facts f = {.inspected = true};
    struct str id = document_str(root, "Id");
    const json_t *config = json_object_get(root, "Config");
    if (!id_is_usable(id)) {
        return err_set(err, -EPROTO, "a container without a usable Id");
    }
    f.id = arena_str(arena, id);
    f.image = text(arena, document_str(config, "Image"));
    f.image_id = text(arena, document_str(root, "Image"));
    take_time(root, "Created", &f, CONTAINER_CREATED_NS);
    take_state(json_object_get(root, "State"), &f);
    take_config(json_object_get(root, "HostConfig"), config, arena, &f);
    int64_t restarts = 0;
    if (document_i64(root, "RestartCount", &restarts) && restarts >= 0) {
        container_set(&f, CONTAINER_RESTART_COUNT, restarts);
    }
    int rc = take_identity(&f, document_str(root, "Name"), json_object_get(config, "Labels"), arena,
                           dropped);
    if (rc != 0 || arena_failed(arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = f;
    return 0;
}
