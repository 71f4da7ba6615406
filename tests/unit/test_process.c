#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"

static uint64_t figure(enum process_number i) {
    struct process_figures f;
    process_read(&f);
    assert_true(f.have >> i & 1U);
    return f.number[i];
}

static void tells_memory_and_start(void **state) {
    (void)state;
    uint64_t resident = figure(PROCESS_RESIDENT_BYTES);
    assert_in_range(resident, 100 * 1024, UINT64_C(1) << 40);
    assert_true(figure(PROCESS_VIRTUAL_BYTES) > resident);
    int64_t age_ns = clock_unix_ns() - (int64_t)figure(PROCESS_START_UNIX_NS);
    /* The machine's start is known to a second only. */
    assert_true(age_ns > -2 * NS_PER_S && age_ns < 120 * NS_PER_S);
    assert_true(figure(PROCESS_START_UNIX_NS) == figure(PROCESS_START_UNIX_NS));
}

static void a_hostile_name_does_not_shift_the_fields(void **state) {
    (void)state;
    uint64_t before = figure(PROCESS_VIRTUAL_BYTES);
    assert_int_equal(prctl(PR_SET_NAME, "a) 1 (b) 2 3"), 0);
    uint64_t after = figure(PROCESS_VIRTUAL_BYTES);
    assert_int_equal(prctl(PR_SET_NAME, "test"), 0);
    assert_in_range(after, before - (1 << 20), before + (1 << 20));
}

static uint64_t count_by_hand(void) {
    uint64_t n = 0;
    for (int fd = 0; fd < 1024; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

static void counts_descriptors(void **state) {
    (void)state;
    uint64_t before = figure(PROCESS_OPEN_FDS);
    assert_int_equal(before, count_by_hand());
    int fds[200];
    for (int i = 0; i < 200; i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
    assert_int_equal(figure(PROCESS_OPEN_FDS), before + 200);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(close(fds[i]), 0);
    }
    assert_int_equal(figure(PROCESS_OPEN_FDS), before);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(figure(PROCESS_MAX_FDS), limit.rlim_cur);
}

static void cpu_time_grows(void **state) {
    (void)state;
    uint64_t before = figure(PROCESS_CPU_NS);
    int64_t end_ns = clock_mono_ns() + 20 * NS_PER_MS;
    while (clock_mono_ns() < end_ns) {
    }
    uint64_t spent = figure(PROCESS_CPU_NS) - before;
    assert_in_range(spent, 1, 2 * NS_PER_S);
}

/* The code that a debugger writes into; never run. */
static void breakable(void **state) {
    assert_null(state);
}

/* Stops where its debugger may look, before and behind the drop. */
static void be_debugged(void) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) {
        (void)raise(SIGSTOP);
        process_drop_start();
        (void)raise(SIGSTOP);
    }
    _exit(1);
}

static void a_debuggers_breakpoints_stay(void **state) {
    (void)state;
    int status = 0;
    void *at = (void *)((uintptr_t)breakable & ~(uintptr_t)(sizeof(long) - 1));
    pid_t child = fork();
    if (child == 0) {
        be_debugged();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSTOPPED(status)) {
        long written = ~ptrace(PTRACE_PEEKTEXT, child, at, NULL);
        assert_int_equal(ptrace(PTRACE_POKETEXT, child, at, written), 0);
        assert_int_equal(ptrace(PTRACE_CONT, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSTOPPED(status));
        assert_int_equal(ptrace(PTRACE_PEEKTEXT, child, at, NULL), written);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
    } else {
        skip(); /* no debugging here */
    }
}

/* Finds a hole between two segments of the program; the room behind the last is none. */
static int find_hole(struct dl_phdr_info *program, size_t size, void *ret) {
    (void)size;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t end = 0;
    for (size_t i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &program->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD) {
            continue;
        }
        if (end != 0 && segment->p_vaddr / page * page > end) {
            *(uintptr_t *)ret = program->dlpi_addr + end;
            return 1;
        }
        end = (segment->p_vaddr + segment->p_memsz + page - 1) / page * page;
    }
    return 1;
}

/* This program is linked with holes, as one for arm64 is; the kernel gives them to whoever asks
   for memory. */
static void memory_between_segments_stays(void **state) {
    (void)state;
    uintptr_t hole = 0;
    (void)dl_iterate_phdr(find_hole, &hole);
    assert_int_not_equal(hole, 0);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *mine = mmap((void *)hole, page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    assert_ptr_equal(mine, (void *)hole);
    mine[0] = 'x';
    process_drop_start();
    assert_int_equal(mine[0], 'x');
    assert_int_equal(munmap(mine, page), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_memory_and_start),
        cmocka_unit_test(a_hostile_name_does_not_shift_the_fields),
        cmocka_unit_test(counts_descriptors),
        cmocka_unit_test(cpu_time_grows),
        cmocka_unit_test(a_debuggers_breakpoints_stay),
        cmocka_unit_test(memory_between_segments_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
