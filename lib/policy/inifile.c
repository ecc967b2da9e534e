// SPDX-License-Identifier: MIT
#include "policy/inifile.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "policy/problems.h"

#include <fcntl.h>
#include <iniparser/iniparser.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void dictionary_freep(dictionary **dict)
{
	if (*dict)
		iniparser_freedict(*dict);
}

/* Returns 0 if the file is as it should be, and otherwise -EINVAL with the reason in @problems. */
static int check_inode(const struct stat *st, const char *display, struct policy_problems *problems)
{
	const char *reason = NULL;

	if (S_ISDIR(st->st_mode))
		reason = "is a folder, not a file";
	else if (!S_ISREG(st->st_mode))
		reason = "is not a regular file";
	else if (st->st_uid != 0)
		reason = "does not belong to root";
	else if (!fd_stat_trusted(st))
		reason = "can be written by others than root; chmod go-w";
	else if (st->st_size > INIFILE_SIZE_MAX)
		reason = "is larger than 256K";
	return reason ? problems_add(problems, display, 0, NULL, NULL, "%s", reason) : 0;
}

/* Opens a file that nobody but root can have written. With O_NONBLOCK, opening a FIFO does not wait
 * for a writer. A link is refused (O_NOFOLLOW), as it tells nothing about who may change what it
 * points to. */
static int open_trusted(
	int dirfd, const char *name, const char *display, struct policy_problems *problems)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	cleanup_close int fd = -EBADF;
	struct stat st;
	int r;

	fd = openat(dirfd, name, flags);
	if (fd < 0)
		fd = -errno;
	switch (fd) {
	case -ELOOP:
		return problems_add(problems, display, 0, NULL, NULL, "is a symbolic link");
	case -EACCES:
	case -EPERM:
	case -ENXIO: /* a socket */
		return problems_add(
			problems, display, 0, NULL, NULL, "cannot be opened: %s", strerror(-fd));
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = check_inode(&st, display, problems);
	return r < 0 ? r : fd_take(&fd);
}

/* Refuses a file that iniparser reads differently. @entry is the first entry that differs, or NULL
 * where the file as a whole does. */
static int refuse_reading(
	const char *display, const struct scan_entry *entry, struct policy_problems *problems)
{
	return problems_add(problems, display, entry ? entry->line : 0,
		entry ? entry->section : NULL, entry ? entry->key : NULL,
		"iniparser reads this differently; was the file changed while it was read?");
}

/* Where iniparser is linked statically, the Makefile has it use this stream in place of stderr.
 * Nothing is ever printed to it, since say_nothing() takes the place of iniparser's messages. */
extern FILE *const inifile_stderr __attribute__((visibility("hidden")));
FILE *const inifile_stderr = NULL;

/* Drops a message of iniparser's. It would end up on the terminal, or in the protocol, of whatever
 * program calls the module. */
__attribute__((format(printf, 1, 2))) static int say_nothing(const char *format, ...)
{
	(void)format;
	return 0;
}

/* Returns whether @value is all that is @written there, apart from blanks and a comment behind
 * it. */
static bool is_as_written(const char *value, const char *written)
{
	size_t length = strlen(value);

	if (strncmp(written, value, length) != 0)
		return false;
	written += length + strspn(written + length, " \t");
	return !*written || *written == ';' || *written == '#';
}

/*
 * Lets iniparser read the values from the same inode. Its error callback is a global of our own
 * copy of the library, and never has another value than this one when iniparser runs.
 */
static int read_values(
	int fd, struct scan *scan, const char *display, struct policy_problems *problems)
{
	cleanup(dictionary_freep) dictionary *dict = NULL;
	char path[64], name[SCAN_LINE_MAX + 1];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	iniparser_set_error_callback(say_nothing);
	errno = 0;
	dict = iniparser_load(path);
	if (!dict && errno)
		return -errno;
	if (!dict || (size_t)dict->n != scan->n_sections + scan->n_entries)
		return refuse_reading(display, NULL, problems);
	for (size_t i = 0; i < scan->n_entries; i++) {
		struct scan_entry *entry = &scan->entry[i];
		const char *value;

		snprintf(name, sizeof(name), "%s:%s%s", entry->section, entry->optional ? "?" : "",
			entry->key);
		value = iniparser_getstring(dict, name, NULL);
		if (!value || !is_as_written(value, entry->written))
			return refuse_reading(display, entry, problems);
		entry->value = strdup(value);
		if (!entry->value)
			return -ENOMEM;
	}
	return 0;
}

int inifile_read(int dirfd, const char *name, const char *display, struct scan *ret_scan,
	struct policy_problems *problems)
{
	cleanup(scan_free) struct scan scan = {0};
	cleanup_close int fd = -EBADF;
	char *text = NULL;
	size_t size = 0;
	int r;

	fd = open_trusted(dirfd, name, display, problems);
	if (fd < 0)
		return fd;
	r = fd_read_all(fd, INIFILE_SIZE_MAX, &text, &size);
	if (r == -EFBIG)
		return problems_add(problems, display, 0, NULL, NULL, "is larger than 256K");
	if (r < 0)
		return r;
	r = scan_text(text, size, display, &scan, problems);
	if (r < 0)
		return r;
	r = read_values(fd, &scan, display, problems);
	if (r < 0)
		return r;
	*ret_scan = TAKE_STRUCT(scan);
	return 0;
}
