/* Whose machine the kernel's is: what proves it, what speaks against it, what is not known. */
#include "unit.h"

#include "cli/owner.h"

/* A snapshot of one container with figures by a source, or of none. */
static struct snapshot *seen(enum source source, bool last) {
    struct snapshot *s = snapshot_new(1);
    assert_non_null(s);
    s->engine.host_name = STR("box");
    if (source == SOURCE_NONE) {
        return s;
    }
    struct container *c = container_new(
        &(struct container_facts){.id = STR("a"), .name = STR("a"), .state = STATE_RUNNING});
    struct usage *usage = arena_array(&s->arena, 1, sizeof(*usage));
    usage->source = source;
    snapshot_add(s, &(struct reading){
                        .container = c, .usage = last ? NULL : usage, .last = last ? usage : NULL});
    container_unref(c);
    return s;
}

static bool verdict(struct owner *owner, enum source source, bool last, const char *name) {
    struct snapshot *s = seen(source, last);
    owner_learn(owner, s);
    bool is = owner_is_engine(owner, s, str_of(name));
    snapshot_unref(s);
    return is;
}

static void what_is_known_decides(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum source source;
        bool local;
        bool last;
        bool is;
    } rows[] = {
        {"", SOURCE_NONE, false, false, false},      {"other", SOURCE_NONE, false, false, false},
        {"box", SOURCE_NONE, false, false, true},    {"other", SOURCE_NONE, true, false, true},
        {"", SOURCE_KERNEL, false, false, true},     {"", SOURCE_KERNEL, false, true, true},
        {"box", SOURCE_ENGINE, true, false, false},  {"", SOURCE_ENGINE, true, true, false},
        {"box", SOURCE_ENGINE, false, false, false}, {"other", SOURCE_KERNEL, true, false, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct owner owner = {.local = rows[i].local};
        assert_int_equal(verdict(&owner, rows[i].source, rows[i].last, rows[i].name), rows[i].is);
    }
}

static void a_proof_lasts(void **state) {
    (void)state;
    struct owner owner = {.local = false};
    assert_true(verdict(&owner, SOURCE_KERNEL, false, ""));
    assert_true(verdict(&owner, SOURCE_NONE, false, ""));
    assert_true(verdict(&owner, SOURCE_ENGINE, false, ""));
}

/* The Engine has not told its name, and neither is the machine's known. */
static void no_name_is_nobodys(void **state) {
    (void)state;
    struct owner owner = {.local = false};
    struct snapshot *s = seen(SOURCE_NONE, false);
    s->engine.host_name = STR("");
    assert_false(owner_is_engine(&owner, s, STR("")));
    snapshot_unref(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_decides),
        cmocka_unit_test(a_proof_lasts),
        cmocka_unit_test(no_name_is_nobodys),
    };
    return RUN(tests);
}
