/*
 * Asking the Dockmeter of a configuration how it is: its first listen address from inside, with TLS
 * and authentication as configured.
 */
#ifndef DOCKMETER_CLI_HEALTH_H
#define DOCKMETER_CLI_HEALTH_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "loop/fetch.h"
#include "loop/loop.h"

/*
 * Runs the loop until /health has answered or 3 s are over: 0 for 200, -EPROTO for another status,
 * else why there is no answer. *ret_ours: the words of the answer are Dockmeter's.
 */
MUST_USE int health_ask(struct loop *loop, struct fetcher *fetcher, const struct config *config,
                        bool *ret_ours, struct err *err);

#endif
