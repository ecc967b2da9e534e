// SPDX-License-Identifier: MIT
#include "acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define ACL_ATTRIBUTE "system.posix_acl_access"

enum { ENTRIES_MAX = 6 };

struct acl {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entry[ENTRIES_MAX];
};

static void grant_rights(struct acl *acl, size_t *count, int tag, int perm, uint32_t id)
{
	acl->entry[(*count)++] = (struct posix_acl_xattr_entry){.e_tag = htole16((uint16_t)tag),
		.e_perm = htole16((uint16_t)perm),
		.e_id = htole32(id)};
}

int acl_share(int fd, enum acl_kind kind, uid_t user, gid_t group)
{
	const int theirs = kind == ACL_FOLDER ? ACL_EXECUTE : ACL_READ;
	const int roots = ACL_READ | ACL_WRITE | (kind == ACL_FOLDER ? ACL_EXECUTE : 0);
	struct acl acl = {.header.a_version = htole32(POSIX_ACL_XATTR_VERSION)};
	const uint32_t any = (uint32_t)ACL_UNDEFINED_ID;
	size_t count = 0;

	/* This closes a file while its ACL changes, but shuts nobody out of a folder. */
	if (kind == ACL_FILE && fchmod(fd, 0600) < 0)
		return -errno;
	/* The kernel wants the entries in the order of their tags. */
	grant_rights(&acl, &count, ACL_USER_OBJ, roots, any);
	grant_rights(&acl, &count, ACL_USER, theirs, user);
	grant_rights(&acl, &count, ACL_GROUP_OBJ, 0, any);
	if (group)
		grant_rights(&acl, &count, ACL_GROUP, theirs, group);
	grant_rights(&acl, &count, ACL_MASK, theirs, any);
	grant_rights(&acl, &count, ACL_OTHER, 0, any);
	return fsetxattr(fd, ACL_ATTRIBUTE, &acl, sizeof(acl.header) + count * sizeof(acl.entry[0]),
		       0) < 0
		       ? -errno
		       : 0;
}

bool acl_is_shared(int fd)
{
	return fgetxattr(fd, ACL_ATTRIBUTE, NULL, 0) > 0;
}
