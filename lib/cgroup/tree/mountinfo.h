/* SPDX-License-Identifier: MIT */
/*
 * mountinfo.h - finds a mount of the caller's mount namespace (proc_pid_mountinfo(5)).
 */
#ifndef CARREL_CGROUP_TREE_MOUNTINFO_H
#define CARREL_CGROUP_TREE_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

/* Describes one mount. The texts are unescaped, and last until found() returns. */
struct mountinfo {
	uint64_t id;
	const char *point;
	const char *type;
	const char *source;
	const char *options; /* those of the file system, as the kernel writes them */
};

/* Calls @found with each mount, and @data, until it returns true. Returns 0 where it did, -ENOENT
 * where it never did, or -errno. */
int mountinfo_find(bool (*found)(const struct mountinfo *mount, void *data), void *data);

#endif
