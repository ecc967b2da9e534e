// SPDX-License-Identifier: MIT
#include "cgroup/systemd/call.h"
#include "base/cleanup.h"
#include "cgroup/systemd/bus.h"

#include <poll.h>
#include <string.h>
#include <time.h>

enum { RETRY_USEC = 10000 };

static bool is_error_named(const sd_bus_error *error, const char *name)
{
	return error->name && strcmp(error->name, name) == 0;
}

void systemd_nap(uint64_t usec)
{
	struct timespec time = {.tv_nsec = (long)usec * 1000};

	ppoll(NULL, 0, &time, NULL);
}

/* Returns the manager's connection. The first call that needs it makes it, as most logins need
 * none. */
static int get_bus(struct cgroup_manager *manager, deadline_t deadline, sd_bus **ret_bus,
	struct carrel_error *err)
{
	sd_bus *bus;
	int r;

	if (!manager->data) {
		r = systemd_bus_open(deadline, &bus, err);
		if (r < 0)
			return r;
		manager->data = bus;
	}
	*ret_bus = manager->data;
	return 0;
}

void systemd_drop(struct cgroup_manager *manager)
{
	systemd_bus_close(manager->data);
	manager->data = NULL;
}

/* Returns whether another try may help, because systemd is starting anew, which breaks the
 * connection, or is still stopping the slice. */
static bool passes_by_itself(int code, const sd_bus_error *error)
{
	return code == -ECONNRESET || code == -ENOTCONN || code == -EPIPE ||
	       code == -ECONNREFUSED || is_error_named(error, SD_BUS_ERROR_DISCONNECTED) ||
	       is_error_named(error, "org.freedesktop.systemd1.TransactionIsDestructive");
}

/* A method of systemd's manager object, and the function that fills in its arguments with @data. */
struct systemd_method {
	const char *member;
	systemd_fill_fn *fill;
	const void *data;
};

static int call_systemd_once(struct cgroup_manager *manager, const struct systemd_method *method,
	deadline_t deadline, sd_bus_error *ret_error, struct carrel_error *err)
{
	cleanup(libsystemd_message_unrefp) sd_bus_message *call = NULL;
	sd_bus *bus;
	int r;

	r = get_bus(manager, deadline, &bus, err);
	if (r < 0)
		return r;
	r = systemd_bus_method(bus, method->member, &call);
	if (r >= 0)
		r = method->fill(call, method->data);
	if (r >= 0)
		r = systemd_bus_call(bus, call, deadline, ret_error);
	if (r < 0) {
		error_set(err, r, "systemd: %s", method->member);
		if (ret_error->message)
			error_why(err, "%s", ret_error->message);
	}
	return r;
}

int systemd_call(struct cgroup_manager *manager, const char *member, systemd_fill_fn *fill,
	const void *data, deadline_t deadline, struct carrel_error *err)
{
	const struct systemd_method method = {member, fill, data};

	for (;;) {
		cleanup(libsystemd_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
		int r = call_systemd_once(manager, &method, deadline, &error, err);

		if (r >= 0)
			return 0;
		/* Nothing more comes over a connection that has failed. */
		if (!error.name || is_error_named(&error, SD_BUS_ERROR_DISCONNECTED))
			systemd_drop(manager);
		if (!passes_by_itself(r, &error) || deadline_left_usec(deadline) < RETRY_USEC)
			return r;
		systemd_nap(RETRY_USEC);
	}
}

static int fill_unit(sd_bus_message *message, const void *data)
{
	return sym_sd_bus_message_append(message, "s", (const char *)data);
}

int systemd_is_loaded(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
	struct carrel_error *err)
{
	cleanup(libsystemd_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	const struct systemd_method method = {"GetUnit", fill_unit, unit};
	int r = call_systemd_once(manager, &method, deadline, &error, err);

	if (r < 0 && is_error_named(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		return 0;
	return r < 0 ? r : 1;
}
