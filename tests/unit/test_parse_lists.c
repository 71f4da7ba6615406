/* The parsers that make arrays: block devices and interfaces. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "kernel/parse.h"

struct fixture {
    struct arena arena;
    struct usage usage;
    size_t dropped;
};

static int setup(void **state) {
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    arena_done(&f->arena);
    free(f);
    return 0;
}

static void io_stat(struct fixture *f, struct str text) {
    assert_int_equal(parse_io_stat(text, &f->arena, &f->usage, &f->dropped), 0);
}

static void blkio_bytes(struct fixture *f, struct str text) {
    assert_int_equal(
        parse_blkio(text, DISK_READ_BYTES, DISK_WRITE_BYTES, &f->arena, &f->usage, &f->dropped), 0);
}

static void blkio_counts(struct fixture *f, struct str text) {
    assert_int_equal(parse_blkio(text, DISK_READS, DISK_WRITES, &f->arena, &f->usage, &f->dropped),
                     0);
}

static void net_dev(struct fixture *f, struct str text) {
    assert_int_equal(parse_net_dev(text, &f->arena, &f->usage, &f->dropped), 0);
}

/* Puts each number behind a blank, "-" for an unknown one. */
static void put_numbers(struct buf *text, const uint64_t *number, unsigned have, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (have >> i & 1U) {
            buf_fmt(text, " %llu", (unsigned long long)number[i]);
        } else {
            buf_text(text, " -");
        }
    }
}

/* "254:16 1 2 3 4": device and its four numbers. */
static void assert_disk(const struct fixture *f, size_t i, const char *expected) {
    struct buf text = BUF_INIT;
    assert_true(i < f->usage.n_disks);
    const struct usage_disk *disk = &f->usage.disks[i];
    buf_fmt(&text, "%u:%u", disk->major, disk->minor);
    put_numbers(&text, disk->number, disk->have, DISK_NUMBERS);
    assert_string_equal(buf_cstr(&text), expected);
    buf_done(&text);
}

/* "eth0 1 2 3 4 5 6 7 8" in the same way. */
static void assert_net(const struct fixture *f, size_t i, const char *expected) {
    struct buf text = BUF_INIT;
    assert_true(i < f->usage.n_nets);
    const struct usage_net *net = &f->usage.nets[i];
    buf_str(&text, net->interface);
    put_numbers(&text, net->number, net->have, NET_NUMBERS);
    assert_string_equal(buf_cstr(&text), expected);
    buf_done(&text);
}

static void io_stat_by_device(void **state) {
    struct fixture *f = *state;
    io_stat(f, STR("254:16 rbytes=122880 wbytes=16330752 rios=30 wios=3987 dbytes=5 dios=6\n"
                   "8:0 rbytes=0 wbytes=1 rios=2 wios=3 dbytes=0 dios=0 cost.usage=7\n"));
    assert_int_equal(f->usage.n_disks, 2);
    assert_disk(f, 0, "8:0 0 1 2 3");
    assert_disk(f, 1, "254:16 122880 16330752 30 3987");
    assert_int_equal(f->dropped, 0);
}

static void devices_without_figures_are_left_out(void **state) {
    struct fixture *f = *state;
    io_stat(f, STR("11:0 \n7:7\n\n8:0 dbytes=1\nrbytes=1\n"));
    assert_int_equal(f->usage.n_disks, 0);
    io_stat(f, STR(""));
    io_stat(f, STR("8:0"));
    assert_int_equal(f->usage.n_disks, 0);
    io_stat(f, STR("7:1 7:0 8:16 rbytes=1 wbytes=2 rios=3 wios=4\n"));
    assert_int_equal(f->usage.n_disks, 1);
    assert_disk(f, 0, "8:16 1 2 3 4");
}

