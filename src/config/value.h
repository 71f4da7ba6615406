/*
 * The value of an option: read from text and checked against the option's row, stored into and
 * read from struct config, written as YAML. Pure.
 *
 * A text for a list has its items separated by commas; a comma between brackets, as in the regular
 * expression a{1,3}, or behind a backslash separates nothing. Pairs are name=value items.
 */
#ifndef DOCKMETER_CONFIG_VALUE_H
#define DOCKMETER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"
#include "config/option.h"

/* The member that the option's type asks for is set. */
struct value {
    bool on;
    uint64_t number;
    int64_t ns;
    struct str text;
    struct str_list list;
    struct pair_list pairs;
};

/* Whether it is a word of truth: true, yes, on, 1, or false, no, off, 0, in any case. */
bool value_truth(struct str text, bool *ret);

/* Reads any type from a text; strings are copied to the arena. -EINVAL says the value and what
   would be right, without the option's name. */
MUST_USE int value_parse(const struct option *o, struct str text, struct arena *arena,
                         struct value *ret, struct err *err);

/* Checks and copies one text: UTF-8, no NUL, of limited length, not empty where `empty` is false.
 */
MUST_USE int value_copy_text(struct str text, bool empty, struct arena *arena, struct str *ret,
                             struct err *err);

/* Appends to a list or to pairs, in the arena; -EINVAL at the limit or a name given twice. */
MUST_USE int value_add_item(struct str_list *list, struct str item, struct arena *arena,
                            struct err *err);
MUST_USE int value_add_pair(struct pair_list *pairs, struct str_pair pair, struct arena *arena,
                            struct err *err);

/* The items as the option's choices write them; -EINVAL: one is none, and the nearest. Without
   choices anything is fine. */
MUST_USE int value_choose_items(const struct option *o, struct str_list *list, struct err *err);

void value_store(struct config *config, const struct option *o, const struct value *value);
struct value value_load(const struct config *config, const struct option *o);

/* As YAML on one line; a secret that is not empty is "***" when masked. */
void value_write(const struct option *o, const struct value *value, bool masked, struct buf *out);

/* The default, as YAML. */
void value_write_default(const struct option *o, struct buf *out);

/* Between double quotes, good for YAML and for a terminal: what is special in either is escaped. */
void value_quote(struct str s, struct buf *out);

/* What a right value is: "a whole number from 0 to 65535". */
void value_expected(const struct option *o, struct buf *out);

#endif
