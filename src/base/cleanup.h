/*
 * Scope cleanup for locals. A local that owns something carries a cleanup attribute; ownership
 * leaves a function only through take_ptr() or take_fd(), which make the leaving visible.
 */
#ifndef DOCKMETER_BASE_CLEANUP_H
#define DOCKMETER_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define CLEANUP_FREE CLEANUP(cleanup_free)
#define CLEANUP_FD CLEANUP(cleanup_fd)

static inline void cleanup_free(void *slot) {
    free(*(void **)slot);
}

static inline void cleanup_fd(int *fd) {
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

/* Hands a pointer over: the local becomes NULL and its cleanup does nothing. */
#define take_ptr(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

/* Hands a descriptor over: the local becomes -1. */
static inline int take_fd(int *fd) {
    int taken = *fd;
    *fd = -1;
    return taken;
}

#endif