static void bad_figures_are_unknown(void **state) {
    struct fixture *f = *state;
    io_stat(f, STR("8:0 rbytes=max wbytes=-1 rios=18446744073709551616 wios=4\n"
                   "8:1 rbytes= wbytes rios=1 rios=2 wios=5\r\n"
                   "8:2 rbytes=18446744073709551615 xrbytes=1 rbytess=3\n"
                   "8:3: wios=1\n8 wios=1\n:3 wios=1\n8: wios=1\n-8:1 wios=1\n"
                   "4294967296:0 wios=1\n0:4294967296 wios=1\nsda wios=1\n"
                   "8:4 wbytes=1\0 wios=8\n"
                   "8:5 wios=1"));
    assert_int_equal(f->usage.n_disks, 4);
    assert_disk(f, 0, "8:0 - - - 4");
    assert_disk(f, 1, "8:1 - - 1 -");
    assert_disk(f, 2, "8:2 18446744073709551615 - - -");
    assert_disk(f, 3, "8:4 - - - 8");
}

static void a_device_that_comes_again_is_added_up(void **state) {
    struct fixture *f = *state;
    io_stat(f, STR("8:0 rbytes=1\n8:0 rbytes=2 wbytes=18446744073709551615\n8:1 rios=1\n"
                   "8:0 rbytes=4 wbytes=1\n"));
    assert_int_equal(f->usage.n_disks, 2);
    assert_disk(f, 0, "8:0 7 18446744073709551615 - -");
    assert_disk(f, 1, "8:1 - - 1 -");
}

static void blkio_files_meet_in_one_device(void **state) {
    struct fixture *f = *state;
    struct str bytes = STR("8:16 Read 1\n8:16 Write 2\n8:16 Sync 3\n8:16 Async 4\n"
                           "8:16 Discard 5\n8:16 Total 12\n7:0 Read 6\n7:0 Write 7\nTotal 25\n");
    blkio_bytes(f, bytes);
    assert_int_equal(f->usage.n_disks, 2);
    assert_disk(f, 0, "7:0 6 7 - -");
    assert_disk(f, 1, "8:16 1 2 - -");
    blkio_counts(f, STR("7:0 Read 8\n7:0 Write 9\n9:0 Read 1\n8:16 Read 3\nTotal 21\n"));
    assert_int_equal(f->usage.n_disks, 3);
    assert_disk(f, 0, "7:0 6 7 8 9");
    assert_disk(f, 1, "8:16 1 2 3 -");
    assert_disk(f, 2, "9:0 - - 1 -");
}

static void other_blkio_lines_are_passed_over(void **state) {
    struct fixture *f = *state;
    blkio_bytes(f, STR("Total 0\n"));
    assert_int_equal(f->usage.n_disks, 0);
    blkio_bytes(f, STR("8:0 Read\n8:0 Read \n8:0 Read x\n8:0 Read 1 2\n8:0 Read -1\n8:0 read 1\n"
                       "8:0 Reads 1\n8:0 Read 18446744073709551616\nRead 1\n8:0\n\n8:0 Read 1\r\n"
                       "8:1 Write 5\n8:1 Read 1"));
    assert_int_equal(f->usage.n_disks, 1);
    assert_disk(f, 0, "8:1 - 5 - -");
    assert_int_equal(f->dropped, 0);
}

static void devices_beyond_the_limit_are_counted(void **state) {
    struct fixture *f = *state;
    struct buf text = BUF_INIT;
    for (int i = PARSE_DEVICES_MAX + 2; i > 0; i--) {
        buf_fmt(&text, "8:%d rbytes=%d\n", i, i);
    }
    io_stat(f, buf_view(&text));
    assert_int_equal(f->usage.n_disks, PARSE_DEVICES_MAX);
    assert_int_equal(f->dropped, 2);
    assert_disk(f, 0, "8:3 3 - - -");
    buf_reset(&text);
    for (int i = 1; i <= PARSE_DEVICES_MAX + 1; i++) {
        buf_fmt(&text, "8:%d Read %d\n8:%d Write 1\n", i, i, i);
    }
    blkio_counts(f, buf_view(&text));
    assert_int_equal(f->dropped, 4);
    assert_int_equal(f->usage.n_disks, PARSE_DEVICES_MAX + 2);
    assert_disk(f, 2, "8:3 3 - 3 1");
    buf_done(&text);
}

