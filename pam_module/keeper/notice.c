// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "keeper.h"
#include "session/inventory.h"
#include "session/terminals.h"

#include <string.h>

/* These are the major numbers of Unix98 terminals (devices.txt). A console is told by its login
 * program. */
enum { PTS_MAJOR = 136, PTS_MAJORS = 8, PTS_EACH = 256 };

/* A user has terminals of the host's instance, of one of their own, and hardly of another. */
enum { INSTANCES_MAX = 8 };

/* The folders in which terminals of the user's may be: the host's, and those of their sessions. */
struct instances {
	int dir[INSTANCES_MAX];
	size_t count;
};

/* Returns the number that a terminal has as its name in /dev/pts, from a tty_nr of
 * proc_pid_stat(5), or -1 where it is no such terminal. */
static int64_t terminal_number(int tty)
{
	unsigned number = (unsigned)tty;
	unsigned first = (number >> 8) & 0xfff;
	unsigned second = (number & 0xff) | ((number >> 12) & 0xfff00);

	if (first < PTS_MAJOR || first >= PTS_MAJOR + PTS_MAJORS)
		return -1;
	return (int64_t)(first - PTS_MAJOR) * PTS_EACH + second;
}

/* Keeps @dir, or closes it where its instance is kept already or there is no room. */
static void add_instance(struct instances *instances, int dir)
{
	bool known = instances->count == INSTANCES_MAX;

	for (size_t i = 0; i < instances->count; i++)
		known |= terminals_device(instances->dir[i]) == terminals_device(dir);
	if (known)
		fd_closep(&dir);
	else
		instances->dir[instances->count++] = dir;
}

static void find_instances(const struct keeper *keeper, struct instances *instances)
{
	struct inventory inventory = {0};
	int dir;

	if (terminals_open_host(&dir) == 0)
		add_instance(instances, dir);
	if (inventory_load(keeper->uid, &inventory, NULL) < 0)
		return;
	for (size_t i = 0; i < inventory.count; i++)
		if (inventory.session[i].alive &&
			terminals_open(&inventory.session[i].record, &dir) == 0)
			add_instance(instances, dir);
	inventory_free(&inventory);
}

/* Returns whether an earlier process of the list has the same terminal. */
static bool already_told(const struct seen_list *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (list->item[i].tty == list->item[index].tty)
			return true;
	return false;
}

void keeper_tell(const struct keeper *keeper, const char *line)
{
	struct instances instances = {0};
	char text[256];
	/* The terminal may be in raw mode. */
	int size = snprintf(text, sizeof(text), "\r\n%s\r\n", line);

	if (size >= (int)sizeof(text))
		size = sizeof(text) - 1;
	find_instances(keeper, &instances);
	for (size_t i = 0; i < keeper->seen.count; i++) {
		int64_t number = terminal_number(keeper->seen.item[i].tty);

		if (number < 0 || already_told(&keeper->seen, i))
			continue;
		/* A number does not tell the instance, but the terminal's owner does. A terminal
		 * that is stopped by Ctrl-S is passed over: the log has the message. */
		for (size_t j = 0; j < instances.count; j++)
			(void)terminals_write(instances.dir[j], (unsigned)number, keeper->uid, text,
				(size_t)size);
	}
	for (size_t j = 0; j < instances.count; j++)
		fd_closep(&instances.dir[j]);
}
