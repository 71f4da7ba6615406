/*
 * Writing to the terminal behind standard output, which may take nothing: it was stopped by Ctrl-S,
 * or nobody reads the other side of a pseudo terminal. Never waits for it. Reading the one behind
 * standard input without waiting.
 *
 *   tty_put ──► taken whole ──► idle
 *          └──► taken in part ──► waits ── the rest is taken ──► idle, taken()
 *
 * Standard output itself is shared with the shell and others, so it is not made non-blocking: its
 * terminal is opened once more. Where that cannot be (another user's terminal that is not the
 * controlling one) standard output is written to, and that may block.
 */
#ifndef DOCKMETER_CLI_TTY_H
#define DOCKMETER_CLI_TTY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

struct tty;

/* Calls taken(arg) on the loop when all that waited has been taken. */
MUST_USE int tty_new(struct loop *loop, void (*taken)(void *arg), void *arg, struct tty **ret,
                     struct err *err);
void tty_free(struct tty *tty); /* NULL is fine; what waits is dropped */

/* The terminal behind standard input, opened once more for reading without waiting; the caller
   closes it. -1: not to be had, as above. */
int tty_open_input(void);

/* Whether all that was put has been taken; what waits is tried once more. */
bool tty_idle(struct tty *tty);

/* Writes bytes instead of what still waits. Of that a part may be out: begin with an escape, which
   ends any sequence that was cut. A terminal that is gone takes nothing. */
void tty_put(struct tty *tty, struct str bytes);

/* The same for the last bytes. They have no time to wait: where the terminal takes nothing, what it
   has not shown yet is thrown away and it is started again. */
void tty_put_last(struct tty *tty, struct str bytes);

#endif
