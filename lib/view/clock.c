// SPDX-License-Identifier: MIT
/*
 * clock.c - a time namespace (time_namespaces(7)): CLOCK_MONOTONIC and CLOCK_BOOTTIME, and with
 * them the uptime and the start times of processes, begin at the login.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Writes "NAME -SECONDS 0\n" to @text. Returns its length. */
static size_t put_offset(char *text, const char *name, uint64_t seconds)
{
	size_t used = strlen(name), n = 0;
	char digits[20];

	memcpy(text, name, used);
	text[used++] = ' ';
	text[used++] = '-';
	for (; n == 0 || seconds; seconds /= 10)
		digits[n++] = (char)('0' + seconds % 10);
	while (n > 0)
		text[used++] = digits[--n];
	memcpy(text + used, " 0\n", 3);
	return used + 3;
}

/* Returns how far @clock has to be put back. A second is left, so that no process there, this one
 * included, has begun before its clocks did: its start would be taken for one in the far future. */
static uint64_t seconds_since_boot(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec > 1 ? (uint64_t)now.tv_sec - 1 : 0;
}

int view_begin_clocks(void)
{
	char text[96];
	size_t size;
	ssize_t n;
	int fd;

	if (unshare(CLONE_NEWTIME) < 0)
		return -1;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	size = put_offset(text, "monotonic", seconds_since_boot(CLOCK_MONOTONIC));
	size += put_offset(text + size, "boottime", seconds_since_boot(CLOCK_BOOTTIME));
	n = write(fd, text, size);
	close(fd);
	return n == (ssize_t)size ? 0 : -1;
}
