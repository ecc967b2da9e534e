// SPDX-License-Identifier: MIT
#include "base/groups.h"
#include "base/cleanup.h"

#include <grp.h>
#include <string.h>

enum {
	ENTRY_MAX = 1 << 20, /* bytes of one group with all of its members */
	GROUPS_MAX = 65536,  /* NGROUPS_MAX of the kernel */
};

/* Finds the group's name for *ret_name, which the caller frees; NULL where the group has no
 * name. */
static int group_name(gid_t gid, char **ret_name)
{
	for (size_t size = 4096; size <= ENTRY_MAX; size *= 4) {
		cleanup_free char *buf = malloc(size);
		struct group entry, *found = NULL;
		int r;

		if (!buf)
			return -ENOMEM;
		r = getgrgid_r(gid, &entry, buf, size, &found);
		if (r == ERANGE)
			continue;
		/* Some name services say "not found" in this way (getgrgid(3)). */
		if (r == ENOENT || r == ESRCH)
			r = 0;
		if (r != 0)
			return -r;
		*ret_name = found ? strdup(found->gr_name) : NULL;
		return found && !*ret_name ? -ENOMEM : 0;
	}
	return -E2BIG;
}

static int group_ids(const char *user, gid_t gid, gid_t **ret_ids, int *ret_count)
{
	cleanup_free gid_t *ids = NULL;
	int count = 64;

	while (count <= GROUPS_MAX) {
		int room = count;
		gid_t *grown = reallocarray(ids, (size_t)room, sizeof(*ids));

		if (!grown)
			return -ENOMEM;
		ids = grown;
		if (getgrouplist(user, gid, ids, &count) >= 0) {
			*ret_ids = TAKE_PTR(ids);
			*ret_count = count;
			return 0;
		}
		if (count <= room)
			count = room * 2; /* the name service does not say how many there are */
	}
	return -E2BIG;
}

void groups_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

int groups_read(const char *user, gid_t gid, char ***ret_names, const char **ret_primary)
{
	cleanup_free gid_t *ids = NULL;
	const char *primary = NULL;
	char **names;
	int count, known = 0;
	int r = group_ids(user, gid, &ids, &count);

	if (r < 0)
		return r;
	names = calloc((size_t)count + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		r = group_name(ids[i], &names[known]);
		if (r < 0) {
			groups_free(names);
			return r;
		}
		if (!names[known])
			continue;
		if (ids[i] == gid && !primary)
			primary = names[known];
		known++;
	}
	*ret_names = names;
	*ret_primary = primary;
	return 0;
}
