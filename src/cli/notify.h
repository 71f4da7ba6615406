/*
 * What a service manager is told, by systemd's protocol (sd_notify(3)): one datagram for each
 * change to the socket that NOTIFY_SOCKET names. Without it everything here does nothing.
 */
#ifndef DOCKMETER_CLI_NOTIFY_H
#define DOCKMETER_CLI_NOTIFY_H

#include <stdint.h>

/* Sends one or more lines of KEY=VALUE, like "READY=1". With that and RELOADING=1 in front a
   manager that has no room is waited for, up to 0.9 s. What cannot be sent is not told. */
void notify_send(const char *state);

/* Half of the time within which the manager wants to hear WATCHDOG=1 again, in ms; 0: it does not
   watch this process, or so closely (below 2 ms) that nothing would help. */
int64_t notify_watchdog_ms(void);

#endif
