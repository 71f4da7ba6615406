#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/address.h"

static struct engine_address parsed(const char *host, bool tls) {
    struct engine_tls settings = {.enabled = tls, .verify = true};
    struct engine_address a;
    struct err err = ERR_INIT;
    int rc = engine_address_parse(str_of(host), &settings, &a, &err);
    if (rc != 0) {
        print_error("%s: %s\n", host, err.text);
    }
    assert_int_equal(rc, 0);
    return a;
}

static void refused(const char *host, bool tls, const char *words) {
    struct engine_tls settings = {.enabled = tls};
    struct engine_address a = {.shown = "untouched"};
    struct err err = ERR_INIT;
    assert_int_equal(engine_address_parse(str_of(host), &settings, &a, &err), -EINVAL);
    if (!strstr(err.text, words)) {
        print_error("%s: %s\n", host, err.text);
    }
    assert_non_null(strstr(err.text, words));
    assert_string_equal(a.shown, "untouched");
}

static void unix_sockets(void **state) {
    (void)state;
    struct engine_address a = parsed("unix:///var/run/docker.sock", false);
    assert_string_equal(a.unix_path, "/var/run/docker.sock");
    assert_string_equal(a.base_url, "http://localhost");
    assert_string_equal(a.shown, "unix:///var/run/docker.sock");
    a = parsed(" /run/x.sock ", false);
    assert_string_equal(a.unix_path, "/run/x.sock");
    assert_string_equal(a.shown, "unix:///run/x.sock");
    refused("unix://docker.sock", false, "absolute path");
    refused("unix://", false, "absolute path");
    refused("/run/x.sock", true, "TLS is on");
    char longer[200];
    memset(longer, 'a', sizeof(longer) - 1);
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    refused(longer, false, "at most 107 bytes");
}

static void tcp_has_the_usual_ports(void **state) {
    (void)state;
    assert_string_equal(parsed("tcp://host", false).base_url, "http://host:2375");
    assert_string_equal(parsed("tcp://host", true).base_url, "https://host:2376");
    struct engine_address a = parsed("tcp://10.0.0.1:99/docker/", true);
    assert_string_equal(a.base_url, "https://10.0.0.1:99/docker");
    assert_string_equal(a.shown, "tcp://10.0.0.1:99/docker");
    assert_true(a.tls.enabled);
    assert_string_equal(a.unix_path, "");
}

static void ipv6_stands_in_brackets(void **state) {
    (void)state;
    assert_string_equal(parsed("tcp://[::1]:2375", false).base_url, "http://[::1]:2375");
    assert_string_equal(parsed("tcp://[fe80::1%25eth0]", false).base_url,
                        "http://[fe80::1%25eth0]:2375");
    refused("tcp://::1:2375", false, "brackets");
    refused("tcp://[::1", false, "[::1]:2375");
    refused("tcp://[::1]x:1", false, "not a host name");
}

static void urls(void **state) {
    (void)state;
    assert_string_equal(parsed("http://proxy/prefix", false).base_url, "http://proxy/prefix");
    struct engine_address a = parsed("https://proxy:8443", false);
    assert_string_equal(a.base_url, "https://proxy:8443");
    assert_true(a.tls.enabled);
    assert_true(a.tls.verify);
    refused("http://proxy", true, "http:// has none");
    refused("http://user:secret@proxy", false, "user and password");
}

static void secrets_are_never_shown(void **state) {
    (void)state;
    struct engine_tls off = {.enabled = false};
    struct engine_address a;
    struct err err = ERR_INIT;
    assert_int_equal(engine_address_parse(STR("tcp://user:secret@proxy"), &off, &a, &err), -EINVAL);
    assert_null(strstr(err.text, "secret"));
    assert_int_equal(engine_address_parse(STR("user:secret@proxy"), &off, &a, &err), -EINVAL);
    assert_null(strstr(err.text, "secret"));
}

static void the_way_out_is_named(void **state) {
    (void)state;
    refused("ssh://root@host", false, "ssh -N -L");
    refused("ssh://root@host", false, "USER@HOST and give unix:///tmp/docker.sock");
    refused("npipe:////./pipe/docker_engine", false, "Docker Desktop");
    refused("fd://", false, "daemon itself");
    refused("localhost:2375", false, "write tcp://localhost:2375");
    refused("docker.sock", false, "unix:///var/run/docker.sock");
    refused("", false, "unix:///var/run/docker.sock");
    refused("tcp://host:0", false, "1 to 65535");
    refused("tcp://host:x", false, "1 to 65535");
    refused("tcp://host:70000", false, "1 to 65535");
    refused("tcp://", false, "not a host name");
    refused("tcp://a b", false, "not a host name");
    refused("tcp://host/a?b", false, "may not hold");
}

static void a_certificate_needs_its_key(void **state) {
    (void)state;
    struct engine_tls tls = {.enabled = true, .cert_file = "/c.pem"};
    struct engine_address a;
    struct err err = ERR_INIT;
    assert_int_equal(engine_address_parse(STR("tcp://h"), &tls, &a, &err), -EINVAL);
    assert_non_null(strstr(err.text, "go together"));
}

static void make_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(fd);
}

static void the_first_usual_socket_is_found(void **state) {
    (void)state;
    struct stat st;
    if (stat("/var/run/docker.sock", &st) == 0) {
        skip(); /* it comes before all others */
    }
    struct engine_address a;
    engine_address_find(STR(""), &a);
    if (stat("/run/podman/podman.sock", &st) != 0) {
        assert_string_equal(a.unix_path, "/var/run/docker.sock");
    }
    char dir[] = "/tmp/dockmeter-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char path[80];
    (void)snprintf(path, sizeof(path), "%s/docker.sock", dir);
    make_socket(path);
    engine_address_find(str_of(dir), &a);
    assert_string_equal(a.unix_path, path);
    assert_false(a.tls.enabled);
    (void)unlink(path);
    (void)rmdir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unix_sockets),
        cmocka_unit_test(tcp_has_the_usual_ports),
        cmocka_unit_test(ipv6_stands_in_brackets),
        cmocka_unit_test(urls),
        cmocka_unit_test(secrets_are_never_shown),
        cmocka_unit_test(the_way_out_is_named),
        cmocka_unit_test(a_certificate_needs_its_key),
        cmocka_unit_test(the_first_usual_socket_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
