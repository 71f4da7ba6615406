#include "cli/beside.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define CMDLINE_MAX ((size_t)128 * 1024)
#define READ_BYTES 4096

/* All of it, or nothing: half of a flag would be another one. */
static void read_cmdline(struct buf *text) {
    CLEANUP_FD int fd = open("/proc/1/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0) {
        char *to = buf_reserve(text, READ_BYTES);
        n = to ? read(fd, to, READ_BYTES) : -1;
        text->len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        buf_reset(text);
    }
}

static bool next_word(struct str *rest, struct str *ret_word) {
    return rest->len && str_split(rest, '\0', ret_word);
}

/* "dockmeter" in any folder; a file of a release has version and architecture behind that. */
static bool is_dockmeter(struct str word) {
    const char *slash = word.len ? memrchr(word.ptr, '/', word.len) : NULL;
    size_t from = slash ? (size_t)(slash - word.ptr) + 1 : 0;
    return str_starts(str_sub(word, from, word.len - from), STR("dockmeter"));
}

/* Moves *rest behind the program's name, and behind an init in front of it. */
static bool skip_program(struct str *rest) {
    struct str word = STR("");
    bool found = next_word(rest, &word) && is_dockmeter(word);
    if (!found && next_word(rest, &word) && str_eq(word, STR("--"))) {
        found = next_word(rest, &word) && is_dockmeter(word);
    }
    return found;
}

/* Moves *rest behind the command's name; false for another command than the server. */
static bool skip_command(struct str *rest) {
    struct str behind = *rest;
    struct str word = STR("-");
    (void)next_word(&behind, &word);
    bool flag = str_starts(word, STR("-"));
    *rest = flag ? *rest : behind;
    return flag || str_eq(word, STR("serve"));
}

struct beside beside_parse(struct str cmdline, struct arena *arena) {
    struct str rest = cmdline;
    struct str word = STR("");
    if (!skip_program(&rest) || !skip_command(&rest)) {
        return (struct beside){.n = 0};
    }
    size_t n = 0;
    const char **flags = arena_array(arena, rest.len + 1, sizeof(*flags));
    while (flags && next_word(&rest, &word)) {
        flags[n++] = arena_str(arena, word).ptr;
    }
    return arena_failed(arena) ? (struct beside){.n = 0} : (struct beside){.flags = flags, .n = n};
}

struct beside beside_choose(const char *const *args, size_t n, struct arena *arena) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    text.max = CMDLINE_MAX;
    if (n > 0) {
        return (struct beside){.flags = args, .n = n};
    }
    if (getpid() != 1) {
        read_cmdline(&text);
    }
    return beside_parse((struct str){.ptr = text.data, .len = text.len}, arena);
}
