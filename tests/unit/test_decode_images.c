#include "unit.h"

#include <errno.h>

#include "base/buf.h"
#include "engine/decode.h"
#include "test_data.h"

static void images_have_the_names_of_their_first_tags(void **state) {
    (void)state;
    static const struct {
        const char *folder;
        const char *id;
        const char *tag;
    } rows[] = {
        {"engine-1.41", "17cc92dcc8237073896b30ecd54fe259cefa36bdbbdf0e0b7358da09602a9f90",
         "busybox:latest"},
        {"engine-1.56", "f606d2d60f276ae58637bca3b8ac0b3de09b09c1fc116a3f4adb8fa3a2ffd18f",
         "busybox:latest"},
        {"podman-4.3", "9fdc91b9558bc252a8923058bad735a4d68db2a774c3122afda8f6a4bc843945",
         "docker.io/library/busybox:latest"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct image_names *names = NULL;
        uint64_t n = 0;
        char id[80];
        CLEANUP_BUF struct buf images = test_data(rows[i].folder, "images.json");
        (void)snprintf(id, sizeof(id), "sha256:%s", rows[i].id);
        assert_int_equal(decode_images(buf_view(&images), &n, &names, &err), 0);
        assert_int_equal(n, 1);
        assert_non_null(image_names_find(names, str_of(id)));
        assert_str(image_names_find(names, str_of(id))->tag, rows[i].tag);
        assert_null(image_names_find(names, STR("sha256:17")));
        image_names_unref(names);
    }
}

/* NULL: no such image is known. */
static void tag_is(const char *entry, const char *tag) {
    struct err err = ERR_INIT;
    struct image_names *names = NULL;
    uint64_t n = 0;
    CLEANUP_BUF struct buf json = BUF_INIT;
    buf_fmt(&json, "[{\"Id\":\"z\",\"RepoTags\":[\"z:1\"]} , %s ]", entry);
    assert_int_equal(decode_images(buf_view(&json), &n, &names, &err), 0);
    assert_int_equal(n, 2);
    const struct image_name *found = image_names_find(names, STR("a"));
    assert_true((found != NULL) == (tag != NULL));
    if (found && tag) {
        assert_str(found->tag, tag);
    }
    image_names_unref(names);
}

static void what_is_no_tag_is_none(void **state) {
    (void)state;
    tag_is("{\"RepoTags\":[\"r:5/b:2\",\"b:1\"],\"Id\":\"a\",\"Labels\":{\"Id\":\"c\"}}",
           "r:5/b:2");
    tag_is("{\"Id\":\"a\",\"RepoTags\":[\"<none>:<none>\",\"b:1\"]}", "b:1");
    tag_is("{\"Id\":\"a\",\"RepoTags\":[\"\",5,\"b\\u003a1\"]}", "b:1");
    tag_is("{\"Id\":\"a\",\"RepoTags\":[\"<none>:<none>\"]}", "");
    tag_is("{\"Id\":\"a\",\"RepoTags\":[]}", "");
    tag_is("{\"Id\":\"a\",\"RepoTags\":null}", "");
    tag_is("{\"Id\":\"a\"}", NULL);
    tag_is("{\"Id\":5,\"RepoTags\":[\"b:1\"]}", NULL);
    tag_is("{}", NULL);
}

static void refused(const char *json, int code) {
    struct err err = ERR_INIT;
    struct image_names *names = NULL;
    uint64_t n = 77;
    assert_int_equal(decode_images(str_of(json), &n, &names, &err), code);
    assert_null(names);
    assert_int_equal(n, 77);
}

static void a_wrong_shape_is_refused(void **state) {
    (void)state;
    refused("{}", -EPROTO);
    refused("[{},{]", -EPROTO);
    refused("[5]", -EPROTO);
    refused("[{\"RepoTags\":[x]}]", -EPROTO);
    refused("", -EPROTO);
}

static void there_is_a_limit(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct image_names *names = NULL;
    uint64_t n = 77;
    CLEANUP_BUF struct buf json = BUF_INIT;
    buf_text(&json, "[");
    for (int i = 0; i < DECODE_IMAGES_MAX; i++) {
        buf_fmt(&json, "{\"Id\":\"%d\",\"RepoTags\":null},", i);
    }
    buf_text(&json, "{\"Id\":\"x\",\"RepoTags\":null}]");
    assert_int_equal(decode_images(buf_view(&json), &n, &names, &err), -EFBIG);
    assert_null(names);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_have_the_names_of_their_first_tags),
        cmocka_unit_test(what_is_no_tag_is_none),
        cmocka_unit_test(a_wrong_shape_is_refused),
        cmocka_unit_test(there_is_a_limit),
    };
    return RUN(tests);
}
