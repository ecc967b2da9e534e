// SPDX-License-Identifier: MIT
#include "arguments.h"
#include "module.h"

#include <errno.h>
#include <string.h>

static bool is_close(const char *word)
{
	return strcmp(word, "close") == 0;
}

bool arguments_say_close(int argc, const char **argv)
{
	for (int i = 0; i < argc; i++)
		if (is_close(argv[i]))
			return true;
	return false;
}

void arguments_check(pam_handle_t *pamh, bool session, int argc, const char **argv)
{
	struct carrel_error err = {0};

	for (int i = 0; i < argc; i++) {
		if (session && is_close(argv[i]))
			continue;
		error_set(&err, -EINVAL, "argument %s of pam_carrel.so", argv[i]);
		error_why(&err, session ? "it is ignored: a session line takes none but close"
					: "it is ignored: an account line takes none");
		report_error(pamh, "PAM file", &err);
		return;
	}
}
