/* SPDX-License-Identifier: MIT */
/*
 * proc.h - names processes: by pidfd while carrel runs, by pid and start time on disk.
 */
#ifndef CARREL_BASE_PROC_H
#define CARREL_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* This names one process for good: the kernel reuses a pid, but not a pid with its start time. */
struct proc_id {
	pid_t pid;
	uint64_t start; /* clock ticks since boot, field 22 of proc_pid_stat(5) */
};

/* These are the fields of proc_pid_stat(5) that carrel needs. */
struct proc_stat {
	char name[64]; /* the command name, as the process chose it */
	pid_t parent;  /* 0 where the reader's pid namespace does not have the parent */
	int terminal;  /* the device number of its terminal, 0: none */
	uint64_t cpu_usec;
	uint64_t start; /* clock ticks since boot */
};

/* Reads the stat of the process with the folder @proc_fd in /proc. Returns 0, -ESRCH where it has
 * ended, or -errno. */
int proc_stat_at(int proc_fd, struct proc_stat *ret_stat);

/* Reads the stat of @pid in the same way. */
int proc_stat(pid_t pid, struct proc_stat *ret_stat);

/* Reads the start time of @pid from the /proc of the caller's pid namespace. Returns 0 or -errno.
 */
int proc_identify(pid_t pid, struct proc_id *ret_id);

/* Reads the pid of the parent of @pid: 0 where the caller's pid namespace does not have the parent.
 * Returns 0 or -errno. */
int proc_parent(pid_t pid, pid_t *ret_parent);

/*
 * Opens a pidfd of exactly that process: the start time is compared once the pidfd is open. Returns
 * a descriptor; -ESRCH where the process is gone, a zombie having been reaped; -errno.
 */
int proc_open(const struct proc_id *id);

/* Returns true while that process exists (a zombie counts as gone). */
bool proc_alive(const struct proc_id *id);

/* Reads the inode number of the namespace @name ("pid", "mnt", "ipc", "uts", "cgroup", "net") of
 * @pid; pid 0 is the caller. Returns 0 or -errno. */
int proc_namespace(pid_t pid, const char *name, uint64_t *ret_inode);

#endif
