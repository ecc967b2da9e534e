/* SPDX-License-Identifier: MIT */
/*
 * policy_support.h - a scratch folder of policy files, and expectations that say what they got.
 *
 * Policies must be root's. Who is not root gets a user namespace in which they are.
 */
#ifndef CARREL_TESTS_POLICY_SUPPORT_H
#define CARREL_TESTS_POLICY_SUPPORT_H

#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failures;

__attribute__((format(printf, 3, 4))) static inline void expect_at(
	int line, bool ok, const char *format, ...)
{
	va_list args;

	if (ok)
		return;
	failures++;
	fprintf(stderr, "line %d: ", line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

#define EXPECT(condition) expect_at(__LINE__, (condition), "not so: %s", #condition)

#define EXPECT_INT(got, wanted)                                                                    \
	do {                                                                                       \
		long long got_ = (long long)(got), wanted_ = (long long)(wanted);                  \
		expect_at(__LINE__, got_ == wanted_, "%s is %lld, not %lld", #got, got_, wanted_); \
	} while (0)

#define EXPECT_TEXT(got, wanted)                                                                   \
	do {                                                                                       \
		const char *got_ = (got), *wanted_ = (wanted);                                     \
		expect_at(__LINE__, got_ &&wanted_ ? !strcmp(got_, wanted_) : got_ == wanted_,     \
			"%s is \"%s\", not \"%s\"", #got, got_ ? got_ : "(null)",                  \
			wanted_ ? wanted_ : "(null)");                                             \
	} while (0)

__attribute__((noreturn)) static inline void give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void write_or_die(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) < 0)
		give_up(path);
}

static inline void become_root(void)
{
	char map[64];

	umask(022);
	if (geteuid() == 0)
		return;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)geteuid());
	if (unshare(CLONE_NEWUSER) < 0)
		give_up("not root, and unshare(CLONE_NEWUSER)");
	write_or_die("/proc/self/uid_map", map);
}

static char scratch[64];

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void scratch_remove(void)
{
	nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void scratch_make(void)
{
	become_root();
	strcpy(scratch, "/tmp/carrel-policy-XXXXXX");
	if (!mkdtemp(scratch))
		give_up(scratch);
	atexit(scratch_remove);
}

/* A path below the scratch folder; four of them hold at a time. */
static inline const char *in_scratch(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *here = path[turn++ % 4];

	snprintf(here, sizeof(path[0]), "%s/%s", scratch, name);
	return here;
}

/* Makes the empty folder "d" anew. */
static inline const char *fresh_dir(void)
{
	const char *dir = in_scratch("d");

	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (mkdir(dir, 0755) < 0)
		give_up(dir);
	return dir;
}

static inline void add_file(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "d/%s", name);
	write_or_die(in_scratch(path), text);
}

/* The problem as it is printed, without the folder in front. "" for none. */
static inline const char *problem_text(const struct policy_problems *problems, size_t index)
{
	static char text[2048];
	size_t prefix = strlen(scratch) + 3;

	if (index >= problems->count)
		return "";
	policy_problem_format(&problems->item[index], text, sizeof(text));
	return strncmp(text, scratch, strlen(scratch)) == 0 ? text + prefix : text;
}

static inline int finish(void)
{
	if (failures)
		fprintf(stderr, "%d failed\n", failures);
	return failures ? 1 : 0;
}

#endif
