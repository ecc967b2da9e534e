// SPDX-License-Identifier: MIT
/*
 * as_user.c - becomes a user and runs a program: for commands that cannot do that themselves. As
 * cheap as it can be, so that they are not charged for it. as_user UID PROGRAM ARGUMENT…
 */
#include "raw.h"

#include <asm/unistd.h>
#include <stddef.h>

__attribute__((used)) static void as_user_main(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	const char *environment[] = {NULL};
	long uid = 0;

	if (stack[0] >= 3) {
		for (const char *digit = argv[1]; *digit; digit++)
			uid = uid * 10 + (*digit - '0');
		if (raw_call(__NR_setgroups, 0, 0, 0, 0, 0) == 0 &&
			raw_call(__NR_setgid, uid, 0, 0, 0, 0) == 0 &&
			raw_call(__NR_setuid, uid, 0, 0, 0, 0) == 0)
			raw_call(__NR_execve, (long)argv[2], (long)(argv + 2), (long)environment, 0,
				0);
	}
	raw_call(__NR_exit_group, 127, 0, 0, 0, 0);
}

RAW_START(as_user_main);
