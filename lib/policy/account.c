// SPDX-License-Identifier: MIT
#include "policy/account.h"
#include "base/cleanup.h"
#include "base/groups.h"
#include "base/owner.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ENTRY_MAX = 1 << 20 };

void account_free(struct account *account)
{
	groups_free(account->groups);
	free(account->name);
	free(account->alias);
	free(account->home);
	free(account->shell);
	*account = (struct account){0};
}

/* Notes the name that the name service has for the uid where it is another one. Policies match both
 * names. */
static int find_alias(struct account *account, uid_t uid)
{
	for (size_t size = 4096; size <= ENTRY_MAX; size *= 4) {
		cleanup_free char *buf = malloc(size);
		struct passwd entry, *found = NULL;

		if (!buf)
			return -ENOMEM;
		if (getpwuid_r(uid, &entry, buf, size, &found) == ERANGE)
			continue;
		if (!found || strcmp(found->pw_name, account->name) == 0)
			return 0;
		account->alias = strdup(found->pw_name);
		return account->alias ? 0 : -ENOMEM;
	}
	return 0;
}

static int fill_account(const struct passwd *entry, struct account *account)
{
	int r;

	account->name = strdup(entry->pw_name);
	account->home = strdup(entry->pw_dir);
	account->shell = strdup(*entry->pw_shell ? entry->pw_shell : "/bin/sh");
	if (!account->name || !account->home || !account->shell)
		return -ENOMEM;
	r = find_alias(account, entry->pw_uid);
	if (r < 0)
		return r;
	r = groups_read(account->name, entry->pw_gid, &account->groups, &account->group);
	if (r < 0)
		return r;
	account->login = (struct policy_login){
		.user = account->name,
		.alias = account->alias,
		.uid = entry->pw_uid,
		.gid = entry->pw_gid,
		.home = account->home,
		.shell = account->shell,
		.group = account->group,
		.groups = account->groups,
	};
	return 0;
}

/* Looks up the user @name, or the user with @uid where @name is NULL. */
static int look_up_account(const char *name, uid_t uid, struct account *ret_account)
{
	for (size_t size = 4096; size <= ENTRY_MAX; size *= 4) {
		cleanup_free char *buf = malloc(size);
		struct passwd entry, *found = NULL;
		int r;

		if (!buf)
			return -ENOMEM;
		r = name ? getpwnam_r(name, &entry, buf, size, &found)
			 : getpwuid_r(uid, &entry, buf, size, &found);
		if (r == ERANGE)
			continue;
		if (!found)
			return owner_missing(r);
		r = fill_account(found, ret_account);
		if (r < 0)
			account_free(ret_account);
		return r;
	}
	return -ERANGE;
}

bool account_parse_uid(const char *text, uid_t *ret_uid)
{
	unsigned long long number = 0;

	if (!text[0])
		return false;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return false;
		number = number * 10 + (unsigned)(*p - '0');
		if (number >= UINT_MAX)
			return false;
	}
	*ret_uid = (uid_t)number;
	return true;
}

static int explain_missing(int r, struct carrel_error *err)
{
	if (r == -ENOENT)
		error_why(err, "there is no such user");
	if (r == -EAGAIN)
		error_why(err, "the name service does not answer just now; try again later");
	return r;
}

int account_find(const char *name, struct account *ret_account, struct carrel_error *err)
{
	struct account account = {0};
	uid_t uid;
	int r;

	r = look_up_account(name, 0, &account);
	if (r == -ENOENT && account_parse_uid(name, &uid))
		r = look_up_account(NULL, uid, &account);
	if (r < 0) {
		error_set(err, r, "user %s", name);
		return explain_missing(r, err);
	}
	*ret_account = account;
	return 0;
}

int account_find_uid(uid_t uid, struct account *ret_account, struct carrel_error *err)
{
	struct account account = {0};
	int r = look_up_account(NULL, uid, &account);

	if (r < 0) {
		error_set(err, r, "uid %u", (unsigned)uid);
		return explain_missing(r, err);
	}
	*ret_account = account;
	return 0;
}

bool account_expired(const char *name)
{
	enum { DAY = 24 * 60 * 60 };

	for (size_t size = 4096; size <= ENTRY_MAX; size *= 4) {
		cleanup_free char *buf = malloc(size);
		struct spwd entry, *found = NULL;

		if (!buf)
			return false;
		/* An expiry date of -1 means never (getspnam(3)). */
		if (getspnam_r(name, &entry, buf, size, &found) != ERANGE)
			return found && found->sp_expire >= 0 &&
			       time(NULL) / DAY >= found->sp_expire;
	}
	return false;
}

const char *account_exemption(const struct host_config *config, struct policy_login *login)
{
	login->system_account = login->uid < config->uid_min;
	if (login->uid == 0)
		return "root is never confined";
	if (host_config_is_admin(config, login))
		return "an admin by carrel.ini ([host] admins)";
	return "";
}
