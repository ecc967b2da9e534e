// SPDX-License-Identifier: MIT
#include "share.h"
#include "base/acl.h"
#include "base/cleanup.h"

#include <grp.h>
#include <unistd.h>

enum { GROUP_FIRST = 4096, GROUP_BYTES_MAX = 1 << 20 };

/* Returns the gid of GUEST_ADMINS, or 0 where there is no such group. */
static gid_t admins_group(void)
{
	for (size_t size = GROUP_FIRST; size <= GROUP_BYTES_MAX; size *= 4) {
		cleanup_free char *buf = malloc(size);
		struct group entry, *found = NULL;

		if (!buf)
			return 0;
		if (getgrnam_r(GUEST_ADMINS, &entry, buf, size, &found) != ERANGE)
			return found ? found->gr_gid : 0;
	}
	return 0;
}

struct guest_readers guest_readers_of(uid_t uid)
{
	return (struct guest_readers){.user = uid, .admins = admins_group()};
}

int guest_share(int fd, const struct guest_readers *readers)
{
	return acl_share(fd, ACL_FILE, readers->user, readers->admins);
}

int guest_share_folder(int fd, const struct guest_readers *readers)
{
	return acl_share(fd, ACL_FOLDER, readers->user, readers->admins);
}

int guest_share_top(int top_fd, const struct guest_readers *readers)
{
	return fchown(top_fd, 0, readers->admins) < 0 ? -errno : 0;
}
