/* Disk usage as Engines of all ages and Podman tell it. */
#include "unit.h"

#include <errno.h>

#include "engine/decode.h"
#include "test_data.h"

#define AA "b21181c1384ed19aa8c908cf700442dc6e18b276657ced18551c78e85874c643"
#define NEVER "a35554a748d82c8022f923bdc5c7dc401f43292aa3fd166a6b1d08167a1a611d"
#define UNKNOWN UINT64_MAX

static struct storage *decoded(struct str json) {
    struct err err = ERR_INIT;
    struct storage *s = storage_new();
    assert_int_equal(decode_df(json, s, &err), 0);
    return s;
}

static uint64_t bytes_of(const struct storage *s, const char *id, enum storage_number number) {
    const struct storage_container *c = storage_find(s, str_of(id));
    return c && (c->have >> number & 1U) ? c->bytes[number] : UNKNOWN;
}

static uint64_t sum_of(const struct storage *s, enum storage_kind kind) {
    return storage_has(s, kind) ? s->bytes[kind] : UNKNOWN;
}

static void assert_sums(const struct storage *s, uint64_t images, uint64_t containers,
                        uint64_t volumes, uint64_t cache) {
    assert_int_equal(sum_of(s, STORAGE_IMAGES), images);
    assert_int_equal(sum_of(s, STORAGE_CONTAINERS), containers);
    assert_int_equal(sum_of(s, STORAGE_VOLUMES), volumes);
    assert_int_equal(sum_of(s, STORAGE_BUILD_CACHE), cache);
}

/* A layer of 0 bytes is left out by the Engine; its rootfs says that it was measured. */
static void both_shapes_say_the_same(void **state) {
    (void)state;
    static const char *const files[] = {"engine-1.41.json", "made-1.52.json"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf json = test_data("df", files[i]);
        struct storage *s = decoded(buf_view(&json));
        assert_sums(s, 1982354, 10485760, 3145728, 0);
        assert_int_equal(s->n_containers, 2);
        assert_int_equal(bytes_of(s, AA, STORAGE_RW), 10485760);
        assert_int_equal(bytes_of(s, AA, STORAGE_ROOTFS), 12468114);
        assert_int_equal(bytes_of(s, NEVER, STORAGE_RW), 0);
        assert_int_equal(bytes_of(s, NEVER, STORAGE_ROOTFS), 1982354);
        assert_null(storage_find(s, STR("b2")));
        storage_unref(s);
    }
}

static void podman_does_not_know_its_layers(void **state) {
    (void)state;
    CLEANUP_BUF struct buf json = test_data("df", "podman-4.3.json");
    struct storage *s = decoded(buf_view(&json));
    assert_sums(s, UNKNOWN, 10485772, 0, 0);
    assert_int_equal(s->n_containers, 2);
    storage_unref(s);
}

static void an_engine_without_images_has_none(void **state) {
    (void)state;
    struct storage *s = decoded(STR("{\"LayersSize\":0,\"Images\":[],\"Containers\":null,"
                                    "\"Volumes\":null,\"BuildCache\":[]}"));
    assert_sums(s, 0, 0, 0, 0);
    assert_int_equal(s->n_containers, 0);
    storage_unref(s);
}

/* -1 is no size; what is not told is unknown, and the rest is not affected. */
static void what_cannot_be_measured_is_unknown(void **state) {
    (void)state;
    struct storage *s = decoded(
        STR(" {\"Containers\":[{\"Id\":\"a\",\"SizeRw\":-1,\"SizeRootFs\":9},{\"Id\":\"b\"},"
            "{\"SizeRw\":4,\"SizeRootFs\":5},{\"Id\":\"c\",\"SizeRw\":7,\"SizeRootFs\":\"x\"}],"
            "\"Volumes\":[{\"UsageData\":{\"Size\":-1}},{\"UsageData\":null},{\"UsageData\":{"
            "\"Size\":3}}],"
            "\"LayersSize\":-1,\"Other\":{\"Containers\":[{}]}} \n"));
    assert_sums(s, UNKNOWN, 11, 3, UNKNOWN);
    assert_int_equal(bytes_of(s, "a", STORAGE_RW), UNKNOWN);
    assert_int_equal(bytes_of(s, "a", STORAGE_ROOTFS), 9);
    assert_int_equal(bytes_of(s, "c", STORAGE_RW), 7);
    assert_int_equal(bytes_of(s, "c", STORAGE_ROOTFS), UNKNOWN);
    assert_int_equal(s->n_containers, 2);
    storage_unref(s);
}

