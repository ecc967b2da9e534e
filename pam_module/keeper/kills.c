// SPDX-License-Identifier: MIT
/*
 * kills.c - reads from the kernel's log who was killed (dev-kmsg in the kernel's ABI documents).
 *
 * One read(2) gives one record: "6,1234,5678,-;TEXT". What a user can choose in TEXT is the name of
 * the process, in which the kernel escapes what is not printable, and the names of cgroups below a
 * delegated one. So TEXT is read from both its ends.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "keeper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 8192 };

int kills_open(void)
{
	cleanup_close int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return fd_take(&fd);
}

/* Returns the last place before the end of @text at which @key stands; NULL where there is none. */
static char *last_place(char *text, const char *key)
{
	char *found = NULL;

	for (char *at = strstr(text, key); at; at = strstr(at + 1, key))
		found = at;
	return found;
}

/* Parses a kill at the limit of @node:
 * "oom-kill:constraint=CONSTRAINT_MEMCG,…,oom_memcg=NODE,task_memcg=…,task=NAME,pid=812,uid=1001"
 */
static bool parse_kill(char *text, const char *node, struct oom_kill *ret_kill)
{
	static const char begin[] = "oom-kill:constraint=CONSTRAINT_MEMCG,";
	size_t length = strlen(node);
	char *memcg, *name, *pid;

	if (strncmp(text, begin, strlen(begin)) != 0)
		return false;
	memcg = strstr(text, ",oom_memcg=");
	if (!memcg)
		return false;
	memcg += strlen(",oom_memcg=");
	if (strncmp(memcg, node, length) != 0 || memcg[length] != ',')
		return false;
	pid = last_place(memcg, ",pid=");
	if (!pid)
		return false;
	*pid = '\0';
	name = last_place(memcg, ",task=");
	if (!name)
		return false;
	ret_kill->pid = (pid_t)strtol(pid + strlen(",pid="), NULL, 10);
	snprintf(ret_kill->name, sizeof(ret_kill->name), "%.15s", name + strlen(",task="));
	text_sanitize(ret_kill->name);
	return true;
}

/* Returns true for "cgroup: fork rejected by pids controller in NODE/session-3.scope". */
static bool is_fork(const char *text, const char *node)
{
	static const char begin[] = "cgroup: fork rejected by pids controller in ";
	size_t length = strlen(node);

	return strncmp(text, begin, strlen(begin)) == 0 &&
	       strncmp(text + strlen(begin), node, length) == 0 &&
	       strchr("/\n", text[strlen(begin) + length]);
}

int kills_next(int kmsg, const char *node, struct oom_kill *ret_kill, unsigned *ret_forks)
{
	static char record[RECORD_MAX];

	*ret_forks = 0;
	for (;;) {
		ssize_t n = read(kmsg, record, sizeof(record) - 1);
		char *text;

		/* EPIPE means that records were overwritten before they were read. The next one is
		 * there. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			return 0;
		record[n] = '\0';
		text = strchr(record, ';');
		/* Only root can write to /dev/kmsg, and nobody can write there with the kernel's
		 * facility. */
		if (!text || strtoul(record, NULL, 10) >= 8)
			continue;
		text++;
		if (is_fork(text, node))
			(*ret_forks)++;
		if (parse_kill(text, node, ret_kill))
			return 1;
	}
}
