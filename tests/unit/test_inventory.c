/* The inventory: lists, inspects and events into what is known of an Engine's containers. */
#include "base/cleanup.h"
#include "model/filter.h"
#include "model/inventory.h"
#include "unit.h"

static struct container_facts facts_of(const char *id, const char *name,
                                       enum container_state state) {
    return (struct container_facts){
        .id = str_of(id), .name = str_of(name), .image = STR("busybox"), .state = state};
}

/* A filter that leaves out what matches. */
static struct filter *filter_of(enum filter_subject subject, const char *excluded) {
    struct err err = ERR_INIT;
    struct filter *f = filter_new();
    assert_non_null(f);
    assert_int_equal(filter_add(f, true, subject, str_of(excluded), &err), 0);
    return f;
}

static struct container *find(const struct inventory *inv, const char *id) {
    struct container *c;
    for (size_t at = 0; (c = inventory_next(inv, &at)) != NULL;) {
        if (str_eq(c->facts.id, str_of(id))) {
            return c;
        }
    }
    return NULL;
}

static size_t count_stale(const struct inventory *inv) {
    size_t n = 0;
    for (int kind = 0; kind < STALE_KINDS; kind++) {
        for (size_t at = 0; inventory_next_stale(inv, (enum inventory_stale)kind, &at);) {
            n++;
        }
    }
    return n;
}

static void inventory_follows_lists(void **state) {
    (void)state;
    uint64_t cut = 0;
    struct filter *filter = filter_of(FILTER_LABEL, "hidden");
    struct inventory *inv = inventory_new(filter);
    struct container_label hidden = {.key = STR("hidden"), .value = STR("")};
    struct container_facts list[3] = {facts_of("a", "one", STATE_RUNNING),
                                      facts_of("b", "two", STATE_EXITED),
                                      facts_of("c", "three", STATE_RUNNING)};
    list[2].labels = &hidden;
    list[2].n_labels = 1;
    assert_null(inventory_states(inv));
    assert_int_equal(inventory_list(inv, list, 3, true, &cut), 0);
    assert_int_equal(inventory_size(inv), 3);
    assert_null(find(inv, "c"));
    assert_int_equal(inventory_states(inv)[STATE_RUNNING], 2);
    assert_int_equal(count_stale(inv), 2);
    assert_int_equal(inventory_inspected(inv, &list[0]), 0);
    assert_int_equal(count_stale(inv), 1);
    assert_int_equal(inventory_list(inv, list + 1, 1, true, &cut), 0);
    assert_null(find(inv, "a"));
    assert_non_null(find(inv, "b"));
    inventory_gone(inv, STR("b"));
    assert_int_equal(inventory_size(inv), 0);
    assert_int_equal(inventory_states(inv)[STATE_EXITED], 0);
    inventory_free(inv);
    filter_free(filter);
}

/* A list tells less than the inspect before it; what is still true stays. */
static void inventory_keeps_what_inspect_told(void **state) {
    (void)state;
    uint64_t cut = 0;
    struct inventory *inv = inventory_new(NULL);
    struct container_facts brief = facts_of("a", "one", STATE_RUNNING);
    struct container_facts full = brief;
    full.image = STR("sha256:1234");
    full.inspected = true;
    full.pid = 42;
    full.network = NETWORK_HOST;
    full.health = HEALTH_HEALTHY;
    full.log_driver = STR("json-file");
    container_set(&full, CONTAINER_RESTART_COUNT, 3);
    container_set(&full, CONTAINER_STARTED_NS, 1000);
    assert_int_equal(inventory_list(inv, &brief, 1, true, &cut), 0);
    assert_int_equal(inventory_inspected(inv, &full), 0);
    assert_int_equal(inventory_list(inv, &brief, 1, true, &cut), 0);
    const struct container_facts *now = &find(inv, "a")->facts;
    assert_true(now->inspected && now->pid == 42 && now->network == NETWORK_HOST);
    assert_int_equal(now->health, HEALTH_HEALTHY);
    assert_str(now->log_driver, "json-file");
    assert_str(now->image, "busybox");
    assert_int_equal(now->number[CONTAINER_RESTART_COUNT], 3);
    assert_true(container_has(now, CONTAINER_STARTED_NS));
    brief.state = STATE_EXITED;
    assert_int_equal(inventory_list(inv, &brief, 1, true, &cut), 0);
    now = &find(inv, "a")->facts;
    assert_int_equal(now->pid, 0);
    assert_int_equal(now->health, HEALTH_NONE);
    assert_false(container_has(now, CONTAINER_STARTED_NS));
    inventory_free(inv);
}

