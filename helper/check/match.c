// SPDX-License-Identifier: MIT
/*
 * match.c - tells whom the policies leave out, as far as that can be seen from them alone.
 */
#include "base/list.h"
#include "check.h"
#include "policy/problems.h"

#include <errno.h>
#include <string.h>

enum { MATCH_WAY = MATCH_ALL & ~MATCH_WHO };

static bool same_list(char *const *a, char *const *b)
{
	size_t length = list_length(a);

	if (length != list_length(b))
		return false;
	for (size_t i = 0; i < length; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

/* Returns whether @file takes hold of a login that it fits. Without a mode it makes a sandbox. */
static bool takes_hold(const struct policy_file *file)
{
	for (size_t i = 0; i < file->assignments.count; i++)
		if (file->assignments.item[i].index == POLICY_SESSION_MODE)
			return file->assignments.item[i].value.choice != POLICY_MODE_EXEMPT &&
			       file->assignments.item[i].value.choice != POLICY_MODE_AUDIT;
	return true;
}

/* Returns whether @other fits all users whom @file is for, whatever way they come. */
static bool fits_always(const struct policy_file *other, const struct policy_file *file)
{
	if (other->refused || match_has(&other->match, MATCH_WAY))
		return false;
	return !match_has(&other->match, MATCH_WHO) ||
	       (same_list(other->match.list[MATCH_USER], file->match.list[MATCH_USER]) &&
		       same_list(other->match.list[MATCH_GROUP], file->match.list[MATCH_GROUP]));
}

static bool any_fits_always(const struct policy_folder *folder, const struct policy_file *file)
{
	for (size_t i = 0; i < folder->count; i++)
		if (fits_always(&folder->file[i], file))
			return true;
	return false;
}

static int check_ways(const struct policy_folder *folder, struct check *check)
{
	int r = 0;

	for (size_t i = 0; i < folder->count && r != -ENOMEM; i++) {
		const struct policy_file *file = &folder->file[i];

		if (file->refused || !match_has(&file->match, MATCH_WAY) || !takes_hold(file) ||
			any_fits_always(folder, file))
			continue;
		r = problems_add(&check->warnings, file->path, 0, "match",
			file->match.list[MATCH_SERVICE] ? "service" : "host",
			"warning: no policy matches the same users by other services or hosts "
			"(cron, at, su), which they choose: write one without this key");
	}
	return r == -ENOMEM ? r : 0;
}

/* Warns where policies match by group, and none matches everybody: a name service that is down has
 * no groups, and tells nobody. */
static int check_groups(const struct policy_folder *folder, struct check *check)
{
	const struct policy_file *first = NULL;

	for (size_t i = 0; i < folder->count; i++) {
		const struct policy_file *file = &folder->file[i];

		if (file->refused)
			continue;
		if (!match_has(&file->match, MATCH_ALL))
			return 0;
		if (!first && file->match.list[MATCH_GROUP] && takes_hold(file))
			first = file;
	}
	if (!first)
		return 0;
	return problems_add(&check->warnings, first->path, 0, "match", "group",
		       "warning: no policy matches a user whose groups the name service does not "
		       "report: write a file without [match], or unmatched = deny in carrel.ini") ==
			       -ENOMEM
		       ? -ENOMEM
		       : 0;
}

int check_matches(const struct policy_folder *policies, struct check *check)
{
	int r;

	if (check->config->unmatched == HOST_UNMATCHED_DENY)
		return 0;
	r = check_groups(policies, check);
	return r < 0 ? r : check_ways(policies, check);
}
