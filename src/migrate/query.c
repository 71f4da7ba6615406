#include "migrate/query.h"

#include <errno.h>

int query_rewrite(const struct predecessor *from, struct str query, struct buf *out,
                  struct remarks *remarks, struct err *err) {
    (void)from;
    (void)remarks;
    if (query.len > QUERY_MAX) {
        return err_set(err, -E2BIG, "%zu bytes, more than %d", query.len, QUERY_MAX);
    }
    buf_str(out, query);
    return 0;
}

void template_rewrite(const struct predecessor *from, struct str text, struct buf *out,
                      struct remarks *remarks) {
    (void)from;
    (void)remarks;
    buf_str(out, text);
}