/* What images share with the build cache is in the images already, as docker system df has it. */
/* A layers' size of 0 is not believed when one of the images has a size. */
static void images_are_not_parsed(void **state) {
    (void)state;
    struct storage *s = decoded(STR("{\"LayersSize\":0,\"Images\":[{\"Labels\":{x},\"Size\":0},"
                                    "{\"Id\":1,\"Size\":5 },{x}],\"Volumes\":[]}"));
    assert_sums(s, UNKNOWN, UNKNOWN, 0, UNKNOWN);
    storage_unref(s);
    s = decoded(STR("{\"LayersSize\":0,\"Images\":[{\"Size\":0},{\"L\":{\"Size\":7}}]}"));
    assert_sums(s, 0, UNKNOWN, UNKNOWN, UNKNOWN);
    storage_unref(s);
}

static void shared_build_cache_counts_once(void **state) {
    (void)state;
    struct storage *s = decoded(STR("{\"BuildCache\":[{\"Shared\":true,\"Size\":100},"
                                    "{\"Shared\":false,\"Size\":20},{\"Size\":3}]}"));
    assert_sums(s, UNKNOWN, UNKNOWN, UNKNOWN, 23);
    storage_unref(s);
}

/* API 1.52 without our query says everything twice. */
static void both_shapes_at_once_count_once(void **state) {
    (void)state;
    struct storage *s = decoded(STR(
        "{\"Containers\":[{\"Id\":\"a\",\"SizeRw\":1,\"SizeRootFs\":2}],\"LayersSize\":5,"
        "\"ContainerUsage\":{\"Items\":[{\"Id\":\"a\",\"SizeRw\":1,\"SizeRootFs\":2}],"
        "\"TotalSize\":1},\"ImageUsage\":{\"TotalSize\":6},\"VolumeUsage\":{\"TotalSize\":-1}}"));
    assert_sums(s, 6, 1, UNKNOWN, UNKNOWN);
    assert_int_equal(s->n_containers, 1);
    storage_unref(s);
}

static void what_is_not_its_json_is_malformed(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "[]",
        "{",
        "{}x",
        "{\"Containers\":[}",
        "{\"Containers\":[{\"Id\":}]}",
        "{\"Containers\":[1]}",
        "{\"Containers\":7}",
        "{\"Images\":7}",
        "{\"Images\":[1]}",
        "{\"Containers\":[]",
        "{\"ContainerUsage\":[]}",
        "{\"ContainerUsage\":{\"Items\":{}}}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1]",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct storage *s = storage_new();
        int rc = decode_df(str_of(rows[i]), s, &err);
        if (rc != -EPROTO) {
            fail_msg("%s: %d", rows[i], rc);
        }
        storage_unref(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_shapes_say_the_same),
        cmocka_unit_test(podman_does_not_know_its_layers),
        cmocka_unit_test(an_engine_without_images_has_none),
        cmocka_unit_test(what_cannot_be_measured_is_unknown),
        cmocka_unit_test(images_are_not_parsed),
        cmocka_unit_test(shared_build_cache_counts_once),
        cmocka_unit_test(both_shapes_at_once_count_once),
        cmocka_unit_test(what_is_not_its_json_is_malformed),
    };
    return RUN(tests);
}
