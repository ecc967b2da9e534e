// SPDX-License-Identifier: MIT
#include "policy/group.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/units.h"

#include <fcntl.h>
#include <string.h>

enum { ACCOUNTS_SIZE_MAX = 16 * 1024 * 1024 };

/* Returns whether a line of a group file says that the group @name has the number @gid or the
 * member @user. A line of another form than name:password:gid:member,member says nothing. */
static bool line_has(char *line, const char *name, const char *user, gid_t gid)
{
	char *field[4], *member;
	uint64_t number;

	for (size_t i = 0; i < 4; i++) {
		field[i] = strsep(&line, ":");
		if (!field[i])
			return false;
	}
	if (line || strcmp(field[0], name) != 0 || units_parse_count(field[2], &number) < 0)
		return false;
	if (number == gid)
		return true;
	while ((member = strsep(&field[3], ","))) {
		if (*member && strcmp(member, user) == 0)
			return true;
	}
	return false;
}

bool group_has(const char *path, const char *name, const char *user, gid_t gid)
{
	cleanup_free char *text = NULL;
	char *rest, *line;

	if (!*name || fd_read_file(AT_FDCWD, path, ACCOUNTS_SIZE_MAX, &text) < 0)
		return false;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (line_has(line, name, user, gid))
			return true;
	}
	return false;
}

int group_number(const char *path, const char *name, gid_t *ret_gid)
{
	cleanup_free char *text = NULL;
	char *rest, *line;
	int r = fd_read_file(AT_FDCWD, path, ACCOUNTS_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *field = strsep(&line, ":");
		uint64_t number;

		if (!line || strcmp(field, name) != 0)
			continue;
		(void)strsep(&line, ":"); /* the password */
		field = strsep(&line, ":");
		if (!field || units_parse_count(field, &number) < 0 || number > INT32_MAX)
			return -ENOENT;
		*ret_gid = (gid_t)number;
		return 0;
	}
	return -ENOENT;
}

int login_defs_uid_min(const char *path, uid_t *ret_uid_min)
{
	cleanup_free char *text = NULL;
	char *rest, *line;
	int r = fd_read_file(AT_FDCWD, path, ACCOUNTS_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		char *save = NULL, *name, *value;
		uint64_t number;

		line += strspn(line, " \t");
		if (*line != 'U') /* most lines are comments, and each login reads the file */
			continue;
		name = strtok_r(line, " \t", &save);
		if (!name || strcmp(name, "UID_MIN") != 0)
			continue;
		value = strtok_r(NULL, " \t", &save);
		if (value && units_parse_count(value, &number) == 0 && number <= INT32_MAX)
			*ret_uid_min = (uid_t)number;
	}
	return 0;
}
