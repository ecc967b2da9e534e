// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "keeper.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The major numbers of Unix98 terminals (devices.txt); a console is told by its login program. */
enum { PTS_MAJOR = 136, PTS_MAJORS = 8, PTS_EACH = 256 };

/* As tty_nr of proc_pid_stat(5) has it. */
static dev_t device_of(int tty)
{
	unsigned number = (unsigned)tty;

	return makedev((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
}

/* The folder is the kernel's own, so the name is not a user's. What is there now may be another
 * terminal of that number, and somebody else's: the opened one decides. */
static int open_terminal(dev_t device, uid_t uid)
{
	cleanup_close int fd = -EBADF;
	struct stat st;
	char path[32];

	if (major(device) < PTS_MAJOR || major(device) >= PTS_MAJOR + PTS_MAJORS)
		return -ENOTTY;
	snprintf(path, sizeof(path), "/dev/pts/%u",
		(major(device) - PTS_MAJOR) * PTS_EACH + minor(device));
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != device || st.st_uid != uid)
		return -EPERM;
	return fd_take(&fd);
}

/* Whether an earlier one of the list has the same. */
static bool told(const struct seen_list *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (list->item[i].tty == list->item[index].tty)
			return true;
	return false;
}

void keeper_tell(const struct keeper *keeper, const char *line)
{
	char text[256];
	/* The terminal may be in raw mode. */
	int size = snprintf(text, sizeof(text), "\r\n%s\r\n", line);

	if (size >= (int)sizeof(text))
		size = sizeof(text) - 1;
	for (size_t i = 0; i < keeper->seen.count; i++) {
		cleanup_close int fd = -EBADF;

		if (!keeper->seen.item[i].tty || told(&keeper->seen, i))
			continue;
		fd = open_terminal(device_of(keeper->seen.item[i].tty), keeper->uid);
		if (fd >= 0 && write(fd, text, (size_t)size) < 0)
			continue; /* stopped by Ctrl-S: it is in the log */
	}
}