static void inventory_remembers_the_last_exit(void **state) {
    (void)state;
    uint64_t cut = 0;
    struct inventory *inv = inventory_new(NULL);
    struct container_facts facts = facts_of("a", "one", STATE_RUNNING);
    container_set(&facts, CONTAINER_EXIT_CODE, 0);
    assert_int_equal(inventory_list(inv, &facts, 1, true, &cut), 0);
    assert_false(container_has(&find(inv, "a")->facts, CONTAINER_EXIT_CODE));
    facts.state = STATE_EXITED;
    container_set(&facts, CONTAINER_EXIT_CODE, 3);
    assert_int_equal(inventory_list(inv, &facts, 1, true, &cut), 0);
    facts.state = STATE_RUNNING;
    container_set(&facts, CONTAINER_EXIT_CODE, 0);
    assert_int_equal(inventory_list(inv, &facts, 1, true, &cut), 0);
    assert_int_equal(find(inv, "a")->facts.number[CONTAINER_EXIT_CODE], 3);
    inventory_free(inv);
}

static void list(struct inventory *inv, const struct container_facts *facts, size_t n) {
    uint64_t cut = 0;
    assert_int_equal(inventory_list(inv, facts, n, true, &cut), 0);
    assert_int_equal(cut, 0);
}

static void inspected(struct inventory *inv, const struct container_facts *facts) {
    assert_int_equal(inventory_inspected(inv, facts), 0);
}

static enum inventory_need event(struct inventory *inv, enum event_action action, const char *id) {
    static int64_t time_ns = 5000000001;
    time_ns += 10;
    return inventory_event(
        inv, &(struct container_event){.action = action, .id = str_of(id), .time_ns = time_ns});
}

/* An inventory with one container, listed and inspected. */
static struct inventory *with_one(const struct container_facts *facts) {
    struct inventory *inv = inventory_new(NULL);
    assert_non_null(inv);
    list(inv, facts, 1);
    inspected(inv, facts);
    assert_int_equal(count_stale(inv), 0);
    return inv;
}

static void events_tell_what_to_ask(void **state) {
    (void)state;
    static const enum event_action changes[] = {
        EVENT_START,  EVENT_RESTART, EVENT_DIE,    EVENT_OOM,     EVENT_PAUSE,
        EVENT_RENAME, EVENT_UPDATE,  EVENT_HEALTH, EVENT_UNPAUSE, EVENT_CLEANUP};
    struct container_facts one = facts_of("a", "one", STATE_RUNNING);
    struct inventory *inv = with_one(&one);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        assert_int_equal(event(inv, changes[i], "a"), INVENTORY_INSPECT);
        assert_true(inventory_is_stale(inv, STR("a")));
        inspected(inv, &one);
        assert_false(inventory_is_stale(inv, STR("a")));
        assert_int_equal(event(inv, changes[i], "b"), INVENTORY_LIST);
    }
    assert_int_equal(event(inv, EVENT_OTHER, "a"), INVENTORY_NOTHING);
    assert_int_equal(event(inv, EVENT_OTHER, "b"), INVENTORY_NOTHING);
    assert_int_equal(event(inv, EVENT_CREATE, "a"), INVENTORY_NOTHING);
    assert_int_equal(event(inv, EVENT_CREATE, "b"), INVENTORY_LIST);
    assert_int_equal(event(inv, EVENT_DESTROY, "b"), INVENTORY_NOTHING);
    assert_int_equal(count_stale(inv), 0);
    assert_int_equal(event(inv, EVENT_DESTROY, "a"), INVENTORY_NOTHING);
    assert_int_equal(inventory_size(inv), 0);
    assert_false(inventory_is_stale(inv, STR("a")));
    inventory_free(inv);
}

