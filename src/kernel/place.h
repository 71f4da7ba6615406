/*
 * Where a container's cgroups are: /proc/<pid>/cgroup read for one container's id. Pure.
 *
 *      0::/system.slice/docker-<id>.scope/init.scope        -> system.slice/docker-<id>.scope
 *      4:memory:/docker/<id>                                -> docker/<id>
 *      0::/user.slice/…/libpod-<id>.scope/container         -> user.slice/…/libpod-<id>.scope
 *      0::/../../own/<id>     (another cgroup namespace)    -> own/<id>, relative
 *
 * A path counts only when one of its components names the id, and ends with that component: what
 * the container makes inside of its cgroup is part of it. Format: cgroups(7).
 *
 *      0::/                   (our own cgroup, in a namespace of its own)  -> <id>, relative, own
 */
#ifndef DOCKMETER_KERNEL_PLACE_H
#define DOCKMETER_KERNEL_PLACE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "kernel/hierarchy.h"

struct place {
    struct str path[HIERARCHIES]; /* views of the text, no slash in front; empty: not there */
    bool relative[HIERARCHIES];   /* to a cgroup that the reader cannot tell */
    bool own; /* the reader's own cgroups: paths are the id, their names and parents unknown */
};

/* The next line of a form that we know: its list of controllers, and the path with its slash;
 *text moves behind it. */
bool place_line(struct str *text, struct str *ret_controllers, struct str *ret_path);

/*
 * Success with no path at all is possible: only a hierarchy that tells us nothing names the id.
 * -ESTALE: nothing in it names the id, so the process is somebody else's. -ENOENT: the process or
 * its cgroup has ended.
 */
MUST_USE int place_parse(struct str text, struct str id, struct place *ret);

/*
 * A text in which nothing names the id beside the reader's own /proc/self/cgroup, read in the same
 * cgroup namespace: of hierarchies where both say the same, the reader is in the same cgroup. That
 * it is the container's remains to be proven, see self.h. -ESTALE: there is no such hierarchy.
 */
MUST_USE int place_own(struct str text, struct str ours, struct str id, struct place *ret);

#endif
