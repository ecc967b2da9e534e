/* SPDX-License-Identifier: MIT */
/*
 * mountinfo.h - finding one mount of the caller's mount namespace (proc_pid_mountinfo(5)).
 */
#ifndef CARREL_CGROUP_TREE_MOUNTINFO_H
#define CARREL_CGROUP_TREE_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

/* One line; the texts are unescaped and belong to the reader. */
struct mountinfo {
	uint64_t id;
	const char *point;
	const char *type;
	const char *source;
	const char *options; /* of the file system; as the kernel writes them */
};

/* Calls @found for each mount until it returns true. Returns 0 where it did, -ENOENT where it never
 * did, -errno. */
int mountinfo_find(bool (*found)(const struct mountinfo *mount, void *data), void *data);

#endif