/* Before the first list it is not known what an unknown id means. */
static void nothing_is_known_before_the_first_list(void **state) {
    (void)state;
    struct inventory *inv = inventory_new(NULL);
    assert_int_equal(event(inv, EVENT_DESTROY, "a"), INVENTORY_LIST);
    assert_null(inventory_states(inv));
    inventory_inspecting(inv, STR("a"));
    assert_false(inventory_doubt(inv, STR("a")));
    inventory_gone(inv, STR("a"));
    assert_int_equal(inventory_size(inv), 0);
    inventory_free(inv);
}

static void an_overtaken_inspect_leaves_it_stale(void **state) {
    (void)state;
    struct container_facts one = facts_of("a", "one", STATE_RUNNING);
    struct inventory *inv = with_one(&one);
    assert_int_equal(event(inv, EVENT_PAUSE, "a"), INVENTORY_INSPECT);
    inventory_inspecting(inv, STR("a"));
    assert_int_equal(count_stale(inv), 1);
    assert_int_equal(event(inv, EVENT_UNPAUSE, "a"), INVENTORY_INSPECT);
    inspected(inv, &one);
    assert_int_equal(count_stale(inv), 1);
    inventory_inspecting(inv, STR("a"));
    inspected(inv, &one);
    assert_int_equal(count_stale(inv), 0);
    /* One that brought no answer: the next one counts. */
    inventory_inspecting(inv, STR("a"));
    assert_int_equal(event(inv, EVENT_PAUSE, "a"), INVENTORY_INSPECT);
    inventory_inspecting(inv, STR("a"));
    inspected(inv, &one);
    assert_int_equal(count_stale(inv), 0);
    inventory_free(inv);
}

/* Once for each pid: an Engine that says the same again would be asked at each reading. */
static void a_doubt_asks_once_for_each_pid(void **state) {
    (void)state;
    struct container_facts one = facts_of("a", "one", STATE_RUNNING);
    one.pid = 42;
    struct inventory *inv = with_one(&one);
    assert_false(inventory_doubt(inv, STR("unknown")));
    assert_true(inventory_doubt(inv, STR("a")));
    assert_int_equal(count_stale(inv), 1);
    inspected(inv, &one);
    assert_false(inventory_doubt(inv, STR("a")));
    assert_int_equal(count_stale(inv), 0);
    one.pid = 43;
    inspected(inv, &one);
    inventory_inspecting(inv, STR("a"));
    assert_true(inventory_doubt(inv, STR("a")));
    inspected(inv, &one);
    assert_int_equal(count_stale(inv), 1);
    inventory_free(inv);
}

/* A list that was asked for before the end of a container does not bring it back. */
static void an_overtaken_list_brings_nothing_back(void **state) {
    (void)state;
    struct container_facts all[] = {facts_of("a", "one", STATE_RUNNING),
                                    facts_of("b", "two", STATE_RUNNING),
                                    facts_of("c", "three", STATE_RUNNING)};
    struct inventory *inv = inventory_new(NULL);
    list(inv, all, 2);
    inventory_listing(inv);
    assert_int_equal(event(inv, EVENT_DESTROY, "a"), INVENTORY_NOTHING);
    assert_int_equal(event(inv, EVENT_DESTROY, "c"), INVENTORY_NOTHING);
    struct container_facts paused = all[1];
    paused.state = STATE_PAUSED;
    assert_int_equal(event(inv, EVENT_PAUSE, "b"), INVENTORY_INSPECT);
    inspected(inv, &paused);
    list(inv, all, 3);
    assert_int_equal(inventory_size(inv), 1);
    assert_int_equal(find(inv, "b")->facts.state, STATE_PAUSED);
    assert_int_equal(inventory_states(inv)[STATE_RUNNING], 0);
    inventory_listing(inv);
    list(inv, all, 3);
    assert_int_equal(inventory_size(inv), 3);
    assert_int_equal(find(inv, "b")->facts.state, STATE_RUNNING);
    inventory_free(inv);
}

