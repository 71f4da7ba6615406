/* Command lines of a process 1: whose flags they have, or nobody's. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/beside.h"

/* A command line as written here with a blank for each NUL, its flags as one text. */
static void assert_flags(const char *cmdline, const char *expected) {
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct str text = arena_str(&arena, str_of(cmdline));
    struct buf flags CLEANUP_BUF = BUF_INIT;
    char *bytes = cmdline[0] ? arena_alloc(&arena, text.len + 1) : NULL;
    for (size_t i = 0; bytes && i <= text.len; i++) {
        bytes[i] = text.ptr[i];
        if (bytes[i] == ' ') {
            bytes[i] = '\0';
        }
    }
    size_t len = bytes ? text.len + 1 : 0;
    struct beside beside = beside_parse((struct str){.ptr = bytes, .len = len}, &arena);
    for (size_t i = 0; i < beside.n; i++) {
        buf_fmt(&flags, "%s%s", i ? " " : "", beside.flags[i]);
    }
    assert_string_equal(buf_cstr(&flags), expected);
}

static void flags_of_a_server_are_taken(void **state) {
    (void)state;
    static const struct {
        const char *cmdline, *flags;
    } rows[] = {
        {"dockmeter", ""},
        {"dockmeter --server.port=9300", "--server.port=9300"},
        {"dockmeter -p 9300 --x", "-p 9300 --x"},
        {"/usr/local/bin/dockmeter --x", "--x"},
        {"./dockmeter-1.2.3-linux-amd64 --x", "--x"},
        {"dockmeter serve", ""},
        {"dockmeter serve --x", "--x"},
        {"/sbin/docker-init -- dockmeter --x", "--x"},
        {"/run/podman-init -- /usr/bin/dockmeter serve --x", "--x"},
        {"dockmeter top", ""},
        {"dockmeter top --interval=9s", ""},
        {"/sbin/init splash", ""},
        {"/pause", ""},
        {"sh -c dockmeter --x", ""},
        {"su dockmeter -s x", ""},
        {"init -- other --x", ""},
        {"init --", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_flags(rows[i].cmdline, rows[i].flags);
    }
}

/* An empty word is one, and the last may lack its NUL. */
static void bytes_are_taken_as_they_are(void **state) {
    (void)state;
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct beside beside = beside_parse(STR("dockmeter\0--x\0\0--y"), &arena);
    assert_int_equal(beside.n, 3);
    assert_string_equal(beside.flags[1], "");
    assert_string_equal(beside.flags[2], "--y");
}

static void own_flags_go_before(void **state) {
    (void)state;
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    const char *own[] = {"--x"};
    struct beside beside = beside_choose(own, 1, &arena);
    assert_int_equal(beside.n, 1);
    assert_ptr_equal(beside.flags, own);
}

/* As the kernel decides it: the owner's bits, else the group's, else those of others. */
static void who_may_write_to_a_file(void **state) {
    (void)state;
    static const char root[] = "Name:\tx\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t0 \n";
    static const char nobody[] = "Name:\tx\nUid:\t65534\t65534\t65534\t65534\n"
                                 "Gid:\t65534\t65534\t65534\t65534\nFDSize:\t64\n"
                                 "Groups:\t998 1001 \nNStgid:\t1\n";
    static const struct {
        const char *status;
        uid_t owner;
        gid_t group;
        mode_t mode;
        bool may;
    } rows[] = {
        {root, 7, 7, 0600, true},          {nobody, 0, 998, 0660, true},
        {nobody, 0, 1001, 0660, true},     {nobody, 0, 65534, 0660, true},
        {nobody, 0, 64, 0660, false},      {nobody, 0, 1, 0660, false},
        {nobody, 0, 100, 0660, false},     {nobody, 0, 998, 0600, false},
        {nobody, 0, 998, 0606, false},     {nobody, 0, 7, 0666, true},
        {nobody, 65534, 7, 0600, true},    {nobody, 65534, 998, 0060, false},
        {"Name:\tx\n", 0, 0, 0660, false}, {"", 0, 0, 0660, false},
        {"\nUid:\t", 0, 0, 0660, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct stat file = {
            .st_uid = rows[i].owner, .st_gid = rows[i].group, .st_mode = S_IFSOCK | rows[i].mode};
        assert_int_equal(beside_may_write(str_of(rows[i].status), &file), rows[i].may);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_of_a_server_are_taken),
        cmocka_unit_test(bytes_are_taken_as_they_are),
        cmocka_unit_test(own_flags_go_before),
        cmocka_unit_test(who_may_write_to_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
