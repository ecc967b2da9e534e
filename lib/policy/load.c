// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "policy/file.h"
#include "policy/merge.h"
#include "policy/problems.h"

#include <string.h>

static const enum policy_mode unmatched_modes[] = {
	[HOST_UNMATCHED_EXEMPT] = POLICY_MODE_EXEMPT,
	[HOST_UNMATCHED_HOST] = POLICY_MODE_HOST,
	[HOST_UNMATCHED_DENY] = POLICY_MODE_DENY,
};

/* Merges the files that fit the login, as far as the match @fields go. The policy keeps nothing of
 * the folder, which is gone afterwards. */
static int merge_folder(const struct policy_folder *folder, const struct policy_login *login,
	unsigned fields, struct policy *ret_policy)
{
	cleanup(policy_free) struct policy policy = {0};
	int r = policy_init(&policy);

	for (size_t i = 0; r == 0 && i < folder->count; i++) {
		const struct policy_file *file = &folder->file[i];

		if (file->refused)
			continue;
		policy.any_file = true;
		if (policy_file_fits(file, login, fields))
			r = policy_merge(&policy, file);
	}
	/* If no file fits, the login is exempt. Where a refused file might have been for this
	 * login, that would be failing open. */
	if (r == 0 && !policy.files[0] && !policy_folder_refuses(folder, login))
		r = policy_set_mode(&policy, POLICY_MODE_EXEMPT);
	if (r < 0)
		return r;
	*ret_policy = TAKE_STRUCT(policy);
	return 0;
}

int policy_load(const char *dir, const struct policy_login *login, struct policy *ret_policy,
	struct policy_problems *ret_problems, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(policy_folder_free) struct policy_folder folder = {0};
	int r = policy_folder_read(dir, &folder, &problems, err);

	if (r < 0)
		return r;
	r = merge_folder(&folder, login, MATCH_ALL, ret_policy);
	if (r < 0)
		return error_set(err, r, "policy of %s", login->user ? login->user : "?");
	if (ret_problems)
		*ret_problems = TAKE_STRUCT(problems);
	return 0;
}

/* A set of modes has one bit for each mode, and this one for "no file fits", which is exempt until
 * a file does. */
enum { NO_FILE = 1u << 31 };

static bool sets_mode(const struct policy_file *file, enum policy_mode *ret_mode)
{
	for (size_t i = 0; i < file->assignments.count; i++) {
		const struct assignment *item = &file->assignments.item[i];

		if (item->index != POLICY_SESSION_MODE)
			continue;
		*ret_mode = (enum policy_mode)item->value.choice;
		return true;
	}
	return false;
}

/*
 * Returns every mode that a login of this user can get by some service from some host. A file that
 * matches on service or host may fit or not, so the modes of both cases go on from there.
 */
static unsigned possible_modes(const struct policy_folder *folder, const struct policy_login *login)
{
	unsigned modes = NO_FILE;

	for (size_t i = 0; i < folder->count; i++) {
		const struct policy_file *file = &folder->file[i];
		unsigned after = modes;
		enum policy_mode mode;

		if (file->refused || !policy_file_fits(file, login, MATCH_WHO))
			continue;
		if (sets_mode(file, &mode))
			after = 1u << mode;
		else if (modes & NO_FILE)
			after = (modes & ~NO_FILE) | 1u << POLICY_MODE_SANDBOX;
		modes = match_has(&file->match, MATCH_ALL & ~MATCH_WHO) ? modes | after : after;
	}
	return modes;
}

bool policy_fits_nobody(const struct policy *policy)
{
	return !policy->files || !policy->files[0];
}

int policy_unmatched(
	struct policy *policy, const struct policy_login *login, enum host_unmatched unmatched)
{
	int r;

	/* A host without policies confines nobody, and a file that was refused is dealt with
	 * elsewhere. */
	if (login->system_account || !policy->any_file || !policy_fits_nobody(policy) ||
		policy->setting[POLICY_SESSION_MODE].value.choice != POLICY_MODE_EXEMPT)
		return 0;
	r = policy_set_mode(policy, unmatched_modes[unmatched]);
	return r < 0 ? r : 1;
}

/* Returns the modes of possible_modes(), and what @unmatched makes of "no file fits". */
static unsigned modes_of_user(const struct policy_folder *folder, const struct policy_login *login,
	enum host_unmatched unmatched)
{
	unsigned modes = possible_modes(folder, login);
	bool any = false;

	for (size_t i = 0; i < folder->count; i++)
		any |= !folder->file[i].refused;
	if ((modes & NO_FILE) && any && !login->system_account)
		modes |= 1u << unmatched_modes[unmatched];
	return modes;
}

int policy_user_confined(const char *dir, const struct policy_login *login,
	enum host_unmatched unmatched, bool *ret_confined, struct carrel_error *err)
{
	const unsigned confined = 1u << POLICY_MODE_SANDBOX | 1u << POLICY_MODE_GUEST |
				  1u << POLICY_MODE_HOST | 1u << POLICY_MODE_DENY;
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(policy_folder_free) struct policy_folder folder = {0};
	int r = policy_folder_read(dir, &folder, &problems, err);

	if (r < 0)
		return r;
	*ret_confined = policy_folder_refuses(&folder, login) ||
			(modes_of_user(&folder, login, unmatched) & confined);
	return 0;
}

int policy_user_manager_hidden(const char *dir, const struct policy_login *login,
	enum host_unmatched unmatched, bool *ret_hidden, struct carrel_error *err)
{
	const unsigned unconfined = (unsigned)NO_FILE | 1u << POLICY_MODE_HOST |
				    1u << POLICY_MODE_AUDIT | 1u << POLICY_MODE_EXEMPT;
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(policy_folder_free) struct policy_folder folder = {0};
	cleanup(policy_free) struct policy policy = {0};
	int r = policy_folder_read(dir, &folder, &problems, err);

	if (r < 0)
		return r;
	if (policy_folder_refuses(&folder, login)) {
		*ret_hidden = true;
		return 0;
	}
	/* A file that matches on service or host may not set user_manager, so the files that match
	 * on the user decide. */
	r = merge_folder(&folder, login, MATCH_WHO, &policy);
	if (r < 0)
		return error_set(err, r, "policy of %s", login->user ? login->user : "?");
	*ret_hidden =
		(modes_of_user(&folder, login, unmatched) & ~unconfined) &&
		policy.setting[POLICY_MOUNTS_USER_MANAGER].value.choice != POLICY_USER_MANAGER_SHOW;
	return 0;
}
