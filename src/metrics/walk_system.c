/* The rows of the Engine, the exporter and this process: all series without a container. */
#include "base/buf.h"
#include "base/cleanup.h"
#include "metrics/walk.h"

static void sample(struct walk *w, const struct label *own, size_t n, struct value value) {
    walk_sample(w, &w->globals, own, n, value);
}

/* One sample under labels[0]="value" of the row. */
static void sample_of(struct walk *w, const struct row *row, const char *value, struct value v) {
    struct label own = {.name = str_of(row->labels[0]), .value = str_of(value)};
    sample(w, &own, 1, v);
}

/* The constant 1 under all labels of the row, in their order. */
static void sample_info(struct walk *w, const struct row *row, const struct str *values, size_t n) {
    struct label own[ROW_LABELS_MAX];
    for (size_t i = 0; i < n; i++) {
        own[i] = (struct label){.name = str_of(row->labels[i]), .value = values[i]};
    }
    sample(w, own, n, value_u64(1));
}

void walk_engine(struct walk *w, const struct row *row) {
    const struct engine_facts *engine = &w->snapshot->engine;
    if (engine_facts_has(engine, (enum engine_number)row->number)) {
        sample(w, NULL, 0, value_u64(engine->number[row->number]));
    }
}

void walk_machine_size(struct walk *w, const struct row *row) {
    uint64_t v = walk_machine_number(w, (enum engine_number)row->number);
    if (v) {
        sample(w, NULL, 0, value_u64(v));
    }
}

void walk_process(struct walk *w, const struct row *row) {
    const struct process_figures *process = w->in->process;
    if (process && (process->have >> row->number & 1U)) {
        sample(w, NULL, 0,
               (struct value){.integer = process->number[row->number], .decimals = row->decimals});
    }
}

void walk_containers_by_state(struct walk *w, const struct row *row) {
    if (!w->snapshot->states_known) {
        return;
    }
    for (int state = STATE_UNKNOWN + 1; state < STATE_COUNT; state++) {
        sample_of(w, row, container_state_word((enum container_state)state),
                  value_u64(w->snapshot->by_state[state]));
    }
}

/* As the reference predecessor counts: whatever neither runs nor is paused is stopped. */
void walk_containers_by_three(struct walk *w, const struct row *row) {
    if (!w->snapshot->states_known) {
        return;
    }
    uint64_t stopped = 0;
    for (int state = 0; state < STATE_COUNT; state++) {
        if (state != STATE_RUNNING && state != STATE_PAUSED) {
            stopped += w->snapshot->by_state[state];
        }
    }
    sample_of(w, row, "running", value_u64(w->snapshot->by_state[STATE_RUNNING]));
    sample_of(w, row, "paused", value_u64(w->snapshot->by_state[STATE_PAUSED]));
    sample_of(w, row, "stopped", value_u64(stopped));
}

void walk_engine_info(struct walk *w, const struct row *row) {
    const struct engine_facts *engine = &w->snapshot->engine;
    const struct str values[] = {engine->version,       engine->api_version, engine->os,
                                 engine->arch,          engine->kernel,      engine->cgroup_version,
                                 engine->storage_driver};
    if (engine->version.len) {
        sample_info(w, row, values, sizeof(values) / sizeof(values[0]));
    }
}

void walk_build_info(struct walk *w, const struct row *row) {
    const struct build_info *build = w->build;
    const struct str values[] = {build->version, build->commit, build->build_date, build->compiler};
    sample_info(w, row, values, sizeof(values) / sizeof(values[0]));
}

void walk_up(struct walk *w, const struct row *row) {
    (void)row;
    sample(w, NULL, 0, value_u64(w->snapshot->engine_up));
}

void walk_durations(struct walk *w, const struct row *row) {
    for (int i = 0; i < COLLECTOR_COUNT; i++) {
        int64_t ns = w->snapshot->duration_ns[i];
        if (ns >= 0) {
            sample_of(w, row, collector_word((enum collector)i), value_nano((uint64_t)ns));
        }
    }
}

void walk_errors(struct walk *w, const struct row *row) {
    for (int i = 0; i < COLLECTOR_COUNT; i++) {
        if (i != COLLECTOR_DISK || w->snapshot->measures_disk) {
            sample_of(w, row, collector_word((enum collector)i),
                      value_u64(w->snapshot->tally.errors[i]));
        }
    }
}

/* Left out when the selection needs no usage: then none was asked for, which says nothing. */
void walk_sources(struct walk *w, const struct row *row) {
    static const enum source order[] = {SOURCE_KERNEL, SOURCE_ENGINE, SOURCE_NONE};
    uint64_t n[SOURCE_COUNT] = {0};
    for (size_t i = 0; i < w->snapshot->n; i++) {
        const struct usage *usage = w->snapshot->readings[i].usage;
        n[usage ? usage->source : SOURCE_NONE]++;
    }
    for (size_t i = 0; w->usage_wanted && i < sizeof(order) / sizeof(order[0]); i++) {
        sample_of(w, row, source_word(order[i]), value_u64(n[order[i]]));
    }
}

