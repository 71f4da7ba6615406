#include <stdio.h>

#include "base/cleanup.h"
#include "build.h"
#include "cli/command.h"
#include "metrics/page.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const struct build_info *build_info(void) {
    static const char *const build[] = {BUILD_COMMIT_AND_DATE};
    static struct build_info info;
    info = (struct build_info){
        .version = STR(DOCKMETER_VERSION),
        .commit = str_of(build[0]),
        .build_date = str_of(build[1]),
        .compiler = STR(COMPILER),
    };
    return &info;
}

int command_version(const struct config *config) {
    (void)config;
    const struct build_info *info = build_info();
    struct buf out CLEANUP_BUF = BUF_INIT;
    buf_fmt(&out, "dockmeter %.*s (commit %.*s, %.*s, %.*s)\n", STR_ARG(info->version),
            STR_ARG(info->commit), STR_ARG(info->build_date), STR_ARG(info->compiler));
    return print_buf(&out);
}

/* It is wanted with a wrong configuration above all. */
int version_own(const char *const *args, size_t n) {
    (void)args;
    return n == 0 ? command_version(NULL) : -1;
}
