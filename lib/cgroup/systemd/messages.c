// SPDX-License-Identifier: MIT
#include "cgroup/systemd/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/sysmacros.h>

/* Appends a property that has one plain value, "(sv)". */
static int append_property(sd_bus_message *message, const char *name, const char *type, ...)
{
	va_list args;
	int r;

	r = sym_sd_bus_message_open_container(message, 'r', "sv");
	if (r >= 0)
		r = sym_sd_bus_message_append(message, "s", name);
	if (r >= 0)
		r = sym_sd_bus_message_open_container(message, 'v', type);
	if (r >= 0) {
		va_start(args, type);
		r = sym_sd_bus_message_appendv(message, type, args);
		va_end(args);
	}
	if (r >= 0)
		r = sym_sd_bus_message_close_container(message);
	if (r >= 0)
		r = sym_sd_bus_message_close_container(message);
	return r;
}

/* Appends the mask without the zeroes at its end. An empty mask resets the property. */
static int append_cpus(sd_bus_message *message, const struct cgroup_setting *wanted)
{
	const char *name = cgroup_rows[wanted->id].property;
	size_t size = CPU_LIST_BYTES;
	int r;

	while (size > 0 && wanted->value.cpus[size - 1] == 0)
		size--;
	r = sym_sd_bus_message_open_container(message, 'r', "sv");
	if (r >= 0)
		r = sym_sd_bus_message_append(message, "s", name);
	if (r >= 0)
		r = sym_sd_bus_message_open_container(message, 'v', "ay");
	if (r >= 0)
		r = sym_sd_bus_message_append_array(message, 'y', wanted->value.cpus, size);
	if (r >= 0)
		r = sym_sd_bus_message_close_container(message);
	if (r >= 0)
		r = sym_sd_bus_message_close_container(message);
	return r;
}

static int append_io_properties(sd_bus_message *message, const struct cgroup_change *change)
{
	const struct cgroup_setting *wanted = &change->wanted;
	char path[64];
	int r = 0;

	/* systemd takes the numbers from the name, and does not look at the device node. */
	snprintf(path, sizeof(path), "/dev/block/%u:%u", major(wanted->device),
		minor(wanted->device));
	for (int i = 0; i < CGROUP_IO_COUNT && r >= 0; i++)
		if (wanted->value.io[i] != change->present.value.io[i])
			r = append_property(message, cgroup_io_rows[i].property, "a(st)", 1, path,
				wanted->value.io[i]);
	return r;
}

/* Appends a number. Where the kernel's default is wanted, this sends what systemd takes for
 * "nothing set", so that systemd does not go on managing a limit that nobody asks for. */
static int append_number(sd_bus_message *message, const struct cgroup_setting *wanted)
{
	struct cgroup_setting inherent = *wanted;
	uint64_t number = wanted->value.number;

	cgroup_setting_inherent(&inherent);
	if (cgroup_setting_holds(wanted, &inherent))
		number = UINT64_MAX;
	return append_property(message, cgroup_rows[wanted->id].property, "t", number);
}

int systemd_fill_set_properties(sd_bus_message *message, const void *data)
{
	const struct systemd_set_properties *set = data;
	int r;

	/* runtime = true makes the properties end with the next boot, as carrel's own state
	 * does. */
	r = sym_sd_bus_message_append(message, "sb", set->unit, true);
	if (r >= 0)
		r = sym_sd_bus_message_open_container(message, 'a', "(sv)");
	for (size_t i = 0; i < set->count && r >= 0; i++) {
		const struct cgroup_change *change = set->changes[i];

		if (change->wanted.id == CGROUP_IO_MAX)
			r = append_io_properties(message, change);
		else if (change->wanted.id == CGROUP_CPUSET_CPUS)
			r = append_cpus(message, &change->wanted);
		else
			r = append_number(message, &change->wanted);
	}
	if (r >= 0)
		r = sym_sd_bus_message_close_container(message);
	return r;
}

int systemd_fill_start_scope(sd_bus_message *message, const void *data)
{
	const struct systemd_start_scope *scope = data;
	int r;

	/* While the slice is being stopped "fail" makes the call fail, and it is tried again.
	 * "replace" would undo the stop. */
	r = sym_sd_bus_message_append(message, "ss", scope->unit, "fail");
	if (r >= 0)
		r = sym_sd_bus_message_open_container(message, 'a', "(sv)");
	if (r >= 0)
		r = append_property(message, "Description", "s", scope->description);
	if (r >= 0)
		r = append_property(message, "Slice", "s", scope->slice);
	if (r >= 0)
		r = append_property(message, "Wants", "as", 1, scope->wants);
	if (r >= 0)
		r = append_property(message, "PIDs", "au", 1, scope->pid);
	if (r >= 0)
		r = append_property(message, "Delegate", "b", true);
	if (r >= 0)
		r = append_property(message, "CollectMode", "s", "inactive-or-failed");
	/* The slice sets the bound, as it does for logind's sessions, and not the unit's default of
	 * 15 %. */
	if (r >= 0)
		r = append_property(message, "TasksMax", "t", UINT64_MAX);
	/* Login shells ignore SIGTERM, so a stop has to send SIGHUP as well. */
	if (r >= 0)
		r = append_property(message, "SendSIGHUP", "b", true);
	if (r >= 0)
		r = sym_sd_bus_message_close_container(message);
	if (r >= 0)
		r = sym_sd_bus_message_append(message, "a(sa(sv))", 0);
	return r;
}