/* Where events tell of changes, a list makes stale only what is new or differs. */
static void a_list_beside_events_asks_for_what_differs(void **state) {
    (void)state;
    uint64_t cut = 0;
    struct inventory *inv = inventory_new(NULL);
    struct container_facts both[2] = {facts_of("a", "one", STATE_EXITED),
                                      facts_of("b", "two", STATE_RUNNING)};
    for (size_t i = 0; i < 2; i++) {
        both[i].inspected = true;
        container_set(&both[i], CONTAINER_EXIT_CODE, 3);
    }
    assert_int_equal(inventory_list(inv, both, 1, false, &cut), 0);
    assert_int_equal(count_stale(inv), 1);
    assert_int_equal(inventory_inspected(inv, &both[0]), 0);
    assert_int_equal(inventory_list(inv, both, 2, false, &cut), 0);
    assert_true(!inventory_is_stale(inv, STR("a")) && inventory_is_stale(inv, STR("b")));
    assert_int_equal(inventory_inspected(inv, &both[1]), 0);
    const struct {
        enum container_state state;
        const char *name;
        enum container_health health;
        int64_t exit_code;
    } others[] = {{STATE_RUNNING, "one", HEALTH_NONE, 3},
                  {STATE_EXITED, "eins", HEALTH_NONE, 3},
                  {STATE_EXITED, "one", HEALTH_UNHEALTHY, 3},
                  {STATE_EXITED, "one", HEALTH_NONE, 4}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct container_facts other[2] = {facts_of("a", others[i].name, others[i].state), both[1]};
        other[0].health = others[i].health;
        container_set(&other[0], CONTAINER_EXIT_CODE, others[i].exit_code);
        assert_int_equal(inventory_list(inv, other, 2, false, &cut), 0);
        assert_int_equal(count_stale(inv), 1);
        assert_int_equal(inventory_inspected(inv, &both[0]), 0);
        assert_int_equal(count_stale(inv), 0);
    }
    inventory_free(inv);
}

/* A container that runs again before its inspect: the event alone knew how it ended. */
static void the_exit_is_taken_from_the_event(void **state) {
    (void)state;
    struct container_facts facts = facts_of("a", "one", STATE_RUNNING);
    struct inventory *inv = with_one(&facts);
    struct container_event die = {
        .action = EVENT_DIE, .id = STR("a"), .time_ns = 5, .has_exit = true, .exit_code = 42};
    assert_int_equal(inventory_event(inv, &die), INVENTORY_INSPECT);
    inspected(inv, &facts);
    const struct container *c = find(inv, "a");
    assert_true(c && container_has(&c->facts, CONTAINER_EXIT_CODE));
    assert_true(c && c->facts.number[CONTAINER_EXIT_CODE] == 42);
    inventory_free(inv);
}

static void states_follow_inspects_and_ends(void **state) {
    (void)state;
    struct container_facts one = facts_of("a", "one", STATE_RUNNING);
    struct inventory *inv = with_one(&one);
    const uint64_t *states = inventory_states(inv);
    one.state = STATE_RESTARTING;
    inspected(inv, &one);
    assert_int_equal(states[STATE_RUNNING], 0);
    assert_int_equal(states[STATE_RESTARTING], 1);
    one.state = STATE_UNKNOWN;
    inspected(inv, &one);
    assert_int_equal(states[STATE_RESTARTING], 1);
    list(inv, NULL, 0);
    assert_int_equal(states[STATE_RESTARTING], 0);
    inventory_free(inv);
}

static void a_rename_asks_the_filter_again(void **state) {
    (void)state;
    struct filter *filter = filter_of(FILTER_NAME, "^tmp");
    struct inventory *inv = inventory_new(filter);
    struct container_facts one = facts_of("a", "tmp1", STATE_RUNNING);
    list(inv, &one, 1);
    assert_int_equal(count_stale(inv), 0);
    assert_null(find(inv, "a"));
    assert_int_equal(event(inv, EVENT_RENAME, "a"), INVENTORY_INSPECT);
    assert_int_equal(count_stale(inv), 1);
    one.name = STR("web");
    inspected(inv, &one);
    assert_non_null(find(inv, "a"));
    one.name = STR("tmp2");
    inspected(inv, &one);
    assert_null(find(inv, "a"));
    assert_int_equal(inventory_size(inv), 1);
    inventory_free(inv);
    filter_free(filter);
}

