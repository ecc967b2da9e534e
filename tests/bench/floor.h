/* SPDX-License-Identifier: MIT */
/*
 * floor.h - the cheapest way known to make the namespaces and mounts of a default sandbox: what
 * carrel's opening is compared with. No policy, no record, no cgroup, no check of any path.
 */
#ifndef CARREL_BENCH_FLOOR_H
#define CARREL_BENCH_FLOOR_H

#include <sys/types.h>

/* Where the caller was before, and the init that it is with now. */
struct floor {
	const char *init; /* floor_init */
	const char *uid;
	const char *home;
	const char *cgroup; /* the mountpoint of the host's cgroups */
	int saved[4];
	int pidfd;
	pid_t pid;
};

/* Remembers the caller's namespaces; the strings are borrowed. Ends the program on failure, as all
 * of these do: a bench has nothing to tidy up. */
void floor_prepare(struct floor *floor);

/* Starts floor_init, waits until it is ready and joins its namespaces. */
void floor_open(struct floor *floor);

/* Goes back and kills floor_init, without waiting for it. */
void floor_close(struct floor *floor);

#endif
