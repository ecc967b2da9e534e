// SPDX-License-Identifier: MIT
// what: the view of a plan is the node that limits the session, in the place of its operation, and of each tree that has it
// needs:
// tier: fast
// deadline: 10s
#include "expect.h"
#include "session/cgroup_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPECT(ok) ((ok) ? (void)0 : expect_failed("line %d: %s", __LINE__, #ok))

static struct plan_ops ops;
static struct plan plan = {.user = (char *)"alice", .ops = &ops};
static struct session_record record = {
	.place = {.user = "/carrel/user-1001", .rescue = "/carrel/rescue-1001"}};

static void begin(void)
{
	memset(&ops, 0, sizeof(ops));
	plan_ops_add(&ops, PLAN_OP_SLAVE, NULL, NULL);
	plan_ops_add(&ops, PLAN_OP_CGROUP_VIEW, "/sys/fs/cgroup", NULL)->attrs = 1;
	plan_ops_add(&ops, PLAN_OP_LOOPBACK, NULL, NULL);
}

/* How many operations there are of @kind for @path. */
static int count(enum plan_op_kind kind, const char *path)
{
	int found = 0;

	for (uint32_t i = 0; i < ops.n_setup; i++)
		found += ops.setup[i].kind == kind &&
			 strcmp(ops.strings + ops.setup[i].path, path) == 0;
	return found;
}

static void check_around(void)
{
	EXPECT(ops.error == 0);
	EXPECT(ops.setup[0].kind == PLAN_OP_SLAVE);
	EXPECT(ops.setup[ops.n_setup - 1].kind == PLAN_OP_LOOPBACK);
	EXPECT(count(PLAN_OP_CGROUP_VIEW, "/sys/fs/cgroup") == 0);
}

static void one_tree(void)
{
	struct cgroup_manager manager = {.root = "/sys/fs/cgroup"};

	begin();
	EXPECT(cgroup_view(&plan, &manager, &record, NULL) == 0);
	check_around();
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/carrel/user-1001") == 1);
	EXPECT(count(PLAN_OP_ATTACH, "/sys/fs/cgroup") == 2);
	EXPECT(ops.setup[ops.n_setup - 2].kind == PLAN_OP_PROTECT);
	EXPECT(ops.setup[ops.n_setup - 2].attrs == 1);
	begin();
	record.rescue = true;
	EXPECT(cgroup_view(&plan, &manager, &record, NULL) == 0);
	check_around();
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/carrel/rescue-1001") == 1);
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/carrel/user-1001") == 0);
	record.rescue = false;
}

/* Beside cgroup v1: a tree without the node, or one that is not ours, is not shown. */
static void several_trees(void)
{
	struct cgroup_manager manager = {.root = "/sys/fs/cgroup/unified", .n_v1 = 3};
	char folder[] = "/tmp/carrel-unit-XXXXXX";
	char path[64];

	EXPECT(mkdtemp(folder));
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = {"cpu,cpuacct", "memory", "pids"};
		struct cgroup_hierarchy *v1 = &manager.v1[i];

		strcpy(v1->controllers, names[i]);
		snprintf(v1->root, sizeof(v1->root), "/sys/fs/cgroup/%s", names[i]);
		v1->fd = open(i == 1 ? "/dev" : folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		v1->closed = i == 2;
	}
	snprintf(path, sizeof(path), "%s/carrel", folder);
	EXPECT(mkdir(path, 0755) == 0);
	strcat(path, "/user-1001");
	EXPECT(mkdir(path, 0755) == 0);
	begin();
	EXPECT(cgroup_view(&plan, &manager, &record, NULL) == 0);
	check_around();
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/unified/carrel/user-1001") == 1);
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/cpu,cpuacct/carrel/user-1001") == 1);
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/memory/carrel/user-1001") == 0);
	EXPECT(count(PLAN_OP_GRAB, "/sys/fs/cgroup/pids/carrel/user-1001") == 0);
	EXPECT(count(PLAN_OP_SYMLINK, "cpu") == 1 && count(PLAN_OP_SYMLINK, "cpuacct") == 1);
	EXPECT(count(PLAN_OP_MKDIR, "unified") == 1 && count(PLAN_OP_MKDIR, "memory") == 0);
	EXPECT(count(PLAN_OP_PROTECT, "/sys/fs/cgroup") == 1);
	EXPECT(rmdir(path) == 0);
	path[strlen(folder) + strlen("/carrel")] = '\0';
	EXPECT(rmdir(path) == 0 && rmdir(folder) == 0);
	for (size_t i = 0; i < 3; i++)
		close(manager.v1[i].fd);
}

static void no_room(void)
{
	struct cgroup_manager manager = {.root = "/sys/fs/cgroup"};

	memset(&ops, 0, sizeof(ops));
	plan_ops_add(&ops, PLAN_OP_SLAVE, NULL, NULL);
	EXPECT(cgroup_view(&plan, &manager, &record, NULL) == 0 && ops.n_setup == 1);
	begin();
	while (ops.n_setup < PLAN_SETUP_MAX - 2)
		plan_ops_add(&ops, PLAN_OP_SLAVE, NULL, NULL);
	EXPECT(cgroup_view(&plan, &manager, &record, NULL) == -E2BIG);
}

int main(void)
{
	one_tree();
	several_trees();
	no_room();
	return expect_result();
}
