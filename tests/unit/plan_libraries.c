// SPDX-License-Identifier: MIT
// what: the libraries that a program needs are those that the loader itself opens for it
// needs: ssh, ldd
// tier: fast
// deadline: 30s
#include "expect.h"
#include "plan/libraries.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	expect_true("read", plan_libraries(program, &paths, &err) == 0);
	ldd = paths ? popen(command, "r") : NULL;
	while (ldd && fscanf(ldd, "%255s", name) == 1) {
		wanted++;
		if (!named(paths, name)) {
			expect_failed("%s of %s is not found", name, program);
		}
	}
	if (ldd)
		pclose(ldd);
	for (char **path = paths; path && *path; path++)
		count++;
	expect_true("some", wanted > 3);
	expect_true("no more than these", count == wanted);
	plan_libraries_free(paths);
}

/* Nothing but what the file itself names. */
static void named_by_itself(void)
{
	struct carrel_error err = {0};
	char **names = NULL;
	size_t count = 0;
	bool libc = false;

	expect_true("names", plan_libraries_named("/bin/sh", &names, &err) == 0);
	for (; names && names[count]; count++)
		libc |= strcmp(names[count], "libc.so.6") == 0;
	expect_true("libc is named, as it is written", libc);
	plan_libraries_free(names);
	names = NULL;
	expect_true("no ELF file", plan_libraries_named("/etc/passwd", &names, &err) == -ENOEXEC);
	expect_true("untouched", !names);
}

static void refused(void)
{
	struct carrel_error err = {0};
	char **paths = NULL;

	expect_true("missing", plan_libraries("/nonexistent", &paths, &err) == -ENOENT);
	expect_true("names it", strcmp(err.text, "program /nonexistent") == 0);
	expect_true("no program", plan_libraries("/etc/passwd", &paths, &err) == -ENOEXEC);
	expect_true("a device", plan_libraries("/dev/null", &paths, &err) == -ENOEXEC);
	expect_true("a folder", plan_libraries("/usr", &paths, &err) < 0);
	expect_true("untouched", !paths);
}

int main(void)
{
	as_the_loader("/usr/bin/ssh");
	named_by_itself();
	refused();
	return expect_result();
}
