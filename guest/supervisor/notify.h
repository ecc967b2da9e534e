/* SPDX-License-Identifier: MIT */
/*
 * notify.h - tells systemd, where it has started guest-launch, how it goes (sd_notify(3)).
 */
#ifndef CARREL_GUEST_SUPERVISOR_NOTIFY_H
#define CARREL_GUEST_SUPERVISOR_NOTIFY_H

#include "base/error.h"

/* Sends a message such as "READY=1\nSTATUS=…" to $NOTIFY_SOCKET, if anybody listens there. */
void notify_starter(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
