// SPDX-License-Identifier: MIT
/*
 * container.c - may this host make the namespaces and mounts of a session?
 *
 * In a container of LXC or docker that is up to its configuration, so a child tries it, and the
 * admin is told what has to be changed.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a login needs, in this order. */
enum trial { TRIAL_NAMESPACES, TRIAL_PID, TRIAL_SLAVE, TRIAL_TMPFS, TRIAL_PROC, TRIAL_COUNT };

struct trial_outcome {
	enum trial trial;
	int error; /* a positive errno */
};

static const char *const trial_name[TRIAL_COUNT] = {
	[TRIAL_NAMESPACES] = "mount, IPC, UTS and cgroup namespaces",
	[TRIAL_PID] = "a pid namespace",
	[TRIAL_SLAVE] = "mounts that are slaves of the host's",
	[TRIAL_TMPFS] = "a tmpfs",
	[TRIAL_PROC] = "a /proc",
};

static const struct {
	const char *kind; /* as /run/systemd/container has it */
	const char *remedy;
} containers[] = {
	{"docker",
		"docker run --privileged, or --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
		"--security-opt apparmor=unconfined --security-opt systempaths=unconfined"},
	{"podman",
		"podman run --privileged, or --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
		"--security-opt unmask=ALL"},
	{"lxc", "let the container nest: security.nesting = true (LXD, Incus), features: nesting=1 "
		"(Proxmox), lxc.include = /usr/share/lxc/config/nesting.conf (LXC)"},
	{"lxc-libvirt", "let the container keep sys_admin (<capabilities> of its <features>)"},
	{"systemd-nspawn", "start it without --private-users and --drop-capability"},
};

#define REMEDY_CONTAINER                                                                           \
	"allow the container CAP_SYS_ADMIN, mounts and namespaces, or run carrel on its host"
#define REMEDY_HOST                                                                                \
	"allow root namespaces and mounts: a security module or seccomp filter forbids them"

/* Finds the value of container= in the environment of PID 1, where systemd-detect-virt(1) looks. */
static bool from_environment(char *buf, size_t size)
{
	cleanup_close int fd = open("/proc/1/environ", O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	size_t length = 0;

	if (fd < 0 || fd_read_all(fd, 1 << 20, &text, &length) < 0)
		return false;
	for (const char *at = text; at < text + length; at += strlen(at) + 1)
		if (strncmp(at, "container=", strlen("container=")) == 0) {
			snprintf(buf, size, "%.32s", at + strlen("container="));
			return buf[0] != '\0';
		}
	return false;
}

/* Returns the kind of container that this host is, or "" where none can be told. */
static const char *container_kind(char *buf, size_t size)
{
	static const struct {
		const char *path, *kind;
	} marks[] = {{"/run/.containerenv", "podman"}, {"/.dockerenv", "docker"}};
	cleanup_free char *text = NULL;

	buf[0] = '\0';
	if (fd_read_file(AT_FDCWD, "/run/systemd/container", 256, &text) == 0 && text[0]) {
		snprintf(buf, size, "%.*s", (int)strcspn(text, "\n"), text);
		return buf;
	}
	if (from_environment(buf, size))
		return buf;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (access(marks[i].path, F_OK) == 0) {
			snprintf(buf, size, "%s", marks[i].kind);
			break;
		}
	return buf;
}

static const char *remedy_for(const char *kind)
{
	if (!kind[0])
		return REMEDY_HOST;
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
		if (strcmp(kind, containers[i].kind) == 0)
			return containers[i].remedy;
	return REMEDY_CONTAINER;
}

/* Makes and mounts a file system as session-init does it. Returns 0 or a positive errno. */
static int try_file_system(const char *type, const char *target)
{
	cleanup_close int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	cleanup_close int mount = -EBADF;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return errno;
	mount = (int)syscall(
		SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mount < 0 ||
		syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	return 0;
}

static int try_slave(void)
{
	struct mount_attr attr = {.propagation = MS_SLAVE};

	return syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0
		       ? errno
		       : 0;
}

static int try_one(enum trial trial)
{
	switch (trial) {
	case TRIAL_NAMESPACES:
		return unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) < 0
			       ? errno
			       : 0;
	case TRIAL_PID:
		return unshare(CLONE_NEWPID) < 0 ? errno : 0;
	case TRIAL_SLAVE:
		return try_slave();
	case TRIAL_TMPFS:
		return try_file_system("tmpfs", "/tmp");
	case TRIAL_PROC:
		return try_file_system("proc", "/proc");
	case TRIAL_COUNT:
		break;
	}
	return 0;
}

/* Writes to @answer the first trial that failed, TRIAL_COUNT for none, and its errno. A /proc
 * belongs to a pid namespace, so from there on the first process of the new one goes on. */
static void try_all(int answer)
{
	struct trial_outcome outcome = {0};

	while (outcome.trial < TRIAL_COUNT) {
		outcome.error = try_one(outcome.trial);
		if (outcome.error == 0 && outcome.trial == TRIAL_PID) {
			pid_t pid = fork();

			if (pid > 0) {
				waitpid(pid, NULL, 0);
				return;
			}
			outcome.error = pid < 0 ? errno : 0;
		}
		if (outcome.error)
			break;
		outcome.trial++;
	}
	if (write(answer, &outcome, sizeof(outcome)) < 0)
		_exit(1);
}

/* Makes the trials in a child. Returns 0 and *ret_outcome, or -errno. */
static int try_in_child(struct trial_outcome *ret_outcome)
{
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	int pipes[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	reader = pipes[0];
	writer = pipes[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		try_all(writer);
		_exit(0);
	}
	close(fd_take(&writer));
	n = read(reader, ret_outcome, sizeof(*ret_outcome));
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == sizeof(*ret_outcome) ? 0 : -EPROTO;
}

void doctor_container(struct doctor *doctor)
{
	struct trial_outcome outcome = {0};
	char kind[64];
	int r;

	if (geteuid() != 0)
		return; /* only root may try */
	container_kind(kind, sizeof(kind));
	r = try_in_child(&outcome);
	if (r < 0)
		doctor_add(doctor, DOCTOR_WARN, "namespaces", NULL, "they could not be tried: %s",
			strerrordesc_np(-r));
	else if (outcome.error != 0)
		doctor_add(doctor, DOCTOR_FAIL, "namespaces", remedy_for(kind),
			"%s%s%s%s cannot be made: %s", kind[0] ? "in this container (" : "", kind,
			kind[0] ? ") " : "", trial_name[outcome.trial],
			strerrordesc_np(outcome.error));
	else
		doctor_add(doctor, DOCTOR_OK, "namespaces", NULL,
			"they and their mounts can be made%s%s%s",
			kind[0] ? ", in a container (" : "", kind, kind[0] ? ")" : "");
}
