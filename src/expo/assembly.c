#include "expo/assembly.h"

#include "base/cleanup.h"
#include "expo/parse.h"

void assembly_init(struct assembly *a, enum expo_format format, struct arena *arena,
                   struct fault *fault) {
    *a = (struct assembly){.page = {.format = format}, .arena = arena, .fault = fault};
    metrics_init(&a->metrics, format);
}

void assembly_done(struct assembly *a) {
    metrics_done(&a->metrics);
    hash_done(&a->names);
    arena_done(&a->name_arena);
}

static size_t line_of(const struct assembly *a, const struct expo_family *f) {
    return fault_line(a->fault, f->name.ptr);
}

/* Takes a name for the family; *ret_owner is another one that has it already, or NULL. */
static int take_name(struct assembly *a, struct expo_family *f, struct str name,
                     const struct expo_family **ret_owner) {
    const struct expo_family *owner = hash_get(&a->names, name);
    *ret_owner = owner != f ? owner : NULL;
    return !owner && hash_set(&a->names, name, f) < 0 ? fault_memory(a->fault) : 0;
}

/* Takes the family's own name. */
static int take_own_name(struct assembly *a, struct expo_family *f) {
    const struct expo_family *owner = NULL;
    int r = take_name(a, f, f->name, &owner);
    if (r < 0 || !owner) {
        return r;
    }
    if (str_eq(owner->name, f->name)) {
        return fault_set(a->fault, f->name.ptr,
                         "the family %.*s began in line %zu, and another one stands between; the "
                         "lines of a family stand together",
                         FAULT_ARG(f->name), line_of(a, owner));
    }
    return fault_set(a->fault, f->name.ptr, "%.*s is a sample of the %s %.*s of line %zu",
                     FAULT_ARG(f->name), type_word(owner->type, a->page.format),
                     FAULT_ARG(owner->name), line_of(a, owner));
}

/* Takes the name of the family's samples with that suffix. */
static int take_sample_name(struct assembly *a, struct expo_family *f, struct str suffix) {
    const struct expo_family *owner = NULL;
    size_t len = f->name.len + suffix.len;
    char *name = arena_alloc(&a->name_arena, len);
    if (!name) {
        return fault_memory(a->fault);
    }
    memcpy(name, f->name.ptr, f->name.len);
    memcpy(name + f->name.len, suffix.ptr, suffix.len);
    int r = take_name(a, f, (struct str){.ptr = name, .len = len}, &owner);
    if (r < 0 || !owner) {
        return r;
    }
    return fault_set(a->fault, f->name.ptr,
                     "%.*s%.*s is a sample of this %s, but belongs to the family %.*s of line %zu",
                     FAULT_ARG(f->name), STR_ARG(suffix), type_word(f->type, a->page.format),
                     FAULT_ARG(owner->name), line_of(a, owner));
}

/* A unit is the end of its family's name. */
static int check_unit(struct assembly *a, const struct expo_family *f) {
    struct str unit = f->unit;
    if (unit.len == 0) {
        return 0;
    }
    if (f->type == EXPO_INFO || f->type == EXPO_STATESET) {
        return fault_set(a->fault, unit.ptr, "the type %s has no unit",
                         type_word(f->type, EXPO_OPENMETRICS));
    }
    bool fits = str_ends(f->name, unit) && f->name.len > unit.len &&
                f->name.ptr[f->name.len - unit.len - 1] == '_';
    return fits ? 0
                : fault_set(a->fault, unit.ptr, "the name %.*s does not end in its unit, _%.*s",
                            FAULT_ARG(f->name), FAULT_ARG(unit));
}

/* The lines in front of the family's samples are over. */
static int settle(struct assembly *a) {
    a->settled = true;
    metrics_begin(&a->metrics, a->family);
    int r = check_unit(a, a->family);
    for (size_t i = 0; r == 0 && i < a->metrics.n_suffixes; i++) {
        r = take_sample_name(a, a->family, a->metrics.suffixes[i]->text);
    }
    return r;
}

