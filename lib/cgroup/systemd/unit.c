// SPDX-License-Identifier: MIT
#include "cgroup/systemd/unit.h"
#include "base/cleanup.h"
#include "cgroup/systemd/bus.h"

#include <stdio.h>
#include <string.h>

#define UNIT    SYSTEMD_NAME ".Unit"
#define SERVICE SYSTEMD_NAME ".Service"

/* Which guest's unit is asked about, and by which connection. */
struct unit_query {
	sd_bus *bus;
	uid_t uid;
	deadline_t deadline;
	struct carrel_error *err;
};

/* Asks for a property by Properties.Get. The caller frees the answer, which has the type "v". */
static int get_property(const struct unit_query *query, const char *interface, const char *name,
	sd_bus_message **ret_answer)
{
	cleanup(libsystemd_message_unrefp) sd_bus_message *call = NULL;
	cleanup(libsystemd_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	char path[128];
	int r;

	/* Object paths spell bytes other than letters and digits in hexadecimal
	 * (sd_bus_path_encode(3)). */
	snprintf(path, sizeof(path), "/org/freedesktop/systemd1/unit/carrel_2dguest_40%u_2eservice",
		(unsigned)query->uid);
	r = sym_sd_bus_message_new_method_call(
		query->bus, &call, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties", "Get");
	if (r >= 0)
		r = sym_sd_bus_message_append(call, "ss", interface, name);
	if (r >= 0)
		r = systemd_bus_ask(query->bus, call, query->deadline, &error, ret_answer);
	if (r >= 0)
		return 0;
	error_set(query->err, r, "carrel-guest@%u.service", (unsigned)query->uid);
	return error.message ? error_why(query->err, "%s", error.message) : r;
}

static int get_text_property(const struct unit_query *query, const char *interface,
	const char *name, char *buf, size_t size)
{
	cleanup(libsystemd_message_unrefp) sd_bus_message *answer = NULL;
	const char *text;
	int r = get_property(query, interface, name, &answer);

	if (r == 0 && (r = sym_sd_bus_message_read(answer, "v", "s", &text)) < 0)
		error_set(
			query->err, r, "%s of carrel-guest@%u.service", name, (unsigned)query->uid);
	if (r < 0)
		return r;
	snprintf(buf, size, "%s", text);
	return 0;
}

int systemd_guest_look(sd_bus *bus, uid_t uid, deadline_t deadline, struct systemd_unit *ret_unit,
	struct carrel_error *err)
{
	cleanup(libsystemd_message_unrefp) sd_bus_message *job = NULL;
	cleanup(libsystemd_message_unrefp) sd_bus_message *code = NULL;
	cleanup(libsystemd_message_unrefp) sd_bus_message *pid = NULL;
	const struct unit_query query = {bus, uid, deadline, err};
	const char *path;
	/* The job is asked for first: once there is none, the other properties tell what has come
	 * of it. */
	int r = get_property(&query, UNIT, "Job", &job);

	if (r == 0)
		r = get_text_property(
			&query, UNIT, "ActiveState", ret_unit->active, sizeof(ret_unit->active));
	if (r == 0)
		r = get_text_property(
			&query, SERVICE, "StatusText", ret_unit->status, sizeof(ret_unit->status));
	if (r == 0)
		r = get_property(&query, SERVICE, "ExecMainStatus", &code);
	if (r == 0)
		r = get_property(&query, SERVICE, "MainPID", &pid);
	if (r < 0)
		return r;
	if (sym_sd_bus_message_read(job, "v", "(uo)", &ret_unit->job, &path) < 0 ||
		sym_sd_bus_message_read(code, "v", "i", &ret_unit->exit_code) < 0 ||
		sym_sd_bus_message_read(pid, "v", "u", &ret_unit->pid) < 0)
		return error_set(err, -EBADMSG, "carrel-guest@%u.service", (unsigned)uid);
	return 0;
}

int systemd_guest_ask(
	sd_bus *bus, const char *method, uid_t uid, deadline_t deadline, struct carrel_error *err)
{
	cleanup(libsystemd_message_unrefp) sd_bus_message *call = NULL;
	cleanup(libsystemd_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	char unit[64];
	int r = systemd_bus_method(bus, method, &call);

	snprintf(unit, sizeof(unit), "carrel-guest@%u.service", (unsigned)uid);
	if (r >= 0)
		r = sym_sd_bus_message_append(call, "ss", unit, "replace");
	if (r >= 0)
		r = systemd_bus_call(bus, call, deadline, &error);
	if (r >= 0)
		return 0;
	error_set(err, r, "%s", unit);
	return error.message ? error_why(err, "%s", error.message) : r;
}
