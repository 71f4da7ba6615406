#include "cli/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The socket's group, or our own where there is no socket to reach (the remedies tell of that). */
static gid_t socket_group(const struct engine_address *address, gid_t own) {
    struct stat st;
    bool there = stat(address->unix_path, &st) == 0 && S_ISSOCK(st.st_mode);
    return there ? st.st_gid : own;
}

/* The kernel takes the capabilities with the last user id of root, but not under securebits that
   say otherwise. What is ours in /proc became root's on the way; it is ours again. */
static int give_up_rest(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
    bool gone = syscall(SYS_capset, &head, none) == 0 &&
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
    return gone ? 0 : -1;
}

/* Not -EPERM: half way down there is no staying. */
static int cannot_become(uid_t user, int code, struct err *err) {
    struct err why = ERR_INIT;
    (void)err_sys(&why, code, "server.user: becoming user %lu", (unsigned long)user);
    return err_set(err, -ECANCELED, "%s%s; server.user: 0 (DOCKMETER_SERVER_USER) keeps root",
                   why.text, code == -EINVAL ? " (this user namespace has no such id)" : "");
}

int privilege_drop(uint64_t uid, const struct engine_address *address, struct err *err) {
    uid_t user = (uid_t)uid;
    gid_t group = (gid_t)uid;
    if (user == 0 || geteuid() != 0) {
        return 0;
    }
    gid_t extra = socket_group(address, group);
    int r = setgroups(1, &extra) < 0 ? -errno : 0;
    if (r == -EPERM) {
        return err_sys(err, r, "server.user: taking on the group of the Engine's socket");
    }
    if (r < 0 || setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0 ||
        give_up_rest() < 0) {
        return cannot_become(user, r < 0 ? r : -errno, err);
    }
    return 0;
}
