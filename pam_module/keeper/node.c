// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/keyed.h"
#include "cgroup/tree/root.h"
#include "keeper.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS_MAX = 1024 };

static int open_user_node(const char *node)
{
	char path[256];
	cleanup_close int root = cgroup_root_open("", path, sizeof(path));

	return root < 0 ? root : fd_open_beneath(root, node + 1, O_RDONLY | O_DIRECTORY, 0);
}

int keeper_find_node(struct keeper *keeper)
{
	struct inventory inventory = {0};
	int r = inventory_load(keeper->uid, &inventory, NULL);

	if (r < 0)
		return r;
	r = -ENOENT;
	for (size_t i = 0; i < inventory.count && r < 0; i++) {
		const struct inventory_session *session = &inventory.session[i];

		if (!session->alive || !session->record.place.user[0])
			continue;
		snprintf(keeper->node, sizeof(keeper->node), "%s", session->record.place.user);
		r = open_user_node(keeper->node);
	}
	inventory_free(&inventory);
	if (r < 0)
		return r;
	fd_closep(&keeper->node_fd);
	keeper->node_fd = r;
	return 0;
}

int64_t keeper_read_event(int fd, const char *key)
{
	char text[EVENTS_MAX];
	uint64_t number;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return keyed_find_number(text, key, &number) < 0 ? -1 : (int64_t)number;
}
