// SPDX-License-Identifier: MIT
/*
 * sshd_users.c - finds users for whom sshd may answer otherwise than for everybody.
 */
#include "sshd_users.h"
#include "base/cleanup.h"
#include "policy/file.h"
#include "policy/policy.h"
#include "sshd_config.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct search {
	struct sshd_users *users;
	int result; /* 0 or -ENOMEM */
};

/* Returns whether @name is a name, and no pattern or negation. */
static bool is_literal(const char *name)
{
	return *name && !strpbrk(name, "*?[!");
}

static void add_user(struct search *search, const char *name)
{
	struct sshd_users *users = search->users;

	if (users->count == SSHD_USERS_MAX || !is_literal(name) || !getpwnam(name))
		return;
	for (size_t i = 0; i < users->count; i++)
		if (strcmp(users->name[i], name) == 0)
			return;
	users->name[users->count] = strdup(name);
	if (users->name[users->count])
		users->count++;
	else
		search->result = -ENOMEM;
}

/* Adds one member of a group: the first that the group's entry lists, or else a local user whose
 * primary group it is. */
static void add_member(struct search *search, const char *name)
{
	const struct group *group = is_literal(name) ? getgrnam(name) : NULL;
	cleanup_fclose FILE *accounts = NULL;
	const struct passwd *account;

	if (!group)
		return;
	if (group->gr_mem[0]) {
		cleanup_free char *member = strdup(group->gr_mem[0]);

		if (member)
			add_user(search, member);
		else
			search->result = -ENOMEM;
		return;
	}
	accounts = fopen("/etc/passwd", "re");
	while (accounts && (account = fgetpwent(accounts)))
		if (account->pw_gid == group->gr_gid) {
			cleanup_free char *member = strdup(account->pw_name);

			add_user(search, member ? member : "");
			return;
		}
}

/* Adds users who can stand for the criteria of "Match User alice,bob Group students". */
static bool look_at_match(char *line, void *data)
{
	struct search *search = data;
	void (*add)(struct search *, const char *) = NULL;
	bool is_value = false;
	char *word, *rest = line, *name;

	word = strsep(&rest, SSHD_BLANKS "=");
	if (strcasecmp(word, "Match") != 0)
		return false;
	while (rest && (word = strsep(&rest, SSHD_BLANKS "=\""))) {
		if (!*word)
			continue;
		if (*word == '#')
			break;
		if (!is_value) {
			add = strcasecmp(word, "User") == 0    ? add_user
			      : strcasecmp(word, "Group") == 0 ? add_member
							       : NULL;
			/* These criteria have no value. */
			is_value = strcasecmp(word, "all") != 0 &&
				   strcasecmp(word, "invalid-user") != 0;
			continue;
		}
		is_value = false;
		while (add && (name = strsep(&word, ",")))
			add(search, name);
	}
	return false;
}

static void look_at_policies(struct search *search)
{
	cleanup(policy_folder_free) struct policy_folder folder = {0};
	cleanup(policy_problems_free) struct policy_problems ignored = {0};

	if (policy_folder_read(POLICY_DIR, &folder, &ignored, NULL) < 0)
		return;
	for (size_t i = 0; i < folder.count; i++) {
		char **const *list = folder.file[i].match.list;

		for (char **name = list[MATCH_USER]; name && *name; name++)
			add_user(search, *name);
		for (char **name = list[MATCH_GROUP]; name && *name; name++)
			add_member(search, *name);
	}
}

int sshd_users_find(struct sshd_users *users)
{
	struct search search = {.users = users};

	*users = (struct sshd_users){0};
	/* The users whom sshd itself singles out come first, as there may be more than are asked
	 * about. */
	(void)sshd_config_any_line(look_at_match, &search);
	look_at_policies(&search);
	return search.result;
}

void sshd_users_free(struct sshd_users *users)
{
	for (size_t i = 0; i < users->count; i++)
		free(users->name[i]);
	users->count = 0;
}
