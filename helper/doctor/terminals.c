// SPDX-License-Identifier: MIT
/*
 * terminals.c - is a terminal left for everybody else, whatever one user takes?
 *
 * Users can take all that the kernel has, except kernel.pty.reserve. Only those instances of devpts
 * share in that which were mounted in the machine's first mount namespace (plan/terminals.c).
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/units.h"
#include "doctor.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define TERMINALS_WHAT "terminals"
#define MAX_FILE       "/proc/sys/kernel/pty/max"
#define RESERVE        "/proc/sys/kernel/pty/reserve"

enum {
	RESERVE_MIN = 1024,               /* the kernel's default: four users' at most */
	FIRST_PID_NAMESPACE = 0xeffffffc, /* PROC_PID_INIT_INO of the kernel */
	TEXT_MAX = 4096,
};

/* Returns the number in a file, or 0 where it cannot be read. */
static uint64_t read_number(const char *path)
{
	cleanup_free char *text = NULL;
	uint64_t number;

	if (fd_read_file(AT_FDCWD, path, TEXT_MAX, &text) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return units_parse_count(text, &number) < 0 ? 0 : number;
}

/* Returns whether @pid is an sshd that is a child of the first process: the listener, or a monitor
 * without one. */
static bool is_listener(const char *pid)
{
	struct proc_stat stat;

	if (pid[strspn(pid, "0123456789")] || proc_stat((pid_t)strtol(pid, NULL, 10), &stat) < 0)
		return false;
	return strcmp(stat.name, "sshd") == 0 && stat.parent == 1;
}

/* Returns whether the mount namespace is a session's, as a monitor's is. */
static bool is_of_session(const struct inventory *inventory, uint64_t mnt_namespace)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->session[i].record.mnt_namespace == mnt_namespace)
			return true;
	return false;
}

/* Returns whether there are listeners, and none of them is in the mount namespace of the first
 * process. */
static bool is_sshd_apart(const struct inventory *inventory)
{
	cleanup_closedir DIR *proc = opendir("/proc");
	uint64_t first, its;
	bool apart = false;

	if (!proc || proc_namespace(1, "mnt", &first) < 0)
		return false;
	for (struct dirent *entry; (entry = readdir(proc));) {
		if (!is_listener(entry->d_name) ||
			proc_namespace((pid_t)strtol(entry->d_name, NULL, 10), "mnt", &its) < 0)
			continue;
		if (its == first)
			return false;
		apart |= !is_of_session(inventory, its);
	}
	return apart;
}

void doctor_terminals(struct doctor *doctor)
{
	uint64_t max = read_number(MAX_FILE), reserve = read_number(RESERVE), own;
	struct inventory inventory = {0};

	/* Without root's rights there are no records, and no namespaces to be seen. */
	(void)inventory_load((uid_t)-1, &inventory, NULL);
	if (proc_namespace(0, "pid", &own) == 0 && own != (unsigned)FIRST_PID_NAMESPACE)
		doctor_add(doctor, DOCTOR_WARN, TERMINALS_WHAT,
			"set user.max_user_namespaces to 0 where users need none",
			"the kernel reserves none for a container: one user can take all of them");
	else if (reserve < RESERVE_MIN || max <= reserve)
		doctor_add(doctor, DOCTOR_WARN, TERMINALS_WHAT,
			"set kernel.pty.reserve to 1024 or more, and kernel.pty.max above it",
			"kernel.pty.reserve is %llu of %llu: a few users together can take all "
			"terminals",
			(unsigned long long)reserve, (unsigned long long)max);
	else if (is_sshd_apart(&inventory))
		doctor_add(doctor, DOCTOR_WARN, TERMINALS_WHAT,
			"take PrivateTmp=, ProtectSystem= and their like out of sshd's unit",
			"sshd has a mount namespace of its own: one user can take all terminals");
	else
		doctor_add(doctor, DOCTOR_OK, TERMINALS_WHAT, NULL,
			"kernel.pty.max %llu, kernel.pty.reserve %llu", (unsigned long long)max,
			(unsigned long long)reserve);
	inventory_free(&inventory);
}