/* A pattern that is cut by an inspect is told with the next list. */
static void another_filter_judges_all_anew(void **state) {
    (void)state;
    struct filter *first = filter_of(FILTER_NAME, "^tmp");
    struct filter *second = filter_of(FILTER_NAME, "^web");
    struct inventory *inv = inventory_new(first);
    struct container_facts both[2] = {facts_of("a", "tmp1", STATE_RUNNING),
                                      facts_of("b", "web1", STATE_RUNNING)};
    list(inv, both, 2);
    inspected(inv, &both[1]);
    assert_null(find(inv, "a"));
    assert_int_equal(count_stale(inv), 0);
    assert_true(inventory_refilter(inv, second));
    assert_non_null(find(inv, "a"));
    assert_null(find(inv, "b"));
    assert_int_equal(inventory_states(inv)[STATE_RUNNING], 2);
    assert_true(inventory_is_stale(inv, STR("a")));
    assert_false(inventory_is_stale(inv, STR("b")));
    inspected(inv, &both[0]);
    assert_false(inventory_refilter(inv, second));
    assert_true(inventory_refilter(inv, NULL));
    filter_free(first);
    filter_free(second);
    struct container_facts fresh = facts_of("c", "tmp2", STATE_RUNNING);
    struct container_facts three[3] = {both[0], both[1], fresh};
    list(inv, three, 3);
    assert_non_null(find(inv, "c"));
    inventory_free(inv);
}

static void cut_patterns_of_inspects_are_told(void **state) {
    (void)state;
    struct filter *filter = filter_of(FILTER_NAME, "^(a+)+$");
    struct inventory *inv = inventory_new(filter);
    struct container_facts one = facts_of("a", "web", STATE_RUNNING);
    list(inv, &one, 1);
    one.name = STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    inspected(inv, &one);
    uint64_t cut = 0;
    assert_int_equal(inventory_list(inv, NULL, 0, true, &cut), 0);
    assert_int_equal(cut, 1);
    inventory_free(inv);
    filter_free(filter);
}

static void the_ledger_hears_of_everything(void **state) {
    (void)state;
    struct container_facts one = facts_of("a", "one", STATE_RUNNING);
    container_set(&one, CONTAINER_STARTED_NS, 1000000001);
    container_set(&one, CONTAINER_RESTART_COUNT, 2);
    struct inventory *inv = with_one(&one);
    struct ledger_counts counts;
    assert_int_equal(event(inv, EVENT_DIE, "a"), INVENTORY_INSPECT);
    assert_int_equal(event(inv, EVENT_START, "a"), INVENTORY_INSPECT);
    assert_true(ledger_read(inventory_ledger(inv), STR("a"), &counts));
    assert_int_equal(counts.restarts, 3);
    assert_int_equal(event(inv, EVENT_DESTROY, "a"), INVENTORY_NOTHING);
    struct container_facts again = facts_of("b", "one", STATE_CREATED);
    list(inv, &again, 1);
    assert_false(ledger_read(inventory_ledger(inv), STR("b"), &counts));
    inspected(inv, &again);
    assert_true(ledger_read(inventory_ledger(inv), STR("b"), &counts));
    assert_int_equal(counts.restarts, 3);
    struct container_facts idle = facts_of("c", "idle", STATE_CREATED);
    list(inv, &idle, 1);
    inspected(inv, &idle);
    assert_true(ledger_read(inventory_ledger(inv), STR("c"), &counts));
    list(inv, NULL, 0);
    assert_false(ledger_read(inventory_ledger(inv), STR("c"), &counts));
    inventory_free(inv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inventory_follows_lists),
        cmocka_unit_test(inventory_keeps_what_inspect_told),
        cmocka_unit_test(inventory_remembers_the_last_exit),
        cmocka_unit_test(events_tell_what_to_ask),
        cmocka_unit_test(nothing_is_known_before_the_first_list),
        cmocka_unit_test(an_overtaken_inspect_leaves_it_stale),
        cmocka_unit_test(a_doubt_asks_once_for_each_pid),
        cmocka_unit_test(an_overtaken_list_brings_nothing_back),
        cmocka_unit_test(a_list_beside_events_asks_for_what_differs),
        cmocka_unit_test(the_exit_is_taken_from_the_event),
        cmocka_unit_test(states_follow_inspects_and_ends),
        cmocka_unit_test(a_rename_asks_the_filter_again),
        cmocka_unit_test(another_filter_judges_all_anew),
        cmocka_unit_test(cut_patterns_of_inspects_are_told),
        cmocka_unit_test(the_ledger_hears_of_everything),
    };
    return RUN(tests);
}
