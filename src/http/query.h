/*
 * Parameters of a query ("collect[]=a&collect%5B%5D=b&profile=native"). Pure. Names and values are
 * percent-decoded, '+' is a space; a '%' without two hex digits stands for itself.
 */
#ifndef DOCKMETER_HTTP_QUERY_H
#define DOCKMETER_HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct query_room {
    char *buf;
    size_t cap;
};

/*
 * The i-th value of the parameter `name` (given decoded), decoded into the room; what does not fit
 * is cut. A parameter without '=' has the value "". False when there is no i-th one.
 */
bool query_value(struct str query, struct str name, size_t i, struct query_room room,
                 struct str *ret);

#endif
