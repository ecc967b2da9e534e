/* SPDX-License-Identifier: MIT */
/*
 * loop.h - waits for descriptors and for moments, and calls who asked for them. One thread.
 */
#ifndef CARREL_GUEST_SUPERVISOR_LOOP_H
#define CARREL_GUEST_SUPERVISOR_LOOP_H

#include "base/deadline.h"

#include <poll.h>
#include <stddef.h>

enum { LOOP_SOURCES_MAX = 600, LOOP_TIMERS_MAX = 8 };

typedef void loop_fn(void *data, short revents);
typedef void loop_timer_fn(void *data);

struct loop_source {
	int fd;
	short events;
	loop_fn *run;
	void *data;
};

/* The caller's; @at may be set at any time, DEADLINE_NEVER is off. It is off when run() is called.
 */
struct loop_timer {
	deadline_t at;
	loop_timer_fn *run;
	void *data;
};

/* Zeroed at first. */
struct loop {
	struct loop_source source[LOOP_SOURCES_MAX];
	size_t count;
	struct loop_timer *timer[LOOP_TIMERS_MAX];
	size_t n_timers;
};

/* Calls @run whenever one of @events (poll(2)) is there. The descriptor stays the caller's. 0, or
 * -ENOSPC where there are too many. */
int loop_watch(struct loop *loop, int fd, short events, loop_fn *run, void *data);

/* Other events from now on; POLLERR and POLLHUP are always told. */
void loop_change(struct loop *loop, int fd, short events);

/* To be called before @fd is closed. One that is not watched is fine. */
void loop_forget(struct loop *loop, int fd);

/* @timer stays where it is as long as the loop. */
void loop_add_timer(struct loop *loop, struct loop_timer *timer);

/* Waits for the next things to happen and deals with them. 0 or -errno. */
int loop_run_once(struct loop *loop);

#endif
