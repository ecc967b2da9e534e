// SPDX-License-Identifier: MIT
/*
 * open.c - how long the module takes to open and to close a session, beside the floor.
 *
 * In each round each of the two has its turn, and the one that was first is second in the next, so
 * that whatever else the machine does meets both.
 */
#include "bench.h"
#include "floor.h"

#include <err.h>
#include <poll.h>
#include <stdio.h>

enum { WARM_UP = 20 };

static void sample_carrel(const char *service, const char *user, int keep)
{
	pam_handle_t *pamh = login_start(service, user);
	uint64_t start = now_ns(), opened, closing, closed;

	login_open(pamh);
	opened = now_ns();
	closing = now_ns();
	login_close(pamh);
	closed = now_ns();
	login_end(pamh);
	settle();
	if (!keep)
		return;
	print_sample("open", opened - start);
	print_sample("close", closed - closing);
}

static void sample_floor(struct floor *floor, int keep)
{
	uint64_t start = now_ns(), opened;

	floor_open(floor);
	opened = now_ns();
	floor_close(floor);
	settle();
	if (keep)
		print_sample("floor", opened - start);
}

/* Logins come seconds apart, and what is cheap right after the last one is not always cheap then:
 * the kernel moves a process between cgroups in microseconds for as long as the grace period lasts
 * that the last move has begun, and waits for a new one afterwards. */
static void rest(long milliseconds)
{
	poll(NULL, 0, (int)milliseconds);
}

/* open ROUNDS PAUSE_MS SERVICE USER FLOOR_INIT UID HOME CGROUP */
int main(int argc, char **argv)
{
	struct floor floor;
	long rounds, pause;

	if (argc != 9)
		errx(2, "usage: open ROUNDS PAUSE_MS SERVICE USER FLOOR_INIT UID HOME CGROUP");
	rounds = parse_count(argv[1]);
	pause = parse_count(argv[2]);
	floor = (struct floor){.init = argv[5], .uid = argv[6], .home = argv[7], .cgroup = argv[8]};
	floor_prepare(&floor);
	adopt_orphans();
	for (long i = pause ? 0 : -WARM_UP; i < rounds; i++) {
		rest(pause);
		if (i & 1)
			sample_floor(&floor, i >= 0);
		sample_carrel(argv[3], argv[4], i >= 0);
		rest(pause);
		if (!(i & 1))
			sample_floor(&floor, i >= 0);
	}
	return 0;
}
