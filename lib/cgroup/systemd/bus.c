// SPDX-License-Identifier: MIT
#include "cgroup/systemd/bus.h"
#include "base/cleanup.h"

#include <string.h>

#define SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define SYSTEMD_INTERFACE "org.freedesktop.systemd1.Manager"

void systemd_bus_close(sd_bus *bus)
{
	/* sd_bus_flush_close_unref() would not do: flushing waits for ever, and every call made
	 * here has been answered or given up. */
	if (bus)
		sym_sd_bus_close_unref(bus);
}

static void bus_closep(sd_bus **bus)
{
	systemd_bus_close(*bus);
}

/* Waits until the connection can be used. sd_bus_start(3) only begins: authentication and Hello are
 * a dialogue, for whose end sd_bus_call(3) would wait without any bound. */
static int wait_bus_ready(sd_bus *bus, deadline_t deadline)
{
	int r;

	for (;;) {
		uint64_t left;

		r = sym_sd_bus_is_ready(bus);
		if (r != 0)
			return r < 0 ? r : 0;
		r = sym_sd_bus_process(bus, NULL);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		left = deadline_left_usec(deadline);
		if (left == 0)
			return -ETIMEDOUT;
		r = sym_sd_bus_wait(bus, left);
		if (r < 0 && r != -EINTR)
			return r;
	}
}

int systemd_bus_connect(const char *path, bool hello, deadline_t deadline, sd_bus **ret_bus)
{
	cleanup(bus_closep) sd_bus *bus = NULL;
	char address[256];
	int r;

	r = libsystemd_load(NULL);
	if (r < 0)
		return r;
	if (snprintf(address, sizeof(address), "unix:path=%s", path) >= (int)sizeof(address))
		return -ENAMETOOLONG;
	r = sym_sd_bus_new(&bus);
	if (r >= 0)
		r = sym_sd_bus_set_address(bus, address);
	if (r >= 0 && hello)
		r = sym_sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sym_sd_bus_start(bus);
	if (r >= 0)
		r = wait_bus_ready(bus, deadline);
	if (r < 0)
		return r;
	*ret_bus = TAKE_PTR(bus);
	return 0;
}

int systemd_bus_open(deadline_t deadline, sd_bus **ret_bus, struct carrel_error *err)
{
	int r = libsystemd_load(err);

	if (r < 0)
		return r;
	r = systemd_bus_connect(SYSTEMD_PRIVATE_SOCKET, false, deadline, ret_bus);
	/* The private socket is missing, or a confined caller may not use it (SELinux lets sshd
	 * talk to the bus only). */
	if (r < 0 && r != -ETIMEDOUT && r != -ENOMEM)
		r = systemd_bus_connect(SYSTEM_BUS_SOCKET, true, deadline, ret_bus);
	if (r < 0)
		return error_set(err, r, "connection to systemd");
	return 0;
}

int systemd_bus_method(sd_bus *bus, const char *member, sd_bus_message **ret_call)
{
	int r = sym_sd_bus_message_new_method_call(
		bus, ret_call, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_INTERFACE, member);

	return r < 0 ? r : 0;
}

int systemd_bus_ask(sd_bus *bus, sd_bus_message *call, deadline_t deadline, sd_bus_error *ret_error,
	sd_bus_message **ret_answer)
{
	uint64_t left = deadline_left_usec(deadline);
	int r;

	/* 0 would stand for the default of 25 seconds, or for what the environment makes of it. */
	if (left == 0)
		return -ETIMEDOUT;
	r = sym_sd_bus_call(bus, call, left, ret_error, ret_answer);
	return r < 0 ? r : 0;
}

int systemd_bus_call(
	sd_bus *bus, sd_bus_message *call, deadline_t deadline, sd_bus_error *ret_error)
{
	return systemd_bus_ask(bus, call, deadline, ret_error, NULL);
}
