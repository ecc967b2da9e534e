// SPDX-License-Identifier: MIT
/*
 * account.c - finds out to whom the session belongs that guest-attach runs in.
 */
#include "attach.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* The passwd file of the session's own root has one line. It is read without the name service,
 * which a static program does not have. */
int attach_account(struct attach_account *ret_account)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry = NULL;

	while (file && (entry = fgetpwent(file)) && entry->pw_uid != getuid())
		;
	if (entry) {
		snprintf(ret_account->user, sizeof(ret_account->user), "%s", entry->pw_name);
		snprintf(ret_account->home, sizeof(ret_account->home), "%s", entry->pw_dir);
	}
	if (file)
		fclose(file);
	return entry ? 0 : -1;
}
