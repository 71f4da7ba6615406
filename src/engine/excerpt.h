/*
 * The members of a JSON object that are wanted, parsed; the others are walked over. Pure. Of a
 * container's inspect a fifth is read, and parsing the rest took half of the processor time of a
 * start.
 *
 *   {"Id":"a","GraphDriver":{…},"State":{"Pid":1,"Error":""}} ─► {"Id":"a","State":{"Pid":1}}
 *
 * What is left out must be complete in its brackets and strings and is not looked at further. The
 * excerpt is repaired and limited as any document is, see document.h.
 */
#ifndef DOCKMETER_ENGINE_EXCERPT_H
#define DOCKMETER_ENGINE_EXCERPT_H

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

/* A row of a table that ends with a row without key. */
struct excerpt_key {
    const char *key;                  /* a name without escapes */
    const struct excerpt_key *within; /* what is wanted of an object; NULL: all */
};

/*
 * As document_parse(), which sees all of what cannot be walked as an object, to say what is wrong
 * with it. A member whose name has escapes is kept whatever it says.
 */
MUST_USE int excerpt_parse(struct str bytes, const struct excerpt_key *wanted, json_t **ret,
                           struct err *err);

#endif
