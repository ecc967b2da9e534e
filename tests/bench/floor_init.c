// SPDX-License-Identifier: MIT
/*
 * floor_init.c - PID 1 of the floor: the mounts of carrel's default sandbox, hard-wired, in the
 * order that lib/plan/view.c plans them, by a static program of a few kilobytes without libc.
 *
 * Arguments: uid, home, mountpoint of the cgroups. Answers one byte on descriptor 3.
 */
#include "raw.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <stddef.h>

#ifndef MS_SLAVE
#define MS_SLAVE (1 << 19)
#endif

enum { READY_FD = 3, WALL = 0x40000000 };

static void leave(void)
{
	raw_call(__NR_exit_group, 1, 0, 0, 0, 0);
}

static long check(long result)
{
	if (result < 0)
		leave();
	return result;
}

static void set(long fs, const char *key, const char *value)
{
	check(raw_call(__NR_fsconfig, fs, FSCONFIG_SET_STRING, (long)key, (long)value, 0));
}

static long make(long fs, long attrs)
{
	long mount;

	check(raw_call(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0));
	mount = check(raw_call(__NR_fsmount, fs, FSMOUNT_CLOEXEC, attrs, 0, 0));
	raw_call(__NR_close, fs, 0, 0, 0, 0);
	return mount;
}

static long open_fs(const char *type)
{
	return check(raw_call(__NR_fsopen, (long)type, FSOPEN_CLOEXEC, 0, 0, 0));
}

static long make_tmpfs(const char *size, const char *inodes, const char *mode)
{
	long fs = open_fs("tmpfs");

	set(fs, "size", size);
	set(fs, "nr_inodes", inodes);
	set(fs, "mode", mode);
	return make(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static long make_terminals(void)
{
	long fs = open_fs("devpts");

	set(fs, "gid", "5");
	set(fs, "mode", "0620");
	set(fs, "ptmxmode", "0666");
	set(fs, "max", "256");
	return make(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

static void attach(long mount, const char *path)
{
	check(raw_call(
		__NR_move_mount, mount, (long)"", AT_FDCWD, (long)path, MOVE_MOUNT_F_EMPTY_PATH));
	raw_call(__NR_close, mount, 0, 0, 0, 0);
}

static const char *last_part(const char *path)
{
	const char *part = path;

	for (; *path; path++)
		if (*path == '/')
			part = path + 1;
	return part;
}

static long number(const char *text)
{
	long value = 0;

	for (; *text; text++)
		value = value * 10 + (*text - '0');
	return value;
}

static void set_attr(const char *path, unsigned flags, struct mount_attr attr)
{
	check(raw_call(__NR_mount_setattr, AT_FDCWD, (long)path, flags, (long)&attr, sizeof(attr)));
}

static void make_folder(long mount, const char *name, long mode, long uid)
{
	check(raw_call(__NR_mkdirat, mount, (long)name, mode, 0, 0));
	check(raw_call(__NR_fchownat, mount, (long)name, uid, uid, 0));
}

static void cover_homes(const char *home)
{
	long own = check(raw_call(__NR_open_tree, AT_FDCWD, (long)home,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE, 0, 0));
	long cover = make_tmpfs("4096", "1024", "755");

	make_folder(cover, last_part(home), 0755, 0);
	attach(cover, "/home");
	attach(own, home);
	set_attr("/home", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY});
}

static void cover_run_user(const char *uid)
{
	long cover = make_tmpfs("536870912", "131072", "755");

	make_folder(cover, uid, 0700, number(uid));
	attach(cover, "/run/user");
}

/* The kernel's views of processes, queues and cgroups. */
static void mount_kernel(const char *cgroup)
{
	const long attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	attach(make(open_fs("mqueue"), attrs), "/dev/mqueue");
	attach(make_terminals(), "/dev/pts");
	attach(make(open_fs("proc"), attrs), "/proc");
	attach(make(open_fs("cgroup2"), attrs | MOUNT_ATTR_RDONLY), cgroup);
}

__attribute__((used)) static void floor_main(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);

	if (stack[0] != 4)
		leave();
	set_attr("/", AT_RECURSIVE, (struct mount_attr){.propagation = MS_SLAVE});
	cover_homes(argv[2]);
	cover_run_user(argv[1]);
	attach(make_tmpfs("536870912", "131072", "1777"), "/tmp");
	attach(make_tmpfs("536870912", "131072", "1777"), "/var/tmp");
	attach(make_tmpfs("5242880", "1280", "1777"), "/run/lock");
	attach(make_tmpfs("268435456", "65536", "1777"), "/dev/shm");
	mount_kernel(argv[3]);
	check(raw_call(__NR_write, READY_FD, (long)"r", 1, 0, 0));
	raw_call(__NR_close, READY_FD, 0, 0, 0, 0);
	for (;;)
		if (raw_call(__NR_wait4, -1, 0, WALL, 0, 0) < 0)
			raw_call(__NR_ppoll, 0, 0, 0, 0, 0); /* until killed */
}

RAW_START(floor_main);
