/* SPDX-License-Identifier: MIT */
/*
 * owner.h - whose a uid is: adduser(8) gives the number of an account that is gone to the next one.
 */
#ifndef CARREL_BASE_OWNER_H
#define CARREL_BASE_OWNER_H

#include <sys/types.h>

/*
 * Whether what was made for the account @name, when it had @uid, belongs to the account @user,
 * which has @uid now. A uid may have two names (an alias of a name service): both are the same
 * user's as long as both lead to the uid. The name service is asked only where the names differ. 1;
 * 0; -errno where it does not answer.
 */
int owner_is(const char *name, const char *user, uid_t uid);

#endif
