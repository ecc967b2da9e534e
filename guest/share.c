// SPDX-License-Identifier: MIT
#include "share.h"
#include "base/cleanup.h"

#include <endian.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { GROUP_FIRST = 4096, GROUP_BYTES_MAX = 1 << 20, ENTRIES_MAX = 6 };

struct acl {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entry[ENTRIES_MAX];
};

/* The number of GUEST_ADMINS; 0: there is no such group. */
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

static void grant(struct acl *acl, size_t *count, uint16_t tag, uint16_t perm, uint32_t id)
{
	acl->entry[(*count)++] = (struct posix_acl_xattr_entry){
		.e_tag = htole16(tag), .e_perm = htole16(perm), .e_id = htole32(id)};
}

struct guest_readers guest_readers_of(uid_t uid)
{
	return (struct guest_readers){.user = uid, .admins = admins_group()};
}

int guest_share(int fd, const struct guest_readers *readers)
{
	struct acl acl = {.header.a_version = htole32(POSIX_ACL_XATTR_VERSION)};
	const uint32_t any = (uint32_t)ACL_UNDEFINED_ID;
	size_t count = 0;

	if (fchmod(fd, 0600) < 0)
		return -errno;
	/* In the order of their tags, which the kernel wants. */
	grant(&acl, &count, ACL_USER_OBJ, ACL_READ | ACL_WRITE, any);
	grant(&acl, &count, ACL_USER, ACL_READ, readers->user);
	grant(&acl, &count, ACL_GROUP_OBJ, 0, any);
	if (readers->admins)
		grant(&acl, &count, ACL_GROUP, ACL_READ, readers->admins);
	grant(&acl, &count, ACL_MASK, ACL_READ, any);
	grant(&acl, &count, ACL_OTHER, 0, any);
	return fsetxattr(fd, "system.posix_acl_access", &acl,
		       sizeof(acl.header) + count * sizeof(acl.entry[0]), 0) < 0
		       ? -errno
		       : 0;
}

int guest_share_top(int top_fd, const struct guest_readers *readers)
{
	return fchown(top_fd, 0, readers->admins) < 0 ? -errno : 0;
}
