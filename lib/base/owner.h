/* SPDX-License-Identifier: MIT */
/*
 * owner.h - whose a uid is: adduser(8) gives the number of an account that is gone to the next one.
 */
#ifndef CARREL_BASE_OWNER_H
#define CARREL_BASE_OWNER_H

#include <sys/types.h>

/*
 * What it means that getpwnam_r(3) or getpwuid_r(3) returned @error and nobody: -ENOENT where there
 * is no such account; -EAGAIN or another -errno where that cannot be told just now. glibc returns 0
 * where the last service asked has nobody of the name, and that service's errno where it does not
 * answer, which is ENOENT where its socket is missing.
 */
int owner_missing(int error);

/*
 * Whether what was made for the account @name, when it had @uid, belongs to the account @user,
 * which has @uid now. A uid may have two names (an alias of a name service): both are the same
 * user's as long as both lead to the uid. The name service is asked only where the names differ. 1;
 * 0 where it knows no such name, or that of another uid; -errno where it does not answer, which
 * says nothing about whose it is: try again later.
 */
int owner_is(const char *name, const char *user, uid_t uid);

#endif
