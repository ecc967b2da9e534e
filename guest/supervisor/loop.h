/* SPDX-License-Identifier: MIT */
/*
 * loop.h - waits for descriptors and for moments, and calls whoever asked for them. It has one
 * thread.
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

/* A timer is the caller's, who may set @at at any time; DEADLINE_NEVER is off. It is off when run()
 * is called. */
struct loop_timer {
	deadline_t at;
	loop_timer_fn *run;
	void *data;
};

/* Holds what is watched. The caller has zeroed it. */
struct loop {
	struct loop_source source[LOOP_SOURCES_MAX];
	size_t count;
	struct loop_timer *timer[LOOP_TIMERS_MAX];
	size_t n_timers;
};

/* Has @run called whenever one of @events (poll(2)) is there. @fd stays the caller's. Returns 0, or
 * -ENOSPC where there are too many. */
int loop_watch(struct loop *loop, int fd, short events, loop_fn *run, void *data);

/* Watches @fd for @events instead, from now on; POLLERR and POLLHUP are always told. */
void loop_change(struct loop *loop, int fd, short events);

/* Stops watching @fd; the caller does this before closing it. A descriptor that is not watched is
 * passed over. */
void loop_forget(struct loop *loop, int fd);

/* Adds @timer, which stays in its place as long as the loop. */
void loop_add_timer(struct loop *loop, struct loop_timer *timer);

/* Waits for what happens next, and calls whoever asked for it. Returns 0 or -errno. */
int loop_run_once(struct loop *loop);

#endif
