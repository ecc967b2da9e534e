// SPDX-License-Identifier: MIT
#include "cgroup/tree/mountinfo.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>

enum { MOUNTINFO_MAX = 64 << 20 };

/* Undoes the kernel's escapes: it writes blank, tab, newline and backslash as three octal
 * digits. */
static void unescape_octal(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
			from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* Parses "ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS…] - TYPE SOURCE OPTIONS". */
static bool parse_mount_line(char *line, struct mountinfo *ret_mount)
{
	char *field[5], *type, *source, *rest;

	rest = strstr(line, " - ");
	if (!rest)
		return false;
	*rest = '\0';
	rest += strlen(" - ");
	for (int i = 0; i < 5; i++) {
		field[i] = strsep(&line, " ");
		if (!field[i])
			return false;
	}
	type = strsep(&rest, " ");
	source = strsep(&rest, " ");
	if (!type || !source)
		return false;
	unescape_octal(field[4]);
	unescape_octal(source);
	*ret_mount = (struct mountinfo){
		.id = strtoull(field[0], NULL, 10),
		.point = field[4],
		.type = type,
		.source = source,
		.options = rest ? rest : "",
	};
	return true;
}

int mountinfo_find(bool (*found)(const struct mountinfo *mount, void *data), void *data)
{
	cleanup_free char *text = NULL;
	struct mountinfo mount;
	char *next, *line;
	int r;

	r = fd_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text);
	if (r < 0)
		return r;
	next = text;
	while ((line = strsep(&next, "\n")))
		if (parse_mount_line(line, &mount) && found(&mount, data))
			return 0;
	return -ENOENT;
}
