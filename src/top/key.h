/*
 * What is typed, from a terminal's bytes: letters as they are, arrows and pages as one key each.
 * Pure.
 */
#ifndef DOCKMETER_TOP_KEY_H
#define DOCKMETER_TOP_KEY_H

#include "base/str.h"

/* A key is its character, or one of these. */
enum key {
    KEY_NONE = 0,
    KEY_UP = 256,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END
};

/* Takes the next key off *bytes; KEY_NONE for a sequence that stands for nothing here, or when
   nothing is left. */
int key_next(struct str *bytes);

#endif
