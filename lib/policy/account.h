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
	char *alias;       /* what the name service calls the uid; NULL: as name */
	char **groups;     /* NULL-terminated */
	const char *group; /* the primary one, in groups */
};

/* Looks @name up: a user's name, or a uid where no user is called so. 0; -ENOENT where there is no
 * such account; -EAGAIN where the name service does not answer, -errno. */
int account_find(const char *name, struct account *ret_account, struct carrel_error *err);
int account_find_uid(uid_t uid, struct account *ret_account, struct carrel_error *err);
/* Whether @text is a uid: decimal digits, below (uid_t)-1. */
bool account_parse_uid(const char *text, uid_t *ret_uid);
void account_free(struct account *account);

/* Whether shadow(5) has an account of that name expire, and the day has come. For root. */
bool account_expired(const char *name);

/* Why policies do not confine @login, "" where they do. Also notes in it whether it is a system
 * account, which only policies that name it confine. */
const char *account_exemption(const struct host_config *config, struct policy_login *login);

#endif
