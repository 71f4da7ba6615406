/* Containers, filters, snapshots, the tally: plain facts. */
#include <errno.h>

#include "base/cleanup.h"
#include "model/filter.h"
#include "model/snapshot.h"
#include "model/tally.h"
#include "unit.h"

static struct container_facts facts_of(const char *id, const char *name,
                                       enum container_state state) {
    return (struct container_facts){
        .id = str_of(id), .name = str_of(name), .image = STR("busybox"), .state = state};
}

static void container_owns_copies(void **state) {
    (void)state;
    char name[] = "web";
    struct container_label label = {.key = STR("k"), .value = STR("v\0w")};
    struct container_facts facts = facts_of("id1", name, STATE_RUNNING);
    facts.labels = &label;
    facts.n_labels = 1;
    struct container *c = container_new(&facts);
    name[0] = 'X';
    label.key = STR("other");
    assert_str(c->facts.name, "web");
    assert_true(str_eq(container_label(&c->facts, STR("k")), STR("v\0w")));
    assert_null(container_label(&c->facts, STR("absent")).ptr);
    container_unref(c);
}

static void words_of_both_engines_are_known(void **state) {
    (void)state;
    assert_int_equal(container_state_parse(STR("restarting")), STATE_RESTARTING);
    assert_int_equal(container_state_parse(STR("stopped")), STATE_EXITED);
    assert_int_equal(container_state_parse(STR("configured")), STATE_CREATED);
    assert_int_equal(container_state_parse(STR("melting")), STATE_UNKNOWN);
    assert_string_equal(container_state_word(STATE_EXITED), "exited");
    assert_string_equal(container_state_word(STATE_CREATED), "created");
    assert_int_equal(container_network_parse(STR("container:abc")), NETWORK_SHARED);
    assert_int_equal(container_network_parse(STR("hostess")), NETWORK_OWN);
}

static struct filter *filter_of(const char *include_name, const char *exclude_label) {
    struct err err = ERR_INIT;
    struct filter *f = filter_new();
    if (include_name) {
        assert_int_equal(filter_add(f, false, FILTER_NAME, str_of(include_name), &err), 0);
    }
    if (exclude_label) {
        assert_int_equal(filter_add(f, true, FILTER_LABEL, str_of(exclude_label), &err), 0);
    }
    return f;
}

static bool keeps(struct filter *f, const char *name, const char *key, const char *value) {
    struct container_label label = {.key = str_of(key), .value = str_of(value)};
    struct container_facts facts = facts_of("id", name, STATE_RUNNING);
    facts.labels = &label;
    facts.n_labels = 1;
    uint64_t cut = 0;
    bool kept = filter_keeps(f, &facts, &cut);
    assert_int_equal(cut, 0);
    return kept;
}

static void filter_includes_any_and_exclude_wins(void **state) {
    (void)state;
    struct filter *f = filter_of("^web-", "env=test");
    assert_true(keeps(f, "web-1", "env", "prod"));
    assert_false(keeps(f, "web-1", "env", "test"));
    assert_false(keeps(f, "db", "env", "prod"));
    filter_free(f);
    f = filter_of(NULL, "env");
    assert_true(keeps(f, "db", "other", "x"));
    assert_false(keeps(f, "db", "env", "anything"));
    filter_free(f);
    f = filter_of("eb", NULL);
    assert_true(keeps(f, "web", "k", "v"));
    filter_free(f);
}

static void filter_names_what_is_wrong_with_a_pattern(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct filter *f = filter_new();
    assert_int_equal(filter_add(f, false, FILTER_NAME, STR("web-("), &err), -EINVAL);
    assert_string_equal(err.text, "pattern \"web-(\": at position 5: missing closing parenthesis");
    assert_int_equal(filter_add(f, false, FILTER_LABEL, STR("=x"), &err), -EINVAL);
    filter_free(f);
}

/* Exponential in a backtracking engine without a limit. */
static void filter_cuts_catastrophic_patterns(void **state) {
    (void)state;
    struct filter *f = filter_of("^(a+)+$", NULL);
    struct container_facts facts =
        facts_of("id", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", STATE_RUNNING);
    uint64_t cut = 0;
    assert_false(filter_keeps(f, &facts, &cut));
    assert_int_equal(cut, 1);
    filter_free(f);
}

static void snapshot_shows_each_name_once(void **state) {
    (void)state;
    struct snapshot *s = snapshot_new(3);
    static const int64_t created[] = {10, 30, 20};
    static const char *const names[] = {"web", "web", "api"};
    static const char *const ids[] = {"old", "young", "x"};
    for (int i = 0; i < 3; i++) {
        struct container_facts facts = facts_of(ids[i], names[i], STATE_RUNNING);
        container_set(&facts, CONTAINER_CREATED_NS, created[i]);
        struct container *c = container_new(&facts);
        snapshot_add(s, &(struct reading){.container = c, .counts = {.restarts = 7}});
        container_unref(c);
    }
    snapshot_publish(s);
    assert_int_equal(s->n, 2);
    assert_str(s->readings[0].container->facts.name, "api");
    assert_str(s->readings[1].container->facts.id, "young");
    assert_ptr_equal(snapshot_find(s, STR("web"), STR("young")), &s->readings[1]);
    assert_int_equal(snapshot_find(s, STR("api"), STR("x"))->counts.restarts, 7);
    assert_null(snapshot_find(s, STR("web"), STR("old")));
    assert_null(snapshot_find(s, STR("wec"), STR("young")));
    snapshot_unref(s);
}

static void usage_copy_stands_alone(void **state) {
    (void)state;
    struct arena from = ARENA_INIT;
    struct arena to CLEANUP(arena_done) = ARENA_INIT;
    struct usage_net *net = arena_array(&from, 1, sizeof(*net));
    net->interface = arena_str(&from, STR("eth0"));
    struct usage usage = {.nets = net, .n_nets = 1};
    usage_set(&usage, USAGE_CPU_NS, 5);
    struct usage *copy = usage_copy(&to, &usage);
    arena_done(&from);
    assert_str(copy->nets[0].interface, "eth0");
    assert_true(usage_has(copy, USAGE_CPU_NS));
    assert_false(usage_has(copy, USAGE_PIDS));
}

static void tally_keeps_outcomes_apart(void **state) {
    (void)state;
    struct tally tally = {.filter_cut = 0};
    for (unsigned code = 400; code < 400 + TALLY_CODES * 2; code++) {
        tally_call(&tally, ENDPOINT_LIST, code);
    }
    tally_call(&tally, ENDPOINT_LIST, 400);
    assert_int_equal(tally.calls[ENDPOINT_LIST][0].n, 2);
    assert_int_equal(tally.calls[ENDPOINT_LIST][TALLY_CODES - 1].n, TALLY_CODES + 1);
    assert_string_equal(call_outcome_word(CALL_TOO_LARGE), "too_large");
    assert_null(call_outcome_word(200));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container_owns_copies),
        cmocka_unit_test(words_of_both_engines_are_known),
        cmocka_unit_test(filter_includes_any_and_exclude_wins),
        cmocka_unit_test(filter_names_what_is_wrong_with_a_pattern),
        cmocka_unit_test(filter_cuts_catastrophic_patterns),
        cmocka_unit_test(snapshot_shows_each_name_once),
        cmocka_unit_test(usage_copy_stands_alone),
        cmocka_unit_test(tally_keeps_outcomes_apart),
    };
    return RUN(tests);
}
