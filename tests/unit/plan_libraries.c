// SPDX-License-Identifier: MIT
// what: the libraries that a program needs are those that the loader itself opens for it
// needs: ssh, ldd
// tier: fast
// deadline: 30s
#include "plan/libraries.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

static void expect(const char *what, bool ok)
{
	if (ok)
		return;
	failures++;
	fprintf(stderr, "%s\n", what);
}

/* By the name alone: ldd has what the cache says, which may be the same folder by another name. */
static bool named(char **paths, const char *name)
{
	for (char **path = paths; *path; path++) {
		const char *slash = strrchr(*path, '/');

		if (strcmp(slash + 1, name) == 0 && access(*path, R_OK) == 0)
			return true;
	}
	return false;
}

static void as_the_loader(const char *program)
{
	char command[256], name[256];
	struct carrel_error err = {0};
	char **paths = NULL;
	size_t wanted = 0, count = 0;
	FILE *ldd;

	snprintf(command, sizeof(command),
		"ldd %s | sed -n 's/^[[:space:]]*\\([^ ]*\\) .*/\\1/p' | sed 's/.*\\///' | grep -v "
		"vdso",
		program);
	expect("read", plan_libraries(program, &paths, &err) == 0);
	ldd = paths ? popen(command, "r") : NULL;
	while (ldd && fscanf(ldd, "%255s", name) == 1) {
		wanted++;
		if (!named(paths, name)) {
			failures++;
			fprintf(stderr, "%s of %s is not found\n", name, program);
		}
	}
	if (ldd)
		pclose(ldd);
	for (char **path = paths; path && *path; path++)
		count++;
	expect("some", wanted > 3);
	expect("no more than these", count == wanted);
	plan_libraries_free(paths);
}

/* Nothing but what the file itself names. */
static void named_by_itself(void)
{
	struct carrel_error err = {0};
	char **names = NULL;
	size_t count = 0;
	bool libc = false;

	expect("names", plan_libraries_named("/bin/sh", &names, &err) == 0);
	for (; names && names[count]; count++)
		libc |= strcmp(names[count], "libc.so.6") == 0;
	expect("libc is named, as it is written", libc);
	plan_libraries_free(names);
	names = NULL;
	expect("no ELF file", plan_libraries_named("/etc/passwd", &names, &err) == -ENOEXEC);
	expect("untouched", !names);
}

static void refused(void)
{
	struct carrel_error err = {0};
	char **paths = NULL;

	expect("missing", plan_libraries("/nonexistent", &paths, &err) == -ENOENT);
	expect("names it", strcmp(err.text, "program /nonexistent") == 0);
	expect("no program", plan_libraries("/etc/passwd", &paths, &err) == -ENOEXEC);
	expect("a device", plan_libraries("/dev/null", &paths, &err) == -ENOEXEC);
	expect("a folder", plan_libraries("/usr", &paths, &err) < 0);
	expect("untouched", !paths);
}

int main(void)
{
	as_the_loader("/usr/bin/ssh");
	named_by_itself();
	refused();
	return failures != 0;
}
