/* SPDX-License-Identifier: MIT */
/*
 * capture.h - what another program prints.
 */
#ifndef CARREL_BASE_CAPTURE_H
#define CARREL_BASE_CAPTURE_H

#include "base/deadline.h"

/*
 * Runs @path with @argv, without a shell, with a clean environment and no input, and collects its
 * output and error output (a megabyte at most). Past the deadline it is killed: -ETIMEDOUT.
 * Returns 0 with *ret_text (malloc'ed) and *ret_status as waitpid(2) gives it, or -errno.
 */
int capture_output(const char *path, char *const argv[], deadline_t deadline, char **ret_text,
	int *ret_status);

#endif
