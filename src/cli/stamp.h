/*
 * The file that tells when figures were last collected: Unix seconds as text, for health checks
 * that look at it. It is written beside the loop, one write after another; a time that comes while
 * one is written waits, and gives way to a newer one.
 *
 *   stamp_set(1) ─► job writes 1 ─► done ─► job writes 3 ─► done
 *   stamp_set(2), stamp_set(3) ─────────────┘
 *
 * The file is whole at any moment: a new one, with the mode and owner of the old, is renamed over
 * it. What cannot be replaced (a mounted file, one in a folder that is not ours) is overwritten in
 * place. What is not a plain file, as a device or a link, is left alone. A failure is logged when
 * it begins or changes, and its end.
 */
#ifndef DOCKMETER_CLI_STAMP_H
#define DOCKMETER_CLI_STAMP_H

#include <stdint.h>

#include "base/err.h"
#include "work/work.h"

struct stamp;

/* The path is copied, the work borrowed. */
MUST_USE int stamp_new(struct work *work, const char *path, struct stamp **ret, struct err *err);

/* This is the time now. */
void stamp_set(struct stamp *stamp, int64_t unix_s);

/* Writes what still waits and frees; after work_end(). NULL is fine. */
void stamp_free(struct stamp *stamp);

#endif
