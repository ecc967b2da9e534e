// SPDX-License-Identifier: MIT
#include "floor.h"

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 16384, READY_FD = 3, NAMESPACES = 4 };

static const struct {
	const char *path;
	int flag;
} rows[NAMESPACES] = {
	{"/proc/self/ns/mnt", CLONE_NEWNS},
	{"/proc/self/ns/ipc", CLONE_NEWIPC},
	{"/proc/self/ns/cgroup", CLONE_NEWCGROUP},
	{"/proc/self/ns/pid", CLONE_NEWPID},
};

struct child {
	const struct floor *floor;
	int ready;
};

void floor_prepare(struct floor *floor)
{
	for (size_t i = 0; i < NAMESPACES; i++) {
		floor->saved[i] = open(rows[i].path, O_RDONLY | O_CLOEXEC);
		if (floor->saved[i] < 0)
			err(1, "%s", rows[i].path);
	}
}

static int child_main(void *argument)
{
	const struct child *child = argument;
	const struct floor *floor = child->floor;
	char *const argv[] = {(char *)floor->init, (char *)floor->uid, (char *)floor->home,
		(char *)floor->cgroup, NULL};
	char *const envp[] = {NULL};

	if (dup2(child->ready, READY_FD) < 0)
		return 1;
	execve(floor->init, argv, envp);
	return 1;
}

void floor_open(struct floor *floor)
{
	char stack[STACK] __attribute__((aligned(16)));
	const int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWPID;
	struct child child = {.floor = floor};
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		err(1, "pipe2");
	child.ready = ready[1];
	floor->pid = clone(child_main, stack + sizeof(stack),
		CLONE_VM | CLONE_VFORK | CLONE_PIDFD | flags, &child, &floor->pidfd);
	if (floor->pid < 0)
		err(1, "clone");
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(1, "%s failed (status %d)", floor->init,
			waitpid(floor->pid, &ready[1], __WALL) > 0 ? ready[1] : -1);
	close(ready[0]);
	if (setns(floor->pidfd, flags) < 0)
		err(1, "setns");
}

void floor_close(struct floor *floor)
{
	for (size_t i = 0; i < NAMESPACES; i++)
		if (setns(floor->saved[i], rows[i].flag) < 0)
			err(1, "setns %s", rows[i].path);
	if (pidfd_send_signal(floor->pidfd, SIGKILL, NULL, 0) < 0)
		err(1, "kill of %s", floor->init);
	close(floor->pidfd);
}
