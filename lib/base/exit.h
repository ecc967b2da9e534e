/* SPDX-License-Identifier: MIT */
/*
 * exit.h - defines the exit codes of carrel's programs (carrel(1)).
 */
#ifndef CARREL_BASE_EXIT_H
#define CARREL_BASE_EXIT_H

enum command_exit {
	COMMAND_DONE = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2,
	COMMAND_INVALID = 3, /* a policy or template is invalid */
	COMMAND_REFUSED = 4, /* no permission, quota, admission */
};

#endif
