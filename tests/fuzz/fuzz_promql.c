/* Which predecessor, then any query: its tokens are its bytes, and what is new is PromQL again. */
#include <errno.h>

#include "base/cleanup.h"
#include "migrate/query.h"
#include "migrate/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct predecessor *p = size ? predecessor_at(data[0] % 6U) : NULL;
    struct str query = {.ptr = (const char *)data + 1, .len = size - 1};
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct buf again CLEANUP_BUF = BUF_INIT;
    struct arena arena = ARENA_INIT;
    struct tokens tokens = {.n = 0};
    struct err err;
    if (p && tokens_read(query, &arena, &tokens, &err) == 0) {
        for (size_t i = 0; i < tokens.n; i++) {
            buf_str(&again, tokens.items[i].lead);
            buf_str(&again, tokens.items[i].text);
        }
        if (!str_eq(buf_view(&again), query)) {
            __builtin_trap();
        }
    }
    arena_done(&arena);
    buf_reset(&again);
    if (p && query_rewrite(p, query, &out, NULL, &err) == 0 && out.len <= QUERY_MAX &&
        query_rewrite(predecessor_at(0), buf_view(&out), &again, NULL, &err) == -EINVAL) {
        __builtin_trap();
    }
    return 0;
}
