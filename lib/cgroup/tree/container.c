// SPDX-License-Identifier: MIT
#include "cgroup/tree/container.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"

#include <fcntl.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, ENVIRON_MAX = 1 << 20 };

/* The names are those that systemd-detect-virt(1) prints. */
static const struct {
	const char *name, *remedy;
} remedies[] = {
	{"lxc", "let the container have its own: lxc.mount.auto = cgroup:rw in its configuration, "
		"with LXD or Incus security.nesting=true"},
	{"lxc-libvirt", "let the container have its own cgroups, writable"},
	{"systemd-nspawn", "start it from a unit with Delegate=yes"},
	{"docker", "start it with a cgroup namespace and a writable /sys/fs/cgroup "
		   "(--cgroupns=private --privileged)"},
	{"podman", "start it with --cgroupns=private --security-opt unmask=/sys/fs/cgroup"},
};

bool container_denies(int code)
{
	return code == -EROFS || code == -EACCES || code == -EPERM;
}

/* Looks for "container=lxc" in the environment of PID 1, which only root may read
 * (systemd.io/CONTAINER_INTERFACE). */
static int name_from_environ(char *buf, size_t size)
{
	cleanup_close int fd = open("/proc/1/environ", O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	size_t length;

	if (fd < 0 || fd_read_all(fd, ENVIRON_MAX, &text, &length) < 0)
		return -ENOENT;
	for (const char *p = text; p < text + length; p += strlen(p) + 1) {
		if (strncmp(p, "container=", strlen("container=")) != 0)
			continue;
		snprintf(buf, size, "%s", p + strlen("container="));
		return buf[0] ? 0 : -ENOENT;
	}
	return -ENOENT;
}

static int container_name(char *buf, size_t size)
{
	cleanup_free char *text = NULL;

	/* systemd writes this file for processes that may not read the environment of PID 1. */
	if (fd_read_file(AT_FDCWD, "/run/systemd/container", NAME_MAX_BYTES, &text) == 0) {
		snprintf(buf, size, "%.*s", (int)strcspn(text, "\n"), text);
		if (buf[0])
			return 0;
	}
	if (name_from_environ(buf, size) == 0)
		return 0;
	if (fd_look(AT_FDCWD, "/.dockerenv") == 0)
		snprintf(buf, size, "docker");
	else if (fd_look(AT_FDCWD, "/run/.containerenv") == 0)
		snprintf(buf, size, "podman");
	else
		return -ENOENT;
	return 0;
}

void cgroup_container_look(struct cgroup_container *ret_container)
{
	struct cgroup_container container = {
		.remedy = "mount it writable (mount -o remount,rw), or do without these limits"};

	if (container_name(container.name, sizeof(container.name)) == 0) {
		container.remedy = "let the container have cgroups of its own, writable";
		for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
			if (strcmp(container.name, remedies[i].name) == 0)
				container.remedy = remedies[i].remedy;
	}
	*ret_container = container;
}

void cgroup_denied(struct carrel_error *err, const char *tree)
{
	struct cgroup_container container;

	cgroup_container_look(&container);
	error_why(err, "%s is not ours to write to%s%s; %s", tree,
		container.name[0] ? " in this container: " : "", container.name, container.remedy);
}
