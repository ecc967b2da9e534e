// SPDX-License-Identifier: MIT
#include "session/clock.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "session/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

static int copy_offsets(const char *offsets, struct carrel_error *err)
{
	int r = fd_write_file(AT_FDCWD, "/proc/self/timens_offsets", offsets);

	return r < 0 ? error_set(err, r, "/proc/self/timens_offsets") : 0;
}

bool clock_is_planned(const void *context)
{
	const struct opening *opening = context;

	return plan_has_sandbox(opening->plan) && (plan_namespaces(opening->plan) & CLONE_NEWTIME);
}

int clock_enter(void *context, struct carrel_error *err)
{
	enum { TEXT_MAX = 4096 };
	struct opening *opening = context;
	cleanup_free char *offsets = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/timens_offsets", (int)opening->session->init.pid);
	r = fd_read_file(AT_FDCWD, path, TEXT_MAX, &offsets);
	if (r < 0)
		return error_set(err, r, "%s", path);
	/* The way back, tried where it changes nothing. */
	if (setns(opening->session->saved.fd[NAMESPACE_TIME], CLONE_NEWTIME) < 0) {
		r = error_set(err, -errno, "the caller's time namespace");
		return r == -EUSERS ? error_why(err, "the calling process has several threads, and "
						     "namespaces.time = private needs one alone")
				    : r;
	}
	if (unshare(CLONE_NEWTIME) < 0)
		return error_set(err, -errno, "time namespace of the login");
	r = copy_offsets(offsets, err);
	if (r < 0)
		clock_leave(context);
	return r;
}

void clock_leave(void *context)
{
	struct opening *opening = context;

	(void)setns(opening->session->saved.fd[NAMESPACE_TIME], CLONE_NEWTIME);
}
