/* SPDX-License-Identifier: MIT */
/*
 * capture.h - runs another program and collects what it prints.
 */
#ifndef CARREL_BASE_CAPTURE_H
#define CARREL_BASE_CAPTURE_H

#include "base/deadline.h"

/*
 * Runs @path with @argv, without a shell, with a clean environment and no input, and collects its
 * standard output and standard error, a megabyte at most. A program that is still running at
 * @deadline is killed. Returns 0 with the text in *ret_text, which the caller frees, and the status
 * of waitpid(2) in *ret_status; -ETIMEDOUT for a program that was killed; -errno.
 */
int capture_output(const char *path, char *const argv[], deadline_t deadline, char **ret_text,
	int *ret_status);

#endif
