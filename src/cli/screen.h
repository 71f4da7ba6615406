/*
 * The terminal as a screen of its own: the alternate one, drawn over in place with plain ANSI
 * sequences; what was shown before comes back at the end. Standard output is drawn on, standard
 * input is read key by key where it is a terminal too. One for the process.
 *
 *   screen_new ─► entered ── SIGTSTP: left, stopped, continued ──► entered ── screen_free ─► left
 *
 * Nothing waits for the terminal (cli/tty.h): while it takes no picture, none is drawn, and the
 * next one is that of then. In the background, while the terminal is the shell's, none is drawn
 * either and no key is taken.
 *
 * SIGWINCH, SIGTSTP and SIGCONT are its own business. Whoever owns it frees it before the program
 * ends, for whatever reason, or the terminal stays as it is.
 */
#ifndef DOCKMETER_CLI_SCREEN_H
#define DOCKMETER_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

struct screen;

/* Whether standard output is a terminal that can be drawn on (TERM says so). */
bool screen_possible(void);

/* What the screen asks of its owner, on the loop. */
struct screen_calls {
    void (*redraw)(void *arg);                 /* its size is another, or it was away */
    void (*typed)(void *arg, struct str keys); /* bytes: see top/key.h */
    void (*gone)(void *arg);                   /* the terminal was closed */
    void *arg;
};

MUST_USE int screen_new(struct loop *loop, const struct screen_calls *calls, struct screen **ret,
                        struct err *err);
void screen_free(struct screen *screen); /* NULL is fine */

/* Its present size; 80 by 24 where the terminal does not tell. */
void screen_size(const struct screen *screen, size_t *ret_width, size_t *ret_height);

/* Draws lines, each ended by "\n", from the top; what is below is cleared. When the picture before
   is not out yet, redraw is called as soon as it is. */
void screen_draw(struct screen *screen, struct str lines);

#endif
