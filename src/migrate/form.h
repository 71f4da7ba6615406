/* The forms of a predecessor's families, printed. See predecessor.h for what a form is. */
#ifndef DOCKMETER_MIGRATE_FORM_H
#define DOCKMETER_MIGRATE_FORM_H

#include "base/buf.h"
#include "migrate/selector.h"

/* Whether a form is one selector and nothing else. */
bool form_is_plain(const char *form);

/* Whether a form can stand beside any operator without brackets around it. */
bool form_is_atom(const char *form);

/* The family that says which series a rule's form has: its mask, else the first one in it. */
struct str form_carrier(const struct family_rule *rule);

/* Appends the form with a selector's matchers; `modifiers` (" offset 5m", or empty) follow each
   selector. */
void form_print(const char *form, const struct selector *s, struct str modifiers, struct buf *out);

/* Appends one family with a selector's matchers. */
void form_print_family(struct str family, const struct selector *s, struct str modifiers,
                       struct buf *out);

/* Appends all of a rule's form, sum and mask for people, without matchers. */
void form_describe(const struct family_rule *rule, struct buf *out);

#endif
