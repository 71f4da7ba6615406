#include "cli/privilege.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The socket's group, or our own where there is no socket to reach (the remedies tell of that). */
static gid_t socket_group(const struct engine_address *address, gid_t own) {
    struct stat st;
    bool there = stat(address->unix_path, &st) == 0 && S_ISSOCK(st.st_mode);
    return there ? st.st_gid : own;
}

int privilege_drop(uint64_t uid, const struct engine_address *address, struct err *err) {
    uid_t user = (uid_t)uid;
    gid_t group = (gid_t)uid;
    if (user == 0 || geteuid() != 0) {
        return 0;
    }
    gid_t extra = socket_group(address, group);
    if (setgroups(1, &extra) < 0) {
        return err_sys(err, -errno, "server.user: taking on the group of the Engine's socket");
    }
    if (setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0) {
        (void)err_sys(err, -errno, "server.user: becoming user %lu", (unsigned long)user);
        return err->code = -ECANCELED; /* half way down there is no staying */
    }
    /* No capability is left, as the kernel drops them with the last user id of root. What is ours
       in /proc became root's on the way; it is ours again. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0) {
        return err_sys(err, -errno, "server.user: giving up privileges");
    }
    return 0;
}
