#include "unit.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/remedy.h"
#include "loop/fetch_error.h"

static void said(const struct engine_address *a, int code, const char *text, const char *want) {
    struct err err = ERR_INIT;
    (void)err_set(&err, code, "%s", text);
    remedy_connect(a, &err);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, want)) {
        print_error("%s\n", err.text);
    }
    assert_non_null(strstr(err.text, want));
}

static void a_socket_that_is_not_permitted_names_its_group(void **state) {
    (void)state;
    char dir[] = "/tmp/dockmeter-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct engine_address a = {.shown = ""};
    (void)snprintf(a.unix_path, sizeof(a.unix_path), "%s/s", dir);
    said(&a, -ENOENT, "connect: x", "does not exist");
    said(&a, -EACCES, "connect: x", "on the way to the socket");
    FILE *file = fopen(a.unix_path, "w");
    assert_non_null(file);
    (void)fclose(file);
    said(&a, -ECONNREFUSED, "connect: x", "is not a socket: set docker.host");
    struct stat st;
    assert_int_equal(stat(a.unix_path, &st), 0);
    char group[64];
    (void)snprintf(group, sizeof(group), "(gid %lu); add the user", (unsigned long)st.st_gid);
    said(&a, -EACCES, "connect: x", group);
    if (st.st_gid == 0) {
        said(&a, -EACCES, "connect: x", "group root (gid 0)");
    }
    said(&a, -ETIMEDOUT, "as it is", "as it is");
    (void)unlink(a.unix_path);
    assert_int_equal(mkdir(a.unix_path, 0700), 0);
    said(&a, -ECONNREFUSED, "connect: x",
         "start the Engine there and mount the real socket, or set "
         "docker.host");
    struct err err = ERR_INIT;
    (void)err_set(&err, -ECONNREFUSED, "connect: x");
    remedy_connect(&a, &err);
    assert_null(strstr(err.text, "remove"));
    (void)rmdir(a.unix_path);
    (void)rmdir(dir);
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
        cmocka_unit_test(a_socket_that_is_not_permitted_names_its_group),
        cmocka_unit_test(tls_errors_say_what_to_set),
        cmocka_unit_test(proxies_have_a_flag_for_each_path),
        cmocka_unit_test(results_of_the_client_become_outcomes),
    };
    return RUN(tests);
}
