// SPDX-License-Identifier: MIT
#include "loop.h"

#include <errno.h>

static struct loop_source *find_source(struct loop *loop, int fd)
{
	for (size_t i = 0; i < loop->count; i++)
		if (loop->source[i].fd == fd)
			return &loop->source[i];
	return NULL;
}

int loop_watch(struct loop *loop, int fd, short events, loop_fn *run, void *data)
{
	if (loop->count == LOOP_SOURCES_MAX)
		return -ENOSPC;
	loop->source[loop->count++] = (struct loop_source){fd, events, run, data};
	return 0;
}

void loop_change(struct loop *loop, int fd, short events)
{
	struct loop_source *source = find_source(loop, fd);

	if (source)
		source->events = events;
}

void loop_forget(struct loop *loop, int fd)
{
	struct loop_source *source = find_source(loop, fd);

	if (source)
		*source = loop->source[--loop->count];
}

void loop_add_timer(struct loop *loop, struct loop_timer *timer)
{
	if (loop->n_timers < LOOP_TIMERS_MAX)
		loop->timer[loop->n_timers++] = timer;
}

static int wait_ms(const struct loop *loop)
{
	deadline_t next = DEADLINE_NEVER;

	for (size_t i = 0; i < loop->n_timers; i++)
		if (loop->timer[i]->at != DEADLINE_NEVER &&
			(next == DEADLINE_NEVER || loop->timer[i]->at < next))
			next = loop->timer[i]->at;
	return deadline_left_ms(next);
}

static void run_timers(struct loop *loop)
{
	for (size_t i = 0; i < loop->n_timers; i++) {
		struct loop_timer *timer = loop->timer[i];

		if (timer->at == DEADLINE_NEVER || deadline_left_usec(timer->at) > 0)
			continue;
		timer->at = DEADLINE_NEVER;
		timer->run(timer->data);
	}
}

int loop_run_once(struct loop *loop)
{
	struct pollfd ready[LOOP_SOURCES_MAX];
	size_t count = loop->count;

	for (size_t i = 0; i < count; i++)
		ready[i] =
			(struct pollfd){.fd = loop->source[i].fd, .events = loop->source[i].events};
	if (poll(ready, count, wait_ms(loop)) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < count; i++) {
		/* A callback that ran before may have closed it. */
		struct loop_source *source =
			ready[i].revents ? find_source(loop, ready[i].fd) : NULL;

		if (source)
			source->run(source->data, ready[i].revents);
	}
	run_timers(loop);
	return 0;
}
