/* SPDX-License-Identifier: MIT */
/*
 * watch.h - who stops sshd's process of their session keeps the session beyond its connection.
 *
 * That process is the user's, so that they can stop it; then it does not read that the connection
 * has ended, nor does it ask whether anybody is there, and the monitor, our lease, waits for it.
 * A process that is stopped tells nobody, so that we have to look.
 */
#ifndef CARREL_INIT_WATCH_H
#define CARREL_INIT_WATCH_H

#include "view/view.h"

/* A process that was seen stopped, and has been continued. */
struct stopped {
	pid_t pid;
	uint64_t start; /* its start time, by which it is no later one of the same number */
	int looks;      /* how many more looks it stays under suspicion */
};

struct watch {
	struct stopped item[64];
	int count;
	int64_t next; /* when to look again: milliseconds of CLOCK_MONOTONIC */
};

/* From now on. Where the plan asks for no looks, nothing is ever due. */
void watch_begin(struct watch *watch, const struct view_plan *plan);

/* How long until the next look, milliseconds; -1: never. */
int watch_patience(const struct watch *watch, const struct view_plan *plan);

/*
 * Looks where it is time. A process of sshd's that is stopped is continued; one that is stopped
 * again at one of the next looks is killed, and with it the connection. Nobody knows when we look,
 * so that who would be running just then has to run much of the time, and sees that the connection
 * has ended.
 */
void watch_look(struct watch *watch, const struct view_plan *plan);

#endif
