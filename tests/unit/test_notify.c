/* A service manager that is busy: its queue is full when something is to be told. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/notify.h"

#define END "END=1"
#define FILL "FILL=1"
#define SENDERS_MAX 64

static char folder[] = "/tmp/dm-notify-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int manager = -1;
static int senders[SENDERS_MAX]; /* what they sent lies in the manager's queue */
static int n_senders;

/* As another service does; 0 or an errno. */
static int send_by(int sender, const char *text, int flags) {
    ssize_t n = sendto(sender, text, strlen(text), flags, (const struct sockaddr *)&address,
                       sizeof(address));
    return n < 0 ? errno : 0;
}

static int new_sender(void) {
    assert_true(n_senders < SENDERS_MAX);
    senders[n_senders] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(senders[n_senders] >= 0);
    return senders[n_senders++];
}

/* Until a sender with nothing under way finds no room: one alone may not send as much as the queue
   takes. */
static void fill_queue(void) {
    bool room = true;
    while (room) {
        int sender = new_sender();
        room = false;
        while (send_by(sender, FILL, MSG_DONTWAIT) == 0) {
            room = true;
        }
    }
}

static void close_senders(void) {
    while (n_senders > 0) {
        (void)close(senders[--n_senders]);
    }
}

static int make_manager(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    return 0;
}

static int remove_manager(void **state) {
    (void)state;
    (void)close(manager);
    (void)unlink(address.sun_path);
    return rmdir(folder);
}

/* Returns when the process waits for something. */
static void await_sleep(pid_t pid) {
    const struct timespec moment = {.tv_nsec = 1000000};
    char path[64];
    char stat[256] = "";
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    while (!strstr(stat, ") S ")) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, stat, sizeof(stat) - 1);
        stat[n > 0 ? n : 0] = '\0';
        (void)close(fd);
        (void)nanosleep(&moment, NULL);
    }
}

/* Reads once the process waits, after it was disturbed by so many signals; whether this came. */
static bool reads(pid_t pid, int signals, const char *wanted) {
    char got[64] = "";
    bool found = false;
    for (int i = 0; i < signals; i++) {
        await_sleep(pid);
        (void)kill(pid, SIGUSR1);
    }
    await_sleep(pid);
    while (strcmp(got, END) != 0) {
        ssize_t n = recv(manager, got, sizeof(got) - 1, 0);
        got[n > 0 ? n : 0] = '\0';
        found = found || strcmp(got, wanted) == 0;
    }
    return found;
}

/* Whether a manager gets it that has no room until this process waits for that. */
static bool arrives(const char *text, int signals) {
    pid_t us = getpid();
    int status = -1;
    fill_queue();
    pid_t reader = fork();
    if (reader == 0) {
        _exit(reads(us, signals, text) ? 0 : 1);
    }
    notify_send(text);
    int last = new_sender();
    while (send_by(last, END, 0) == EINTR) {
    }
    while (waitpid(reader, &status, 0) < 0 && errno == EINTR) {
    }
    close_senders();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A machine that is too busy to run the reader in time may try again. */
static bool can_arrive(const char *text, int signals) {
    for (int tries = 0; tries < 20; tries++) {
        if (arrives(text, signals)) {
            return true;
        }
    }
    return false;
}

static void readiness_is_not_lost(void **state) {
    (void)state;
    assert_true(can_arrive("READY=1", 0));
    assert_true(can_arrive("RELOADING=1\nMONOTONIC_USEC=1", 0));
}

static void on_usr1(int signo) {
    (void)signo;
}

static void nor_by_a_signal(void **state) {
    (void)state;
    const struct sigaction noted = {.sa_handler = on_usr1};
    assert_int_equal(sigaction(SIGUSR1, &noted, NULL), 0);
    assert_true(can_arrive("READY=1", 1));
}

static void nothing_waits_with_what_nobody_awaits(void **state) {
    (void)state;
    assert_false(arrives("WATCHDOG=1", 0));
    assert_false(arrives("STOPPING=1", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readiness_is_not_lost),
        cmocka_unit_test(nor_by_a_signal),
        cmocka_unit_test(nothing_waits_with_what_nobody_awaits),
    };
    return cmocka_run_group_tests(tests, make_manager, remove_manager);
}
