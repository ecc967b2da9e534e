// SPDX-License-Identifier: MIT
#include "cgroup/tree/keyed.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/limits.h"

#include <string.h>

enum { KEYED_FILE_MAX = 1 << 20 };

int keyed_parse_number(const char *text, uint64_t *ret_number, const char **ret_end)
{
	const char *p = text;
	uint64_t number = 0;

	if (strncmp(p, "max", 3) == 0) {
		number = CGROUP_UNLIMITED;
		p += 3;
	} else {
		if (*p < '0' || *p > '9')
			return -EBADMSG;
		for (; *p >= '0' && *p <= '9'; p++)
			if (__builtin_mul_overflow(number, 10, &number) ||
				__builtin_add_overflow(number, (uint64_t)(*p - '0'), &number))
				return -EBADMSG;
	}
	if (*p != '\0' && *p != ' ' && *p != '\n')
		return -EBADMSG;
	*ret_number = number;
	if (ret_end)
		*ret_end = p;
	return 0;
}

const char *keyed_find_line(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return line + length + 1;
	}
	return NULL;
}

int keyed_find_number(const char *text, const char *key, uint64_t *ret_number)
{
	const char *value = keyed_find_line(text, key);

	return value ? keyed_parse_number(value, ret_number, NULL) : -ENOENT;
}

int keyed_read_number(int dirfd, const char *file, uint64_t *ret_number)
{
	cleanup_free char *text = NULL;
	int r = fd_read_file(dirfd, file, KEYED_FILE_MAX, &text);

	return r < 0 ? r : keyed_parse_number(text, ret_number, NULL);
}

int keyed_read_value(int dirfd, const char *file, const char *key, uint64_t *ret_number)
{
	cleanup_free char *text = NULL;
	int r = fd_read_file(dirfd, file, KEYED_FILE_MAX, &text);

	return r < 0 ? r : keyed_find_number(text, key, ret_number);
}
