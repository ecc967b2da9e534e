/* SPDX-License-Identifier: MIT */
/*
 * sshd_users.h - finds the users for whom sshd's configuration may differ from everybody's.
 */
#ifndef CARREL_HELPER_DOCTOR_SSHD_USERS_H
#define CARREL_HELPER_DOCTOR_SSHD_USERS_H

#include <stddef.h>

/* There is a limit because each user costs a run of sshd. */
enum { SSHD_USERS_MAX = 32 };

struct sshd_users {
	char *name[SSHD_USERS_MAX];
	size_t count;
};

/*
 * Finds the users of this host whom a [match] of the policies or a Match block of sshd's files
 * names. One member stands for a group that is named. Patterns are left out, as no single user
 * could stand for them. Lists each user once, and at most SSHD_USERS_MAX of them. Returns 0 or
 * -ENOMEM; in either case the caller frees @users with sshd_users_free().
 */
int sshd_users_find(struct sshd_users *users);
/* Frees the names. */
void sshd_users_free(struct sshd_users *users);

#endif
