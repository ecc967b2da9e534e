/* SPDX-License-Identifier: MIT */
/*
 * account.h - a user of this host by name or number, as policies match them.
 */
#ifndef CARREL_POLICY_ACCOUNT_H
#define CARREL_POLICY_ACCOUNT_H

#include "base/error.h"
#include "policy/policy.h"

struct account {
	struct policy_login login; /* points into the members below; service and rhost are NULL */
	char *name, *home, *shell;
	char *alias;       /* what the name service calls the uid; NULL where that is the name */
	char **groups;     /* NULL-terminated */
	const char *group; /* the primary one, in groups */
};

/*
 * Looks up a user by name, or by uid where @name is a number that is no user's name. Returns 0 and
 * *ret_account (free with account_free()); -ENOENT where there is no such account; -EAGAIN where
 * the name service does not answer; -errno.
 */
int account_find(const char *name, struct account *ret_account, struct carrel_error *err);

/* Looks up a user as account_find() does, but by uid alone. */
int account_find_uid(uid_t uid, struct account *ret_account, struct carrel_error *err);

/* Reads a uid: decimal digits, below (uid_t)-1. Returns false where @text is none. */
bool account_parse_uid(const char *text, uid_t *ret_uid);

/* Frees all that @account owns, and leaves it empty. */
void account_free(struct account *account);

/* Returns whether shadow(5) says that account @name has expired. Only root can ask. */
bool account_expired(const char *name);

/*
 * Returns why policies do not confine @login, or "" where they do, and notes in @login whether it
 * is a system account, which only policies that name it confine.
 */
const char *account_exemption(const struct host_config *config, struct policy_login *login);

#endif
