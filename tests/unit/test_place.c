#include "unit.h"

#include <errno.h>

#include "kernel/place.h"

#define ID "0dee20c0dea74092ae346200b904eaafeeddbc64d2cd511fc93a7f3cd5183bb6"
#define OTHER "b223b7d0c4d61c6bac89f941c4eebddd9aec47c989d921abae9de32a5a281aa0"

static void paths_end_with_the_component_that_names_the_id(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *path;
        bool relative;
    } rows[] = {
        {"0::/docker/" ID "\n", "docker/" ID, false},
        {"0::/docker/" ID, "docker/" ID, false},
        {"0::/" ID "\n", ID, false},
        {"0::/docker/" ID "/inner\n", "docker/" ID, false},
        {"0::/own/deep/" ID "/a/" ID "\n", "own/deep/" ID, false},
        {"0::/system.slice/docker-" ID ".scope\n", "system.slice/docker-" ID ".scope", false},
        {"0::/system.slice/docker-" ID ".scope/init.scope\n", "system.slice/docker-" ID ".scope",
         false},
        {"0::/libpod_parent/libpod-" ID "/container\n", "libpod_parent/libpod-" ID, false},
        {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
         ".scope/container\n",
         "user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", false},
        {"0::/../" ID "\n", ID, true},
        {"0::/../../own/" ID "/inner\n", "own/" ID, true},
        {"0::/../../../x:y/" ID "\n", "x:y/" ID, true},
        {"garbage\n0\n0:\n0::\n::\n0::/docker/" ID "\n", "docker/" ID, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place place;
        assert_int_equal(place_parse(str_of(rows[i].text), STR(ID), &place), 0);
        assert_str(place.path[HIERARCHY_UNIFIED], rows[i].path);
        assert_int_equal(place.relative[HIERARCHY_UNIFIED], rows[i].relative);
        assert_int_equal(place.path[HIERARCHY_MEMORY].len, 0);
    }
}

static void what_does_not_name_the_id_is_somebody_else(void **state) {
    (void)state;
    static const char *const rows[] = {
        "0::/\n",
        "0::/init.scope\n",
        "0::/docker/" OTHER "\n",
        "0::/docker/0" ID "\n",
        "0::/docker/" ID "a\n",
        "0::/docker/0dee20c0dea7\n",
        "0::/a/../b/" ID "\n",
        "0::/docker/./" ID "\n",
        "0::/docker//" ID "\n",
        "cpuset:/docker/" ID "\n",
        "\n",
        "0::docker/" ID "\n",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place place;
        if (place_parse(str_of(rows[i]), STR(ID), &place) != -ESTALE) {
            fail_msg("believed: %s", rows[i]);
        }
    }
    struct place place;
    assert_int_equal(place_parse(STR("0::/docker/x\n"), STR(""), &place), -ESTALE);
}

static void each_controller_has_its_own_path(void **state) {
    (void)state;
    struct place place;
    struct str text = STR("9:name=systemd:/docker/" ID "\n"
                          "8:pids:/docker/" ID "\n"
                          "7:blkio:/\n"
                          "4:memory:/../" ID "\n"
                          "3:cpuset:/docker/" ID "\n"
                          "2:cpu,cpuacct:/docker/" ID "/inner\n"
                          "0::/docker/" OTHER "\n");
    assert_int_equal(place_parse(text, STR(ID), &place), 0);
    assert_str(place.path[HIERARCHY_PIDS], "docker/" ID);
    assert_str(place.path[HIERARCHY_CPU], "docker/" ID);
    assert_str(place.path[HIERARCHY_CPUACCT], "docker/" ID);
    assert_str(place.path[HIERARCHY_MEMORY], ID);
    assert_true(place.relative[HIERARCHY_MEMORY]);
    assert_false(place.relative[HIERARCHY_PIDS]);
    assert_int_equal(place.path[HIERARCHY_BLKIO].len, 0);
    assert_int_equal(place.path[HIERARCHY_UNIFIED].len, 0);
}

static void a_removed_cgroup_has_ended(void **state) {
    (void)state;
    struct place place;
    assert_int_equal(place_parse(STR("0::/docker/" ID " (deleted)\n"), STR(ID), &place), -ENOENT);
    assert_int_equal(place_parse(STR(""), STR(ID), &place), -ENOENT);
    assert_int_equal(place_parse(STR("0::/docker/" OTHER " (deleted)\n"), STR(ID), &place),
                     -ESTALE);
}

/* What of the process's cgroups are the reader's too, by controller. */
static void our_own_cgroups_are_those_that_say_the_same(void **state) {
    (void)state;
    struct place place;
    struct str ours = STR("8:pids:/\n7:blkio:/\n4:memory:/\n3:cpu,cpuacct:/inner\n0::/\n");
    assert_int_equal(place_own(ours, ours, STR(ID), &place), 0);
    assert_true(place.own);
    for (size_t h = 0; h < HIERARCHIES; h++) {
        assert_str(place.path[h], ID);
        assert_true(place.relative[h]);
    }
    struct str half = STR("9:pids:/\n7:blkio:/inner\n4:memory:/..\n3:cpu:/inner\n0::/../x\n");
    assert_int_equal(place_own(half, ours, STR(ID), &place), 0);
    assert_true(place.own);
    assert_str(place.path[HIERARCHY_PIDS], ID);
    assert_int_equal(place.path[HIERARCHY_BLKIO].len, 0);
    assert_int_equal(place.path[HIERARCHY_MEMORY].len, 0);
    assert_int_equal(place.path[HIERARCHY_CPU].len, 0);
    assert_int_equal(place.path[HIERARCHY_UNIFIED].len, 0);
}

static void other_cgroups_are_not_our_own(void **state) {
    (void)state;
    static const char *const rows[] = {
        "", "\n", "0::/..\n", "0::/inner\n", "1:memory:/\n", "0::\n", "0::/ (deleted)\n"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place place;
        if (place_own(str_of(rows[i]), STR("0::/\n"), STR(ID), &place) != -ESTALE) {
            fail_msg("believed: %s", rows[i]);
        }
    }
    struct place place;
    assert_int_equal(place_own(STR("0::/\n"), STR(""), STR(ID), &place), -ESTALE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_end_with_the_component_that_names_the_id),
        cmocka_unit_test(what_does_not_name_the_id_is_somebody_else),
        cmocka_unit_test(each_controller_has_its_own_path),
        cmocka_unit_test(a_removed_cgroup_has_ended),
        cmocka_unit_test(our_own_cgroups_are_those_that_say_the_same),
        cmocka_unit_test(other_cgroups_are_not_our_own),
    };
    return RUN(tests);
}
