#include "unit.h"

#include <curl/curl.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/remedy.h"
#include "loop/fetch_error.h"

static void told(const struct engine_address *a, bool was_root, int code, const char *text,
                 const char *want) {
    struct err err = ERR_INIT;
    (void)err_set(&err, code, "%s", text);
    remedy_connect(a, was_root, &err);
    assert_int_equal(err.code, code);
    assert_true(strlen(err.text) < ERR_TEXT_MAX - 1); /* nothing is cut */
    if (!strstr(err.text, want)) {
        print_error("%s\n", err.text);
    }
    assert_non_null(strstr(err.text, want));
}

static void said(const struct engine_address *a, int code, const char *text, const char *want) {
    told(a, false, code, text, want);
}

/* A path in a folder of its own. */
struct place {
    char dir[32];
    struct engine_address a;
};

static int make_place(void **state) {
    static struct place place;
    place = (struct place){.dir = "/tmp/dockmeter-test-XXXXXX", .a = {.shown = ""}};
    assert_non_null(mkdtemp(place.dir));
    (void)snprintf(place.a.unix_path, sizeof(place.a.unix_path), "%s/e.sock", place.dir);
    *state = &place;
    return 0;
}

static int remove_place(void **state) {
    const struct place *place = *state;
    (void)remove(place->a.unix_path);
    return rmdir(place->dir);
}

static void make_socket(const struct engine_address *a, uid_t uid, gid_t gid, mode_t mode) {
    (void)unlink(a->unix_path);
    assert_int_equal(mknod(a->unix_path, S_IFSOCK | 0600, 0), 0);
    assert_int_equal(chown(a->unix_path, uid, gid), 0);
    assert_int_equal(chmod(a->unix_path, mode), 0);
}

static void what_is_no_socket_is_told(void **state) {
    const struct engine_address *a = &((struct place *)*state)->a;
    said(a, -ENOENT, "connect: x",
         "does not exist: start the Engine, mount its socket (docker run -v");
    said(a, -EACCES, "connect: x", "on the way to the socket");
    assert_int_equal(mknod(a->unix_path, S_IFREG | 0600, 0), 0);
    said(a, -ECONNREFUSED, "connect: x", "is not a socket: set docker.host");
    said(a, -EACCES, "connect: x", "is not a socket: set docker.host");
    said(a, -ETIMEDOUT, "as it is", "as it is");
    (void)unlink(a->unix_path);
    assert_int_equal(mkdir(a->unix_path, 0700), 0);
    said(a, -ECONNREFUSED, "connect: x", "remove it there (rmdir)");
    said(a, -EACCES, "connect: x", "remove it there (rmdir)");
    said(a, -ECONNREFUSED, "connect: x", "mount the real socket into a new container");
    struct engine_address other = *a; /* whatever it is for, it is not to be removed */
    (void)snprintf(other.unix_path, sizeof(other.unix_path), "%s", ((struct place *)*state)->dir);
    said(&other, -ECONNREFUSED, "connect: x",
         "the path is a directory, not a socket: start the Engine");
    char within[sizeof(a->unix_path) + 8];
    (void)snprintf(within, sizeof(within), "%s/data", a->unix_path);
    assert_int_equal(mkdir(within, 0700), 0);
    said(a, -ECONNREFUSED, "connect: x", "the path is a directory, not a socket: start the Engine");
    assert_int_equal(rmdir(within), 0);
}

/* Needs root: only root makes files of others. */
static void a_socket_that_is_not_permitted_names_its_group(void **state) {
    const struct engine_address *a = &((struct place *)*state)->a;
    if (geteuid() != 0) {
        skip();
    }
    make_socket(a, 1234, 54321, 0660);
    assert_int_equal(seteuid(4321), 0); /* its folder is closed to this one */
    said(a, -EACCES, "connect: x", "on the way to the socket");
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(((struct place *)*state)->dir, 0755), 0);
    assert_int_equal(seteuid(4321), 0);
    said(a, -EACCES, "connect: x", "group (gid 54321) and user 4321 is not in it");
    said(a, -EACCES, "connect: x", "--group-add 54321;");
    said(a, -EACCES, "connect: x", "group_add: [\"54321\"]");
    said(a, -EACCES, "connect: x", "supplementalGroups: [54321]");
    said(a, -EACCES, "connect: x", "SupplementaryGroups=54321");
    told(a, true, -EACCES, "connect: x", "restart Dockmeter");
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(a->unix_path, 0600), 0);
    assert_int_equal(seteuid(4321), 0);
    said(a, -EACCES, "connect: x", "only the socket's owner (uid 1234) may use it (mode 0600)");
    assert_int_equal(seteuid(0), 0);
    make_socket(a, 1234, getegid(), 0660);
    assert_int_equal(seteuid(4321), 0);
    said(a, -EACCES, "connect: x", "label=disable");
    assert_int_equal(seteuid(0), 0);
}

