#include "model/rates.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

#define NS UINT64_C(1000000000)

/* One container: its newest reading, and the rate up to it. */
struct rate {
    struct str id; /* behind the struct */
    uint64_t round;
    int64_t started_ns;
    int64_t read_ns;
    uint64_t cpu_ns;
    uint64_t nanocores;
    bool known;
};

struct rates {
    struct hash by_id;
    uint64_t round;
};

struct rates *rates_new(void) {
    return calloc(1, sizeof(struct rates));
}

void rates_free(struct rates *rates) {
    if (!rates) {
        return;
    }
    size_t at = 0;
    struct rate *rate = hash_next(&rates->by_id, &at);
    for (; rate; rate = hash_next(&rates->by_id, &at)) {
        free(rate);
    }
    hash_done(&rates->by_id);
    free(rates);
}

/* The container's rate, made when there is none; NULL: memory is out. */
static struct rate *rate_of(struct rates *rates, struct str id) {
    struct rate *rate = hash_get(&rates->by_id, id);
    if (rate) {
        return rate;
    }
    rate = calloc(1, sizeof(*rate) + id.len + 1);
    if (!rate) {
        return NULL;
    }
    char *copy = (char *)(rate + 1);
    memcpy(copy, id.ptr, id.len);
    rate->id = (struct str){.ptr = copy, .len = id.len};
    if (hash_set(&rates->by_id, rate->id, rate) < 0) {
        free(rate);
        return NULL;
    }
    return rate;
}

static int64_t started_of(const struct container_facts *facts) {
    return container_has(facts, CONTAINER_STARTED_NS) ? facts->number[CONTAINER_STARTED_NS] : 0;
}

/* Goes from the last reading to this one. */
static void advance(struct rate *rate, const struct container_facts *facts,
                    const struct usage *usage) {
    uint64_t cpu_ns = usage->number[USAGE_CPU_NS];
    int64_t started_ns = started_of(facts);
    if (rate->read_ns == usage->read_unix_ns && rate->started_ns == started_ns) {
        return;
    }
    rate->known = rate->read_ns != 0 && rate->started_ns == started_ns &&
                  usage->read_unix_ns > rate->read_ns && cpu_ns >= rate->cpu_ns;
    if (rate->known) {
        uint64_t took_ns = (uint64_t)(usage->read_unix_ns - rate->read_ns);
        unsigned __int128 scaled = (unsigned __int128)(cpu_ns - rate->cpu_ns) * NS / took_ns;
        rate->nanocores = scaled > UINT64_MAX ? UINT64_MAX : (uint64_t)scaled;
    }
    rate->started_ns = started_ns;
    rate->read_ns = usage->read_unix_ns;
    rate->cpu_ns = cpu_ns;
}

/* Forgets those that the present round has not seen. */
static void sweep(struct rates *rates) {
    size_t at = 0;
    struct rate *rate = hash_next(&rates->by_id, &at);
    for (; rate; rate = hash_next(&rates->by_id, &at)) {
        if (rate->round != rates->round) {
            free(hash_remove(&rates->by_id, rate->id));
        }
    }
}

int rates_take(struct rates *rates, const struct snapshot *snapshot) {
    int rc = 0;
    rates->round++;
    for (size_t i = 0; i < snapshot->n; i++) {
        const struct reading *r = &snapshot->readings[i];
        const struct container_facts *facts = &r->container->facts;
        struct rate *rate = container_is_live(facts) ? rate_of(rates, facts->id) : NULL;
        if (!rate) {
            rc = container_is_live(facts) ? -ENOMEM : rc;
            continue;
        }
        rate->round = rates->round;
        if (r->usage && usage_has(r->usage, USAGE_CPU_NS) && r->usage->read_unix_ns) {
            advance(rate, facts, r->usage);
        }
    }
    sweep(rates);
    return rc;
}

bool rates_cpu(const struct rates *rates, const struct container_facts *facts,
               uint64_t *ret_nanocores) {
    const struct rate *rate = hash_get(&rates->by_id, facts->id);
    if (!rate || !rate->known || rate->started_ns != started_of(facts)) {
        return false;
    }
    *ret_nanocores = rate->nanocores;
    return true;
}
