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

/* systemd's name on the bus. */
#define SYSTEMD_NAME "org.freedesktop.systemd1"

/* systemd's own socket comes first, as in systemctl for root, and the bus only where there is none.
 */
#define SYSTEMD_PRIVATE_SOCKET "/run/systemd/private"
#define SYSTEM_BUS_SOCKET      "/run/dbus/system_bus_socket"

/*
 * Connects to the socket at @path, with or without the Hello of a bus. The environment has no say.
 * Returns 0 and *ret_bus, to be closed with systemd_bus_close(); -ETIMEDOUT; -errno.
 */
int systemd_bus_connect(const char *path, bool hello, deadline_t deadline, sd_bus **ret_bus);

/* Connects to systemd by the first of the two sockets that works. Returns 0 and *ret_bus, to be
 * closed with systemd_bus_close(), or -errno with @err set. */
int systemd_bus_open(deadline_t deadline, sd_bus **ret_bus, struct carrel_error *err);

/* Closes and frees @bus, which may be NULL. Never blocks. */
void systemd_bus_close(sd_bus *bus);

/* Makes a call of @member of org.freedesktop.systemd1.Manager, still without arguments. The caller
 * frees it with sd_bus_message_unref(). Returns 0 or -errno. */
int systemd_bus_method(sd_bus *bus, const char *member, sd_bus_message **ret_call);

/*
 * Sends @call and waits for the answer until the deadline. Returns 0 or -errno; where systemd
 * answered with an error, that is in @ret_error, to be freed with sd_bus_error_free().
 */
int systemd_bus_call(
	sd_bus *bus, sd_bus_message *call, deadline_t deadline, sd_bus_error *ret_error);

/* Sends @call as systemd_bus_call() does, and hands out the answer, to be freed with
 * sd_bus_message_unref(). */
int systemd_bus_ask(sd_bus *bus, sd_bus_message *call, deadline_t deadline, sd_bus_error *ret_error,
	sd_bus_message **ret_answer);

#endif
