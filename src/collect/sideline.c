#include "collect/sideline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collect/disk.h"
#include "collect/facts.h"

struct sideline {
    struct sideline_setup setup;
    struct facts *facts;
    struct disk *disk; /* NULL: not measured */
    int64_t since_ns;  /* the Engine answers, or is away (monotonic); 0: neither is known */
    bool away;
};

static bool is_up(const struct sideline *s) {
    return engine_status(s->setup.parts.engine)->up;
}

static void on_trouble(void *arg, const struct err *err) {
    struct sideline *s = arg;
    s->setup.trouble(s->setup.arg, err);
}

/* The disks come after the facts, which say where the Engine's data are. */
static void on_told(void *arg) {
    struct sideline *s = arg;
    if (s->disk && is_up(s)) {
        disk_engine_up(s->disk);
    }
}

static const struct engine_facts *known_facts(void *arg) {
    const struct sideline *s = arg;
    return facts_known(s->facts);
}

/* 0: they are not asked for. */
static int64_t facts_interval_ms(const struct sideline *s) {
    return s->setup.settings.system ? s->setup.settings.system_interval_ms : 0;
}

static struct facts *make_facts(struct sideline *s) {
    const struct facts_setup setup = {
        .loop = s->setup.parts.loop,
        .engine = s->setup.parts.engine,
        .tally = s->setup.parts.tally,
        .interval_ms = facts_interval_ms(s),
        .trouble = on_trouble,
        .told = on_told,
        .arg = s,
    };
    return facts_new(&setup);
}

static struct disk *make_disk(struct sideline *s) {
    const struct kernel *kernel = s->setup.parts.kernel;
    const struct disk_setup setup = {
        .loop = s->setup.parts.loop,
        .engine = s->setup.parts.engine,
        .work = s->setup.parts.work,
        .host_root = kernel ? kernel_host(kernel)->root.ptr : NULL,
        .tally = s->setup.parts.tally,
        .interval_ms = s->setup.settings.disk_interval_ms,
        .retry_ms = s->setup.settings.disk_retry_ms,
        .facts = known_facts,
        .trouble = on_trouble,
        .arg = s,
    };
    return disk_new(&setup);
}

struct sideline *sideline_new(const struct sideline_setup *setup) {
    struct sideline *s = calloc(1, sizeof(*s));
    if (!s) {
        return NULL;
    }
    bool disk = setup->settings.disk_interval_ms > 0;
    s->setup = *setup;
    s->facts = make_facts(s);
    s->disk = disk ? make_disk(s) : NULL;
    if (!s->facts || (disk && !s->disk)) {
        sideline_free(s);
        return NULL;
    }
    return s;
}

void sideline_free(struct sideline *s) {
    if (s) {
        disk_free(s->disk);
        facts_free(s->facts);
        free(s);
    }
}

static bool awaits_facts(const struct sideline *s) {
    return s->setup.settings.system && facts_duration_ns(s->facts) < 0;
}

/* Begins to measure disks, or leaves it. */
static void switch_disk(struct sideline *s) {
    if (s->disk) {
        disk_engine_away(s->disk);
        disk_free(s->disk);
        s->disk = NULL;
        return;
    }
    s->disk = make_disk(s);
    if (!s->disk) {
        struct err err = ERR_INIT;
        (void)err_set(&err, -ENOMEM, "disk usage: out of memory");
        on_trouble(s, &err);
    } else if (is_up(s) && !awaits_facts(s)) {
        disk_engine_up(s->disk);
    }
}

void sideline_adopt(struct sideline *s, const struct collect_settings *settings) {
    s->setup.settings = *settings;
    facts_set_interval(s->facts, facts_interval_ms(s));
    if ((settings->disk_interval_ms > 0) != (s->disk != NULL)) {
        switch_disk(s);
    } else if (s->disk) {
        disk_set_interval(s->disk, settings->disk_interval_ms);
    }
}

void sideline_engine_changed(struct sideline *s) {
    bool away = !is_up(s);
    if (!s->since_ns || away != s->away) {
        s->since_ns = clock_mono_ns();
    }
    s->away = away;
    if (s->disk && away) {
        disk_engine_away(s->disk);
    } else if (s->disk && !awaits_facts(s)) {
        disk_engine_up(s->disk);
    }
}

void sideline_ask(struct sideline *s) {
    facts_refresh(s->facts);
}

/* What the Engine has said of itself is forgotten when it is away for too long. */
void sideline_fill(struct sideline *s, struct snapshot *snapshot) {
    int64_t oldest_ns = clock_mono_ns() - s->setup.settings.resync_ms * NS_PER_MS;
    if (s->away && s->since_ns < oldest_ns) {
        facts_forget(s->facts);
    }
    snapshot->engine_up = is_up(s);
    snapshot->engine = engine_facts_copy(&snapshot->arena, facts_known(s->facts));
    snapshot->duration_ns[COLLECTOR_SYSTEM] = facts_duration_ns(s->facts);
    snapshot->measures_disk = s->disk != NULL;
    if (!s->disk) {
        return;
    }
    struct storage *storage = disk_storage(s->disk);
    struct filesystems *filesystems = disk_filesystems(s->disk);
    snapshot->storage = storage ? storage_ref(storage) : NULL;
    snapshot->filesystems = filesystems ? filesystems_ref(filesystems) : NULL;
    snapshot->duration_ns[COLLECTOR_DISK] = disk_duration_ns(s->disk);
}

bool sideline_is_starting(const struct sideline *s) {
    int64_t until_ns = s->since_ns + s->setup.settings.timeout_ms * NS_PER_MS;
    return awaits_facts(s) || (s->disk && disk_is_starting(s->disk) && clock_mono_ns() < until_ns);
}
