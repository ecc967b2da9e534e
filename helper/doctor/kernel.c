// SPDX-License-Identifier: MIT
/*
 * kernel.c - does the running kernel have what a login needs?
 */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define REMEDY_KERNEL "boot a kernel of 5.14 or later"

enum { KERNEL_MAJOR = 5, KERNEL_MINOR = 14 };

/* Each call is made with arguments that the kernel refuses, so only ENOSYS means that it is
 * missing. */
struct syscall_probe {
	const char *name;
	long number;
};

static const struct syscall_probe probes[] = {
	{"clone3", SYS_clone3},
	{"pidfd_open", SYS_pidfd_open},
	{"openat2", SYS_openat2},
	{"open_tree", SYS_open_tree},
	{"move_mount", SYS_move_mount},
	{"fsopen", SYS_fsopen},
	{"mount_setattr", SYS_mount_setattr},
};

static void check_version(struct doctor *doctor)
{
	struct utsname name = {0};
	int major = 0, minor = 0;
	bool old;

	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
		doctor_add(doctor, DOCTOR_WARN, "kernel", NULL,
			"the release \"%s\" has no version number; carrel needs 5.14 or later",
			name.release);
		return;
	}
	old = major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR);
	doctor_add(doctor, old ? DOCTOR_FAIL : DOCTOR_OK, "kernel", old ? REMEDY_KERNEL : NULL,
		"%s", name.release);
}

void doctor_kernel(struct doctor *doctor)
{
	char missing[256] = "";

	check_version(doctor);
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		size_t used = strlen(missing);

		errno = 0;
		if (syscall(probes[i].number, -1L, 0L, -1L, 0L, 0L) >= 0 || errno != ENOSYS)
			continue;
		snprintf(missing + used, sizeof(missing) - used, "%s%s", used ? ", " : "",
			probes[i].name);
	}
	if (missing[0])
		doctor_add(
			doctor, DOCTOR_FAIL, "system calls", REMEDY_KERNEL, "missing: %s", missing);
	else
		doctor_add(doctor, DOCTOR_OK, "system calls", NULL, "none is missing");
}
