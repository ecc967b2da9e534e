// SPDX-License-Identifier: MIT
#include "base/deadline.h"

#include <limits.h>
#include <time.h>

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

deadline_t deadline_in(uint64_t usec)
{
	return now_usec() + usec;
}

uint64_t deadline_left_usec(deadline_t deadline)
{
	uint64_t now;

	if (deadline == DEADLINE_NEVER)
		return UINT64_MAX;
	now = now_usec();
	return deadline > now ? deadline - now : 0;
}

int deadline_left_ms(deadline_t deadline)
{
	uint64_t ms;

	if (deadline == DEADLINE_NEVER)
		return -1;
	ms = (deadline_left_usec(deadline) + 999) / 1000;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}
