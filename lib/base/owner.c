// SPDX-License-Identifier: MIT
#include "base/owner.h"
#include "base/cleanup.h"

#include <pwd.h>
#include <string.h>

enum { ENTRY_FIRST = 4096, ENTRY_MAX = 1 << 20 };

int owner_missing(int error)
{
	if (error == 0)
		return -ENOENT;
	return error == ENOENT || error == ESRCH ? -EAGAIN : -error;
}

int owner_is(const char *name, const char *user, uid_t uid)
{
	if (strcmp(name, user) == 0)
		return 1;
	for (size_t size = ENTRY_FIRST; size <= ENTRY_MAX; size *= 4) {
		cleanup_free char *buf = malloc(size);
		struct passwd entry, *found = NULL;
		int r;

		if (!buf)
			return -ENOMEM;
		r = getpwnam_r(name, &entry, buf, size, &found);
		if (r == ERANGE)
			continue;
		if (found)
			return found->pw_uid == uid;
		r = owner_missing(r);
		return r == -ENOENT ? 0 : r;
	}
	return -ERANGE;
}
