/*
 * Functions that lose errors, bounds or thread safety; using one is a compile error. Included on
 * the command line (-include) so that no file can forget it.
 */
#ifndef DOCKMETER_BASE_BANNED_H
#define DOCKMETER_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok strncpy strncat
#pragma GCC poison gmtime localtime ctime asctime
#pragma GCC poison atoi atol atoll popen

/* Not poisoned as a word, because a collector has this name; only its call is. */
#define system(...) banned_because_it_runs_a_shell(__VA_ARGS__)

#endif
