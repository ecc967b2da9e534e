/* SPDX-License-Identifier: MIT */
/*
 * sshd_users.h - users for whom sshd may answer otherwise than for everybody.
 */
#ifndef CARREL_HELPER_DOCTOR_SSHD_USERS_H
#define CARREL_HELPER_DOCTOR_SSHD_USERS_H

#include <stddef.h>

/* Each costs a run of sshd. */
enum { SSHD_USERS_MAX = 32 };

struct sshd_users {
	char *name[SSHD_USERS_MAX];
	size_t count;
};

/*
 * Users whom a [match] of the policies or a Match block of sshd's files names, by their own name or
 * by a group of theirs, of which one member stands for all: not for patterns, which no one user
 * stands for. Each once, the first SSHD_USERS_MAX, and only who is a user of this host. Returns 0
 * or -ENOMEM; free with sshd_users_free() in any case.
 */
int sshd_users_find(struct sshd_users *users);
void sshd_users_free(struct sshd_users *users);

#endif
