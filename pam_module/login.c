// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "module.h"

#include <grp.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>

static const char *item(pam_handle_t *pamh, int type)
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
	/* Owned by the handle, and safe beside other threads. */
	entry = pam_modutil_getpwnam(pamh, user);
	if (!entry) {
		error_set(err, -ENOENT, "account of user %s", user);
		return PAM_USER_UNKNOWN;
	}
	login.policy.user = entry->pw_name;
	login.policy.uid = entry->pw_uid;
	login.policy.gid = entry->pw_gid;
	login.policy.home = entry->pw_dir;
	login.policy.service = item(pamh, PAM_SERVICE);
	login.policy.rhost = item(pamh, PAM_RHOST);
	login.tty = item(pamh, PAM_TTY);
	*ret_login = login;
	return PAM_SUCCESS;
}

/* getgrouplist(3) tells by how much the room was too small. */
static int group_ids(const struct policy_login *login, gid_t **ret_ids, int *ret_count)
{
	cleanup_free gid_t *ids = NULL;
	int count = 32;

	for (int try = 0; try < 8; try++) {
		int room = count;
		gid_t *grown = reallocarray(ids, (size_t)room, sizeof(*ids));

		if (!grown)
			return -ENOMEM;
		ids = grown;
		if (getgrouplist(login->user, login->gid, ids, &count) >= 0) {
			*ret_ids = TAKE_PTR(ids);
			*ret_count = count;
			return 0;
		}
		if (count <= room)
			count = room * 2;
	}
	return -E2BIG;
}

int login_read_groups(pam_handle_t *pamh, struct login *login, struct carrel_error *err)
{
	cleanup_free gid_t *ids = NULL;
	int count = 0, known = 0;
	int r = group_ids(&login->policy, &ids, &count);

	if (r == 0) {
		login->group_names = calloc((size_t)count + 1, sizeof(char *));
		r = login->group_names ? 0 : -ENOMEM;
	}
	for (int i = 0; r == 0 && i < count; i++) {
		struct group *group = pam_modutil_getgrgid(pamh, ids[i]);

		if (!group)
			continue; /* a number without a name matches no policy */
		login->group_names[known] = strdup(group->gr_name);
		if (!login->group_names[known])
			r = -ENOMEM;
		else if (ids[i] == login->policy.gid && !login->group_name)
			login->group_name = login->group_names[known];
		known += r == 0;
	}
	login->policy.groups = login->group_names;
	login->policy.group = login->group_name;
	if (r == 0)
		return PAM_SUCCESS;
	error_set(err, r, "groups of user %s", login->policy.user);
	return r == -ENOMEM ? PAM_BUF_ERR : PAM_SESSION_ERR;
}

void login_free(struct login *login)
{
	for (size_t i = 0; login->group_names && login->group_names[i]; i++)
		free(login->group_names[i]);
	free(login->group_names);
	*login = (struct login)LOGIN_NONE;
}