static void interfaces_with_all_their_columns(void **state) {
    struct fixture *f = *state;
    struct str text =
        STR("Inter-|   Receive                            |  Transmit\n"
            " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs\n"
            "    lo: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
            "  eth1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
            " tunl0: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
            "  eth0:    1392      16    0    2    0     0          0         0        3       4  "
            "  5    6    0     0       0          0\n");
    net_dev(f, text);
    assert_int_equal(f->usage.n_nets, 2);
    assert_net(f, 0, "eth0 1392 16 0 2 3 4 5 6");
    assert_net(f, 1, "eth1 1 2 3 4 9 10 11 12");
    assert_true(f->usage.nets[0].interface.ptr < text.ptr ||
                f->usage.nets[0].interface.ptr >= text.ptr + text.len);
    assert_int_equal(f->dropped, 0);
}

/* What only carries the containers' traffic once more; what cAdvisor keeps is kept. */
static void interfaces_of_the_machine(void **state) {
    struct fixture *f = *state;
    struct str text = STR("lo: 1\nlo0: 1\neth0: 2\nveth12ab: 3\nVETH9: 3\ndocker0: 4\n"
                          "docker_gwbridge: 4\nnerdctl0: 4\nbr-0123456789ab: 5\ntunl0: 6\n"
                          "wlan0: 7\nveh0: 8\nl: 9\nmyveth: 10\n");
    static const char *const kept[] = {"br-0123456789ab", "eth0", "l", "myveth", "veh0", "wlan0"};
    assert_int_equal(parse_machine_net_dev(text, &f->arena, &f->usage, &f->dropped), 0);
    assert_int_equal(f->usage.n_nets, sizeof(kept) / sizeof(kept[0]));
    for (size_t i = 0; i < f->usage.n_nets; i++) {
        assert_true(str_eq(f->usage.nets[i].interface, str_of(kept[i])));
    }
    assert_int_equal(f->dropped, 0);
    net_dev(f, text);
    assert_int_equal(f->usage.n_nets, 12); /* a container keeps all but lo and tunl0 */
}

/* They leave room for the machine's own, however many there are. */
static void containers_ends_count_towards_no_limit(void **state) {
    struct fixture *f = *state;
    struct buf text = BUF_INIT;
    for (unsigned i = 0; i <= PARSE_INTERFACES_MAX; i++) {
        buf_fmt(&text, "veth%u: 1\n", i);
    }
    buf_text(&text, "eth0: 1\n");
    assert_int_equal(parse_machine_net_dev(buf_view(&text), &f->arena, &f->usage, &f->dropped), 0);
    assert_int_equal(f->usage.n_nets, 1);
    assert_int_equal(f->dropped, 0);
    buf_done(&text);
}

static void odd_interface_lines(void **state) {
    struct fixture *f = *state;
    net_dev(f, STR("eth0:123 5 0 1 0 0 0 0 9 8 7 6 0 0 0 0\n"
                   "  a:1: 1 2\n"
                   "a:2:3 4\n"
                   "b: 1 max -3 18446744073709551616 0 0 0 0 5\n"
                   "c:\n"
                   ": 1 2 3\n"
                   "d 1 2 3\n"
                   "e: x y\n"
                   "e f: 1 2\n"
                   "f: 1\0 2\r\n"
                   "g: 1 2\r\n"
                   "\n"
                   "z: 1 2 3"));
    assert_int_equal(f->usage.n_nets, 5);
    assert_net(f, 0, "a:1 1 2 - - - - - -");
    assert_net(f, 1, "a:2 3 4 - - - - - -");
    assert_net(f, 2, "b 1 - - - 5 - - -");
    assert_net(f, 3, "eth0 123 5 0 1 9 8 7 6");
    assert_net(f, 4, "g 1 - - - - - - -");
    assert_int_equal(f->dropped, 0);
    net_dev(f, STR(""));
    assert_int_equal(f->usage.n_nets, 0);
}

