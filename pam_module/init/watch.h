/* SPDX-License-Identifier: MIT */
/*
 * watch.h - looks for processes of sshd's that their user has stopped, to keep the session beyond
 * its connection.
 *
 * sshd's process in a session is the user's, who can stop it. It does not read then that the
 * connection has ended, nor does it ask whether anybody is there, and the monitor, which holds our
 * lease, waits for it. Nobody is told when a process is stopped, so we have to look.
 */
#ifndef CARREL_INIT_WATCH_H
#define CARREL_INIT_WATCH_H

#include "view/view.h"

/* A process that was seen stopped, and has been continued. */
struct stopped {
	pid_t pid;
	uint64_t start; /* its start time, which no later process of the same number has */
	int looks;      /* for how many more looks it stays under suspicion */
};

struct watch {
	struct stopped item[64];
	int count;
	int64_t next; /* when to look again: milliseconds of CLOCK_MONOTONIC */
};

/* Begins to watch. Where the plan asks for no looks, none is ever due. */
void watch_begin(struct watch *watch, const struct view_plan *plan);

/* Returns the milliseconds until the next look; -1 where there is none. */
int watch_patience(const struct watch *watch, const struct view_plan *plan);

/*
 * Looks, if it is time. A process of sshd's that is stopped is continued; if it is stopped again at
 * one of the next looks, it is killed, and the connection ends. Nobody knows when we look: a
 * process that is to be running just then has to run much of the time, and sees that the connection
 * has ended.
 */
void watch_look(struct watch *watch, const struct view_plan *plan);

#endif
