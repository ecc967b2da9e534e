/* SPDX-License-Identifier: MIT */
/*
 * bus.h - calls to systemd's manager object that end by a deadline, whatever is wrong with
 * the other side. For lib/cgroup, and for doctor, which asks the bus as a user would.
 */
#ifndef CARREL_CGROUP_SYSTEMD_BUS_H
#define CARREL_CGROUP_SYSTEMD_BUS_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/systemd/libsystemd.h"

#include <stdbool.h>

/* As systemctl does it for root: systemd's own socket, and only where there is none the bus. */
#define SYSTEMD_PRIVATE_SOCKET "/run/systemd/private"
#define SYSTEM_BUS_SOCKET      "/run/dbus/system_bus_socket"

/*
 * Connects to the socket at @path, with or without the Hello of a bus. The environment has no say.
 * Returns 0 and *ret_bus (close with systemd_bus_close()), -ETIMEDOUT, or -errno.
 */
int systemd_bus_connect(const char *path, bool hello, deadline_t deadline, sd_bus **ret_bus);

/* Connects to systemd. Returns as above, with @err set. */
int systemd_bus_open(deadline_t deadline, sd_bus **ret_bus, struct carrel_error *err);

/* Never blocks; NULL is fine. */
void systemd_bus_close(sd_bus *bus);

/* An empty call of @member of org.freedesktop.systemd1.Manager. Returns 0 or -errno; free with
 * sd_bus_message_unref(). */
int systemd_bus_method(sd_bus *bus, const char *member, sd_bus_message **ret_call);

/*
 * Sends @call and waits for the answer, until the deadline. Returns 0; -errno with the D-Bus error
 * in @ret_error (free with sd_bus_error_free()) where there was an answer.
 */
int systemd_bus_call(
	sd_bus *bus, sd_bus_message *call, deadline_t deadline, sd_bus_error *ret_error);

/* The same, with the answer (sd_bus_message_unref()). */
int systemd_bus_ask(sd_bus *bus, sd_bus_message *call, deadline_t deadline, sd_bus_error *ret_error,
	sd_bus_message **ret_answer);

#endif