static void interfaces_beyond_the_limits_are_counted(void **state) {
    struct fixture *f = *state;
    struct buf text = BUF_INIT;
    buf_fmt(&text, "%0*d: 1\n%0*d: 2\n", PARSE_INTERFACE_NAME_MAX, 0, PARSE_INTERFACE_NAME_MAX + 1,
            0);
    net_dev(f, buf_view(&text));
    assert_int_equal(f->usage.n_nets, 1);
    assert_int_equal(f->dropped, 1);
    buf_reset(&text);
    for (int i = 1; i <= PARSE_INTERFACES_MAX + 1; i++) {
        buf_fmt(&text, "v%d: %d\n", i, i);
    }
    net_dev(f, buf_view(&text));
    assert_int_equal(f->usage.n_nets, PARSE_INTERFACES_MAX);
    assert_int_equal(f->dropped, 2);
    for (size_t i = 1; i < f->usage.n_nets; i++) {
        assert_true(str_cmp(f->usage.nets[i - 1].interface, f->usage.nets[i].interface) < 0);
    }
    buf_done(&text);
}

static void a_name_that_comes_twice_is_there_once(void **state) {
    struct fixture *f = *state;
    net_dev(f, STR("b: 1\na: 2\nb: 1\n"));
    assert_int_equal(f->usage.n_nets, 2);
    assert_net(f, 0, "a 2 - - - - - - -");
    assert_net(f, 1, "b 1 - - - - - - -");
    assert_int_equal(f->dropped, 1);
}

static void long_lines_are_passed_over(void **state) {
    struct fixture *f = *state;
    const size_t len = (size_t)1 << 20;
    struct buf text = BUF_INIT;
    memset(buf_reserve(&text, len), '1', len);
    text.len = len;
    buf_text(&text, "\n8:0 rbytes=3\n8:0 Read 4\neth0: 1 2\n");
    io_stat(f, buf_view(&text));
    blkio_counts(f, buf_view(&text));
    net_dev(f, buf_view(&text));
    assert_int_equal(f->usage.n_disks, 1);
    assert_disk(f, 0, "8:0 3 - 4 -");
    assert_int_equal(f->usage.n_nets, 2); /* "8:0 Read 4" could be an interface's */
    assert_net(f, 1, "eth0 1 2 - - - - - -");
    buf_done(&text);
}

static void without_memory_the_usage_is_as_it_was(void **state) {
    struct fixture *f = *state;
    struct usage_net had = {.interface = STR("eth0")};
    f->usage.nets = &had;
    f->usage.n_nets = 1;
    assert_null(arena_alloc(&f->arena, SIZE_MAX)); /* from now on the arena has failed */
    int rc = parse_net_dev(STR("a: 1\n"), &f->arena, &f->usage, &f->dropped);
    assert_int_equal(rc, -ENOMEM);
    assert_ptr_equal(f->usage.nets, &had);
    assert_int_equal(f->usage.n_nets, 1);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(io_stat_by_device),
        CASE(devices_without_figures_are_left_out),
        CASE(bad_figures_are_unknown),
        CASE(a_device_that_comes_again_is_added_up),
        CASE(blkio_files_meet_in_one_device),
        CASE(other_blkio_lines_are_passed_over),
        CASE(devices_beyond_the_limit_are_counted),
        CASE(interfaces_with_all_their_columns),
        CASE(interfaces_of_the_machine),
        CASE(containers_ends_count_towards_no_limit),
        CASE(odd_interface_lines),
        CASE(interfaces_beyond_the_limits_are_counted),
        CASE(a_name_that_comes_twice_is_there_once),
        CASE(long_lines_are_passed_over),
        CASE(without_memory_the_usage_is_as_it_was),
    };
    return RUN(tests);
}
