/* SPDX-License-Identifier: MIT */
/*
 * owner.h - tells to which account a uid belongs. adduser(8) gives the uid of a deleted account to
 * the next one that it makes.
 */
#ifndef CARREL_BASE_OWNER_H
#define CARREL_BASE_OWNER_H

#include <sys/types.h>

/*
 * Interprets the @error that getpwnam_r(3) or getpwuid_r(3) returned without finding an account.
 * Returns -ENOENT where there is no such account, and -EAGAIN or another -errno where the name
 * service does not answer at present. glibc returns 0 where the last service that it asked does not
 * know the account. Where that service does not answer, glibc returns the errno of the failure,
 * which is ENOENT if the socket of the service is missing.
 */
int owner_missing(int error);

/*
 * Decides whether a thing that was made for the account @name, when that had @uid, belongs to the
 * account @user, which has @uid now. A uid may have two names, one an alias of the name service:
 * both are the same user as long as both lead to the uid. The name service is asked only where the
 * names differ. Returns 1 if the thing belongs to @user; 0 if the name service does not know @name,
 * or knows it with another uid; -errno if it does not answer. Then the owner is unknown, and the
 * caller tries again later.
 */
int owner_is(const char *name, const char *user, uid_t uid);

#endif
