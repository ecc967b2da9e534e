// SPDX-License-Identifier: MIT
#include "policy/file.h"
#include "base/cleanup.h"
#include "policy/inifile.h"
#include "policy/problems.h"

#include <fcntl.h>
#include <string.h>

static const struct table policy_table = {
	.key = policy_keys,
	.count = POLICY_KEY_COUNT,
	.other = "match",
};

/* Refuses keys that belong to the user as a whole in a file that also matches on how the user logs
 * in. */
static int check_user_wide(const struct policy_file *file, const struct assignments *assignments,
	struct policy_problems *problems)
{
	int result = 0;

	if (!match_has(&file->match, MATCH_ALL & ~MATCH_WHO))
		return 0;
	for (size_t i = 0; i < assignments->count; i++) {
		const struct assignment *item = &assignments->item[i];
		const struct key *key = &policy_keys[item->index];

		if (!(key->flags & KEY_USER_WIDE))
			continue;
		result = problems_add(problems, file->path, item->line, key->section, key->name,
			"applies to the user as a whole, so a file that matches on service or host cannot set it");
		if (result == -ENOMEM)
			break;
	}
	return result;
}

/* Reads both the match and the keys even if one of them is wrong, so that every problem is
 * reported. */
static int read_policy_scan(
	const struct scan *scan, struct policy_file *file, struct policy_problems *problems)
{
	cleanup(assignments_free) struct assignments assignments = {0};
	int match, keys;

	match = match_read(scan, file->path, &file->match, problems);
	if (match == -ENOMEM)
		return match;
	file->match_known = match == 0;
	keys = table_read(&policy_table, scan, file->path, &assignments, problems);
	if (keys == 0)
		keys = check_user_wide(file, &assignments, problems);
	if (match < 0 || keys < 0)
		return keys < 0 ? keys : match;
	file->assignments = TAKE_STRUCT(assignments);
	return 0;
}

int policy_file_read(int dirfd, const char *name, const char *path, struct policy_file *ret_file,
	struct policy_problems *problems)
{
	cleanup(policy_file_free) struct policy_file file = {0};
	cleanup(scan_free) struct scan scan = {0};
	int r;

	file.path = strdup(path);
	if (!file.path)
		return -ENOMEM;
	r = inifile_read(dirfd, name, path, &scan, problems);
	if (r == 0)
		r = read_policy_scan(&scan, &file, problems);
	if (r < 0 && r != -EINVAL)
		return r;
	file.refused = r < 0;
	*ret_file = TAKE_STRUCT(file);
	return 0;
}

void policy_file_free(struct policy_file *file)
{
	free(file->path);
	match_free(&file->match);
	assignments_free(&file->assignments);
	*file = (struct policy_file){0};
}

bool policy_file_fits(
	const struct policy_file *file, const struct policy_login *login, unsigned fields)
{
	if (login->system_account && !match_names(&file->match, login))
		return false;
	return match_fits(&file->match, login, fields);
}

int policy_check_file(
	const char *path, struct policy_problems *ret_problems, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(policy_file_free) struct policy_file file = {0};
	int r = policy_file_read(AT_FDCWD, path, path, &file, &problems);

	if (r == -ENOENT)
		r = problems_add(&problems, path, 0, NULL, NULL, "there is no such file");
	else if (r == 0 && file.refused)
		r = -EINVAL;
	if (r < 0) {
		error_set(err, r, "policy %s", path);
		if (problems.count > 0)
			error_why(err, "%s", problems.item[0].reason);
	}
	if (ret_problems && (r == 0 || r == -EINVAL))
		*ret_problems = TAKE_STRUCT(problems);
	return r;
}
