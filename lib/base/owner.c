// SPDX-License-Identifier: MIT
#include "base/owner.h"
#include "base/cleanup.h"

#include <pwd.h>
#include <string.h>

enum { ENTRY_FIRST = 4096, ENTRY_MAX = 1 << 20 };

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
		/* Not found, in any of the words that getpwnam(3) has for it. */
		if (r == ENOENT || r == ESRCH)
			r = 0;
		return found ? found->pw_uid == uid : -r;
	}
	return -ERANGE;
}
