#include "unit.h"

#include <sys/stat.h>

#include "http/holder.h"
#include "http_bed.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static char folder[64];
static char sock_path[96];
static char sock_url[112];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_http_listen.XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(sock_path, sizeof(sock_path), "%s/http.sock", folder);
    (void)snprintf(sock_url, sizeof(sock_url), "unix://%s", sock_path);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(sock_path);
    return rmdir(folder);
}

static void listens_on_several(void **state) {
    (void)state;
    struct bed bed;
    struct err err = ERR_INIT;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    assert_int_equal(http_server_listen(bed.server, ":0", &err), 0);
    assert_int_equal(http_server_listen(bed.server, sock_url, &err), 0);
    assert_int_equal(strncmp(http_server_url(bed.server, 0), "http://127.0.0.1:", 17), 0);
    assert_string_equal(http_server_url(bed.server, 2), sock_url);
    assert_null(http_server_url(bed.server, 3));
    for (size_t i = 0; i < 2; i++) {
        struct peer p = peer_open(&bed, i);
        peer_ask(&bed, &p, GET("/"));
        assert_true(peer_sees(&bed, &p, "hello"));
        peer_close(&p);
    }
    bed_close(&bed);
}

/* The same port on all of IPv4 and all of IPv6, each given by itself. */
static void both_families_share_a_port(void **state) {
    (void)state;
    struct bed bed;
    struct err err = ERR_INIT;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "0.0.0.0:0");
    char address[32];
    (void)snprintf(address, sizeof(address), "[::]%s",
                   strrchr(http_server_url(bed.server, 0), ':'));
    int rc = http_server_listen(bed.server, address, &err);
    if (rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL) {
        bed_close(&bed);
        skip();
    }
    assert_int_equal(rc, 0);
    (void)snprintf(address, sizeof(address), "http://[::]%s",
                   strrchr(http_server_url(bed.server, 0), ':'));
    assert_string_equal(http_server_url(bed.server, 1), address);
    bed_close(&bed);
}

static void says_who_has_the_port(void **state) {
    (void)state;
    struct bed bed;
    struct bed other;
    struct err err = ERR_INIT;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    bed_open(&other, &s, "127.0.0.1:0");
    const char *port = strrchr(http_server_url(bed.server, 0), ':') + 1;
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%s", port);
    assert_int_equal(http_server_listen(other.server, address, &err), -EADDRINUSE);
    struct holder self;
    assert_true(holder_of_pid(getpid(), &self));
    char wanted[256];
    (void)snprintf(wanted, sizeof(wanted), "listen: %s: port %s is taken by %s (pid %d)", address,
                   port, self.name, (int)getpid());
    assert_string_equal(err.text, wanted);
    assert_null(http_server_url(other.server, 1));
    bed_close(&other);
    bed_close(&bed);
}

static void reads_the_kernels_socket_table(void **state) {
    (void)state;
    struct str line = STR("   0: 00000000:23F0 00000000:0000 0A 00000000:00000000 00:00000000 "
                          "00000000     0        0 3721465 1 0000000000000000 100 0 0 10 0\n");
    uint64_t inode = 0;
    assert_true(holder_parse_line(line, 9200, &inode));
    assert_true(inode == 3721465);
    assert_false(holder_parse_line(line, 9201, &inode));
    assert_false(holder_parse_line(STR("  sl  local_address rem_address   st"), 9200, &inode));
    struct str six = STR("  12: 00000000000000000000000001000000:23F0 "
                         "00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 77 1\n");
    assert_true(holder_parse_line(six, 9200, &inode));
    assert_true(inode == 77);
    struct str established = STR("   0: 00000000:23F0 00000000:0000 01 0:0 00:0 0 0 0 77 1\n");
    assert_false(holder_parse_line(established, 9200, &inode));
}

static void refuses_what_is_no_address(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "9200",
        "localhost",
        "127.0.0.1:http",
        "127.0.0.1:65536",
        "::1:80",
        "[::1]9200",
        "unix://",
        "unix://relative",
        "127.0.0.1:-1",
        "no.such.name.invalid:9200",
    };
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "localhost:0");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        if (http_server_listen(bed.server, rows[i], &err) != -EINVAL ||
            !strstr(err.text, rows[i])) {
            fail_msg("%s: %s", rows[i], err.text);
        }
    }
    bed_close(&bed);
}

static void unix_sockets_work(void **state) {
    (void)state;
    struct bed bed;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, sock_url);
    struct stat st;
    assert_int_equal(stat(sock_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    struct peer p = peer_open_unix(sock_path);
    peer_ask(&bed, &p, GET("/"));
    assert_true(peer_sees(&bed, &p, "hello"));
    peer_ask(&bed, &p, GET("/wait"));
    (void)shutdown(p.fd, SHUT_WR);
    bed_turn_ms(&bed, 10);
    bed_answer(&bed);
    assert_true(peer_sees(&bed, &p, "late\n"));
    peer_close(&p);
    p = peer_open_unix(sock_path);
    peer_ask(&bed, &p, GET("/wait"));
    bed_turn_ms(&bed, 10);
    peer_close(&p);
    bed_turn_ms(&bed, 10);
    assert_int_equal(bed.abandoned, 1);
    bed_close(&bed);
    assert_int_equal(stat(sock_path, &st), -1);
}

/* A socket that nobody listens on. */
static int bound_socket(void) {
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    memcpy(un.sun_path, sock_path, strlen(sock_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    return fd;
}

static void leave_stale_socket(void) {
    (void)close(bound_socket());
}

/* Its owner lives, too busy to accept: the socket is not stale. */
static void busy_sockets_are_left_alone(void **state) {
    (void)state;
    struct bed bed;
    struct err err = ERR_INIT;
    struct http_settings s = bed_settings();
    bed_open(&bed, &s, "127.0.0.1:0");
    int fd = bound_socket();
    assert_int_equal(listen(fd, 0), 0);
    struct peer p = peer_open_unix(sock_path);
    assert_int_equal(http_server_listen(bed.server, sock_url, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "ss -lxp"));
    assert_int_equal(access(sock_path, F_OK), 0);
    peer_close(&p);
    (void)close(fd);
    (void)unlink(sock_path);
    bed_close(&bed);
}

static void stale_sockets_are_replaced(void **state) {
    (void)state;
    struct bed bed;
    struct bed other;
    struct err err = ERR_INIT;
    struct http_settings s = bed_settings();
    leave_stale_socket();
    bed_open(&bed, &s, sock_url);
    bed_open(&other, &s, "127.0.0.1:0");
    assert_int_equal(http_server_listen(other.server, sock_url, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "is taken by "));
    struct peer p = peer_open_unix(sock_path);
    peer_ask(&bed, &p, GET("/"));
    assert_true(peer_sees(&bed, &p, "hello"));
    peer_close(&p);
    /* Another has put its own there meanwhile: it stays. */
    (void)unlink(sock_path);
    leave_stale_socket();
    bed_close(&bed);
    assert_int_equal(access(sock_path, F_OK), 0);
    (void)unlink(sock_path);
    int fd = open(sock_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(http_server_listen(other.server, sock_url, &err), -EEXIST);
    assert_int_equal(access(sock_path, F_OK), 0);
    bed_close(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listens_on_several),
        cmocka_unit_test(both_families_share_a_port),
        cmocka_unit_test(says_who_has_the_port),
        cmocka_unit_test(reads_the_kernels_socket_table),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(unix_sockets_work),
        cmocka_unit_test(busy_sockets_are_left_alone),
        cmocka_unit_test(stale_sockets_are_replaced),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