int assembly_close(struct assembly *a) {
    int r = !a->family || a->settled ? 0 : settle(a);
    r = r < 0 || !a->family ? r : metrics_end(&a->metrics, a->fault);
    a->family = NULL;
    return r;
}

int assembly_open(struct assembly *a, struct str name) {
    int r = assembly_close(a);
    if (r < 0) {
        return r;
    }
    if (a->page.n_families == EXPO_FAMILIES_MAX) {
        return fault_limit(a->fault, name.ptr, "more than %d families", EXPO_FAMILIES_MAX);
    }
    struct expo_family *f = arena_array(a->arena, 1, sizeof(*f));
    if (!f) {
        return fault_memory(a->fault);
    }
    f->name = name;
    *(a->page.last ? &a->page.last->next : &a->page.first) = f;
    a->page.last = f;
    a->page.n_families++;
    a->family = f;
    a->settled = false;
    a->sampled = (struct str){.ptr = NULL, .len = 0};
    return take_own_name(a, f);
}

/* A sample whose name the family's type does not have. */
static int wrong_suffix(struct assembly *a, struct str name) {
    const struct expo_family *f = a->family;
    struct buf names CLEANUP_BUF = BUF_INIT;
    for (size_t i = 0; i < a->metrics.n_suffixes; i++) {
        buf_fmt(&names, "%s%.*s%.*s", i ? ", " : "", FAULT_ARG(f->name),
                STR_ARG(a->metrics.suffixes[i]->text));
    }
    return fault_set(a->fault, name.ptr, "the %s %.*s of line %zu has no sample %.*s, only %s",
                     type_word(f->type, a->page.format), FAULT_ARG(f->name), line_of(a, f),
                     FAULT_ARG(name), buf_cstr(&names));
}

/* Whether it can only be meant for the present family, which has a TYPE and no sample yet. */
static bool is_meant(const struct assembly *a, struct str name) {
    const struct expo_family *f = a->family;
    return f && f->n_samples == 0 && expo_has_meta(f, EXPO_META_TYPE) &&
           str_starts(name, f->name) &&
           type_is_suffix(str_sub(name, f->name.len, name.len - f->name.len));
}

int assembly_find(struct assembly *a, struct str name) {
    int r = !a->family || a->settled ? 0 : settle(a);
    if (r < 0 || (a->sampled.ptr && str_eq(a->sampled, name))) {
        return r;
    }
    for (size_t i = 0; a->family && i < a->metrics.n_suffixes; i++) {
        struct str suffix = a->metrics.suffixes[i]->text;
        if (name.len == a->family->name.len + suffix.len && str_starts(name, a->family->name) &&
            str_ends(name, suffix)) {
            a->suffix = i;
            a->sampled = name;
            return 0;
        }
    }
    if (a->family && (hash_get(&a->names, name) == a->family || is_meant(a, name))) {
        return wrong_suffix(a, name);
    }
    r = assembly_open(a, name);
    a->suffix = 0;
    a->sampled = name;
    return r < 0 ? r : settle(a);
}

unsigned assembly_rules(const struct assembly *a) {
    return a->metrics.suffixes[a->suffix]->rules;
}

int assembly_add(struct assembly *a, struct expo_sample *sample, const struct number *value) {
    struct expo_family *f = a->family;
    if (a->page.n_samples == EXPO_SAMPLES_MAX) {
        return fault_limit(a->fault, sample->name.ptr, "more than %d samples", EXPO_SAMPLES_MAX);
    }
    int r = metrics_add(&a->metrics, sample, value, a->suffix, a->fault);
    if (r < 0) {
        return r;
    }
    *(f->last ? &f->last->next : &f->first) = sample;
    f->last = sample;
    f->n_samples++;
    a->page.n_samples++;
    return 0;
}
