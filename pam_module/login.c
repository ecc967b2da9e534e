// SPDX-License-Identifier: MIT
#include "base/groups.h"
#include "module.h"

#include <errno.h>

#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>

static const char *login_item(pam_handle_t *pamh, int type)
{
	const void *value = NULL;

	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS || !value)
		return "";
	return value;
}

int login_read(pam_handle_t *pamh, struct login *ret_login, struct carrel_error *err)
{
	struct login login = LOGIN_NONE;
	const char *user = NULL;
	struct passwd *entry;
	int r = pam_get_user(pamh, &user, NULL);

	if (r != PAM_SUCCESS || !user || !*user) {
		error_set(err, -EINVAL, "user name");
		return PAM_USER_UNKNOWN;
	}
	/* The handle owns the entry, and the call is safe beside other threads. */
	entry = pam_modutil_getpwnam(pamh, user);
	if (!entry) {
		error_set(err, -ENOENT, "account of user %s", user);
		return PAM_USER_UNKNOWN;
	}
	login.policy.user = entry->pw_name;
	login.policy.uid = entry->pw_uid;
	login.policy.gid = entry->pw_gid;
	login.policy.home = entry->pw_dir;
	/* An empty field stands for /bin/sh (passwd(5)). */
	login.policy.shell = *entry->pw_shell ? entry->pw_shell : "/bin/sh";
	login.policy.service = login_item(pamh, PAM_SERVICE);
	login.policy.rhost = login_item(pamh, PAM_RHOST);
	login.policy.tty = login_item(pamh, PAM_TTY);
	login.pamh = pamh;
	*ret_login = login;
	return PAM_SUCCESS;
}

static void fetch_groups(void *data)
{
	struct login *login = data;

	login->policy.fetch_groups = NULL;
	login->groups_error = groups_read(
		login->policy.user, login->policy.gid, &login->group_names, &login->policy.group);
	login->policy.groups = login->group_names;
}

static void fetch_alias(void *data)
{
	struct login *login = data;
	struct passwd *entry = pam_modutil_getpwuid(login->pamh, login->policy.uid);

	login->policy.fetch_alias = NULL;
	if (entry && strcmp(entry->pw_name, login->policy.user) != 0)
		login->policy.alias = entry->pw_name;
}

void login_fetch_later(struct login *login)
{
	login->policy.fetch_groups = fetch_groups;
	login->policy.fetch_alias = fetch_alias;
	login->policy.fetch_data = login;
}

int login_groups_result(const struct login *login, struct carrel_error *err)
{
	if (login->groups_error == 0)
		return PAM_SUCCESS;
	error_set(err, login->groups_error, "groups of user %s", login->policy.user);
	return login->groups_error == -ENOMEM ? PAM_BUF_ERR : PAM_SYSTEM_ERR;
}

void login_free(struct login *login)
{
	groups_free(login->group_names);
	*login = (struct login)LOGIN_NONE;
}
