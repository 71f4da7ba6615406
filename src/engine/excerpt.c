#include "engine/excerpt.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "engine/document.h"

static const struct excerpt_key ALL = {.within = NULL};

/* The row for a key as it is written, or NULL. */
static const struct excerpt_key *row_of(const struct excerpt_key *wanted, struct str key) {
    if (str_find(key, '\\', 0) < key.len) {
        return &ALL;
    }
    while (wanted->key && !str_eq(key, str_of(wanted->key))) {
        wanted++;
    }
    return wanted->key ? wanted : NULL;
}

/* Writes what is wanted of an object; false when it cannot be walked as one. As deep as the tables
   are. */
static bool write_object(struct str bytes, const struct excerpt_key *wanted, struct buf *out) {
    struct err ignored = ERR_INIT;
    struct str key;
    struct str value;
    const char *separator = "{\"";
    int more = document_member(&bytes, &key, &value, &ignored);
    for (; more == 1; more = document_member(&bytes, &key, &value, &ignored)) {
        const struct excerpt_key *row = row_of(wanted, key);
        if (!row) {
            continue;
        }
        buf_text(out, separator);
        buf_str(out, key);
        buf_text(out, "\":");
        separator = ",\"";
        if (!row->within || value.ptr[0] != '{') {
            buf_str(out, value);
        } else if (!write_object(value, row->within, out)) {
            return false;
        }
    }
    buf_text(out, separator[0] == '{' ? "{}" : "}");
    return more == 0;
}

int excerpt_parse(struct str bytes, const struct excerpt_key *wanted, json_t **ret,
                  struct err *err) {
    CLEANUP_BUF struct buf excerpt = BUF_INIT;
    if (!write_object(bytes, wanted, &excerpt)) {
        return document_parse(bytes, ret, err);
    }
    if (buf_failed(&excerpt)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return document_parse(buf_view(&excerpt), ret, err);
}
