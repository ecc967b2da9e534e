// SPDX-License-Identifier: MIT
/*
 * bus.c - does the system bus tell a user what the others run?
 *
 * It is asked as a user would ask, since it depends on all of the bus's files which of them wins.
 */
#include "cgroup/systemd/bus.h"
#include "base/machine.h"
#include "doctor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUS_REMEDY "install carrel again: /etc/dbus-1/system.d/carrel.conf is not in force"

enum { NOBODY = 65534, DEADLINE_USEC = 5000000 };

enum answer { ANSWER_DENIED = 0, ANSWER_TOLD = 1, ANSWER_NONE = 2 };

/* Asks in a child of doctor's, which ends with the answer. */
static enum answer ask_as_nobody(void)
{
	deadline_t deadline = deadline_in(DEADLINE_USEC);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL;
	sd_bus *bus = NULL;
	int r;

	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
		systemd_bus_connect(SYSTEM_BUS_SOCKET, true, deadline, &bus) < 0 ||
		systemd_bus_method(bus, "GetUnitProcesses", &call) < 0 ||
		sym_sd_bus_message_append(call, "s", "-.slice") < 0)
		return ANSWER_NONE;
	r = systemd_bus_call(bus, call, deadline, &error);
	if (error.name && strcmp(error.name, SD_BUS_ERROR_ACCESS_DENIED) == 0)
		return ANSWER_DENIED;
	return r == 0 ? ANSWER_TOLD : ANSWER_NONE;
}

void doctor_bus(struct doctor *doctor)
{
	int status = 0;
	pid_t pid;

	if (geteuid() != 0 || !machine_runs_systemd() || access(SYSTEM_BUS_SOCKET, F_OK) < 0)
		return;
	pid = fork();
	if (pid == 0)
		_exit((int)ask_as_nobody());
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		status = ANSWER_NONE << 8;
	switch (WEXITSTATUS(status)) {
	case ANSWER_DENIED:
		doctor_add(doctor, DOCTOR_OK, "system bus", NULL,
			"tells nobody but root what others run");
		break;
	case ANSWER_TOLD:
		doctor_add(doctor, DOCTOR_FAIL, "system bus", BUS_REMEDY,
			"every user can ask systemd for the others' command lines");
		break;
	default:
		doctor_add(doctor, DOCTOR_WARN, "system bus", "systemctl status dbus",
			"the system bus could not be asked");
	}
}