/* Needs root: only root takes groups on. */
static void the_last_of_many_groups_counts(void **state) {
    const struct engine_address *a = &((struct place *)*state)->a;
    static gid_t many[1000];
    const size_t n = sizeof(many) / sizeof(many[0]);
    int n_before = getgroups(0, NULL);
    gid_t before[256];
    if (geteuid() != 0 || getgroups(256, before) != n_before) {
        skip();
    }
    for (size_t i = 0; i < n; i++) {
        many[i] = (gid_t)(70000 + i);
    }
    assert_int_equal(setgroups(n, many), 0);
    assert_int_equal(chmod(((struct place *)*state)->dir, 0755), 0);
    make_socket(a, 1234, many[n - 1], 0660);
    assert_int_equal(seteuid(4321), 0);
    said(a, -EACCES, "connect: x", "label=disable");
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setgroups((size_t)n_before, before), 0);
}

static void tls_errors_say_what_to_set(void **state) {
    (void)state;
    struct engine_address a = {.shown = "tcp://h:2376"};
    said(&a, -EKEYREJECTED, "TLS: alert certificate required", "docker.tls.key");
    said(&a, -EKEYREJECTED, "TLS: unable to get local issuer certificate", "docker.tls.ca_cert");
    said(&a, -EKEYREJECTED, "TLS: wrong version number", "docker.tls.enabled off");
    said(&a, -EKEYREJECTED, "TLS: else", "TLS: else");
    said(&a, -ECONNREFUSED, "connect: x", "does not listen there");
}

static void a_file_of_tls_that_cannot_be_read_is_named(void **state) {
    const struct place *place = *state;
    struct engine_address a = {.shown = "tcp://h:2376"};
    (void)snprintf(a.tls.key_file, sizeof(a.tls.key_file), "%s", place->a.unix_path);
    char text[ENGINE_PATH_MAX + 64];
    (void)snprintf(text, sizeof(text), "TLS: unable to set private key file: '%s'", a.tls.key_file);
    said(&a, -EKEYREJECTED, text, "docker.tls.key: /tmp/");
    said(&a, -EKEYREJECTED, text, "e.sock: No such file");
    said(&a, -EKEYREJECTED, "TLS: else", "TLS: else");
    make_socket(&place->a, geteuid(), getegid(), 0600);
    said(&a, -EKEYREJECTED, text, "TLS: unable to set");
}

static void proxies_have_a_flag_for_each_path(void **state) {
    (void)state;
    assert_string_equal(remedy_proxy_flag("/containers/json?all=1"), "CONTAINERS=1");
    assert_string_equal(remedy_proxy_flag("/images/json"), "IMAGES=1");
    assert_string_equal(remedy_proxy_flag("/info"), "INFO=1");
    assert_string_equal(remedy_proxy_flag("/else"), "");
}

static enum fetch_outcome judged(int result, const char *detail, int code, const char *want) {
    struct fetch_end end = {.result = result,
                            .detail = detail,
                            .connect_errno = EACCES,
                            .timeout_ms = 100,
                            .max_bytes = 10};
    struct err err = ERR_INIT;
    enum fetch_outcome outcome = fetch_error_judge(&end, &err);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, want)) {
        print_error("%s\n", err.text);
    }
    assert_non_null(strstr(err.text, want));
    return outcome;
}

static void results_of_the_client_become_outcomes(void **state) {
    (void)state;
    assert_int_equal(judged(CURLE_COULDNT_CONNECT, "", -EACCES, "Permission denied"),
                     FETCH_REFUSED);
    assert_int_equal(judged(CURLE_COULDNT_RESOLVE_HOST, "", -EHOSTUNREACH, "resolve"),
                     FETCH_REFUSED);
    assert_int_equal(
        judged(CURLE_OPERATION_TIMEDOUT, "", -ETIMEDOUT, "no connection within 100 ms"),
        FETCH_TIMEOUT);
    assert_int_equal(judged(CURLE_PEER_FAILED_VERIFICATION, "a\nb\x1B", -EKEYREJECTED,
                            "certificate is refused: a b "),
                     FETCH_FAILED);
    assert_int_equal(judged(CURLE_SSL_CONNECT_ERROR, "", -EKEYREJECTED, "handshake"), FETCH_FAILED);
    assert_int_equal(judged(CURLE_RECV_ERROR, "tlsv13 alert certificate required", -EKEYREJECTED,
                            "TLS: tlsv13 alert"),
                     FETCH_FAILED);
    assert_int_equal(judged(CURLE_RECV_ERROR, "", -ECONNRESET, "without an answer"), FETCH_CUT);
    assert_int_equal(judged(CURLE_OUT_OF_MEMORY, "", -ENOMEM, "memory"), FETCH_FAILED);
    assert_int_equal(judged(CURLE_WEIRD_SERVER_REPLY, "", -EPROTO, "HTTP"), FETCH_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_socket_is_told, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_socket_that_is_not_permitted_names_its_group, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(the_last_of_many_groups_counts, make_place, remove_place),
        cmocka_unit_test(tls_errors_say_what_to_set),
        cmocka_unit_test_setup_teardown(a_file_of_tls_that_cannot_be_read_is_named, make_place,
                                        remove_place),
        cmocka_unit_test(proxies_have_a_flag_for_each_path),
        cmocka_unit_test(results_of_the_client_become_outcomes),
    };
    return RUN(tests);
}