/* The calls of one endpoint, by HTTP status or the word for how they ended. */
static void endpoint_requests(struct walk *w, const struct row *row, enum endpoint endpoint) {
    for (size_t i = 0; i < TALLY_CODES; i++) {
        const struct tally_code *slot = &w->snapshot->tally.calls[endpoint][i];
        if (slot->code == 0) {
            break;
        }
        char digits[20];
        struct buf status = {.data = digits, .cap = sizeof(digits), .max = sizeof(digits)};
        buf_u64(&status, slot->code);
        const char *word = call_outcome_word(slot->code);
        const struct label own[] = {
            {.name = str_of(row->labels[0]), .value = str_of(endpoint_word(endpoint))},
            {.name = str_of(row->labels[1]), .value = word ? str_of(word) : buf_view(&status)},
        };
        sample(w, own, 2, value_u64(slot->n));
    }
}

void walk_requests(struct walk *w, const struct row *row) {
    for (int i = 0; i < ENDPOINT_COUNT; i++) {
        endpoint_requests(w, row, (enum endpoint)i);
    }
}

void walk_filter_cut(struct walk *w, const struct row *row) {
    (void)row;
    sample(w, NULL, 0, value_u64(w->snapshot->tally.filter_cut));
}

void walk_dropped(struct walk *w, const struct row *row) {
    (void)row;
    sample(w, NULL, 0, value_u64(w->snapshot->tally.dropped));
}

void walk_files_refused(struct walk *w, const struct row *row) {
    (void)row;
    sample(w, NULL, 0, value_u64(w->snapshot->tally.files_refused));
}

void walk_rejected(struct walk *w, const struct row *row) {
    for (int i = 0; i < REJECTION_COUNT; i++) {
        sample_of(w, row, rejection_word((enum rejection)i),
                  value_u64(w->snapshot->tally.rejected[i]));
    }
}

void walk_label_collisions(struct walk *w, const struct row *row) {
    (void)row;
    if (w->labels_listed) {
        sample(w, NULL, 0, value_u64(w->labels_left_out));
    }
}

void walk_load_successful(struct walk *w, const struct row *row) {
    (void)row;
    if (w->in->load) {
        sample(w, NULL, 0, value_u64(w->in->load->successful));
    }
}

void walk_load_time(struct walk *w, const struct row *row) {
    (void)row;
    if (w->in->load) {
        sample(w, NULL, 0, walk_time(w->in->load->success_unix_ns));
    }
}

void walk_one(struct walk *w, const struct row *row) {
    (void)row;
    sample(w, NULL, 0, value_u64(1));
}

/* Nothing before the containers were seen for the first time. */
void walk_taken(struct walk *w, const struct row *row) {
    (void)row;
    if (w->snapshot->taken_unix_ns) {
        sample(w, NULL, 0, walk_time(w->snapshot->taken_unix_ns));
    }
}

void walk_all_containers(struct walk *w, const struct row *row) {
    (void)row;
    uint64_t n = 0;
    for (int state = 0; state < STATE_COUNT; state++) {
        n += w->snapshot->by_state[state];
    }
    if (w->snapshot->states_known) {
        sample(w, NULL, 0, value_u64(n));
    }
}

void walk_running_containers(struct walk *w, const struct row *row) {
    (void)row;
    if (w->snapshot->states_known) {
        sample(w, NULL, 0, value_u64(w->snapshot->by_state[STATE_RUNNING]));
    }
}

#define SHORT_COMMIT 7

/* "24.0.4 (build 3713ee1)", as the docker command says it. */
void walk_docker_version(struct walk *w, const struct row *row) {
    const struct engine_facts *engine = &w->snapshot->engine;
    CLEANUP_BUF struct buf text = BUF_INIT;
    if (!engine->version.len) {
        return;
    }
    buf_str(&text, engine->version);
    if (engine->commit.len) {
        size_t len = engine->commit.len < SHORT_COMMIT ? engine->commit.len : SHORT_COMMIT;
        buf_fmt(&text, " (build %.*s)", (int)len, engine->commit.ptr);
    }
    sample_of(w, row, buf_cstr(&text), value_u64(1));
}

void walk_duration(struct walk *w, const struct row *row) {
    (void)row;
    int64_t ns = w->snapshot->duration_ns[COLLECTOR_CONTAINER];
    if (ns >= 0) {
        sample(w, NULL, 0, value_nano((uint64_t)ns));
    }
}

void walk_read_containers(struct walk *w, const struct row *row) {
    (void)row;
    uint64_t n = 0;
    for (size_t i = 0; i < w->snapshot->n; i++) {
        n += w->snapshot->readings[i].usage != NULL;
    }
    if (w->usage_wanted) {
        sample(w, NULL, 0, value_u64(n));
    }
}

/* A loop of ours that fails ends the program, so the last one is always 0. */
void walk_error_types(struct walk *w, const struct row *row) {
    const uint64_t *errors = w->snapshot->tally.errors;
    sample_of(w, row, "container_stats", value_u64(errors[COLLECTOR_CONTAINER]));
    sample_of(w, row, "docker_api", value_u64(errors[COLLECTOR_SYSTEM]));
    sample_of(w, row, "collection_loop", value_u64(0));
}
