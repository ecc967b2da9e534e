// SPDX-License-Identifier: MIT
// what: a plan is one self-contained message, and says in words what each operation does
// needs:
// tier: fast
// deadline: 30s
#include "expect.h"
#include "plan/plan.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void encoded(struct plan_ops *ops)
{
	const char *const options[] = {"size=1", "mode=755", NULL};
	const struct plan_head *head;
	const struct plan_op *op;
	void *message = NULL;
	size_t size = 0;

	plan_ops_add(ops, PLAN_OP_NEW_FS, "tmpfs", options)->attrs = MOUNT_ATTR_RDONLY;
	plan_ops_add(ops, PLAN_OP_ATTACH, "/tmp", NULL)->slot = 3;
	plan_ops_add_final(ops, PLAN_OP_UNLINK, "1001-1");
	expect_true("finished", plan_ops_finish(ops, &message, &size) == 0);
	head = message;
	op = (const void *)((char *)message + sizeof(*head));
	expect_true("size", head->bytes == size && head->magic == PLAN_MAGIC);
	expect_true("counts", head->n_setup == 2 && head->n_final == 1);
	expect_true("path", strcmp((char *)message + op[1].path, "/tmp") == 0 && op[1].slot == 3);
	expect_true("final", strcmp((char *)message + op[2].path, "1001-1") == 0);
	expect_true("options", memcmp((char *)message + op[0].text, "size=1\0mode=755\0", 17) == 0);
	expect_true("no options", op[1].text == 0);
	free(message);
}

static void described(const struct plan_ops *ops)
{
	char text[256], small[8];

	expect_true(
		"in words", strcmp(plan_op_describe(ops, 0, text, sizeof(text)),
				    "make a tmpfs file system (size=1,mode=755), read-only") == 0);
	expect_true("path",
		strcmp(plan_op_describe(ops, 1, text, sizeof(text)), "mount it on /tmp") == 0);
	expect_true("none",
		strcmp(plan_op_describe(ops, PLAN_OP_NONE, text, sizeof(text)), "start") == 0);
	expect_true(
		"cut", strlen(plan_op_describe(ops, 0, small, sizeof(small))) == sizeof(small) - 1);
}

/* Whatever the order in which the lists were filled. */
static void joined(struct plan_ops *ops)
{
	static const char *const paths[] = {"/kept", "/set/up", "at/the/end", "lost"};
	const struct plan_head *head;
	const struct plan_op *op;
	void *message = NULL;
	char text[256];
	size_t size = 0;

	plan_ops_add_lost(ops, PLAN_OP_LOST_CGROUP, paths[3]);
	plan_ops_add_final(ops, PLAN_OP_UNLINK, paths[2]);
	plan_ops_add(ops, PLAN_OP_ATTACH, paths[1], NULL);
	plan_ops_add_keep(ops, PLAN_OP_KEEP_DIR, paths[0]);
	expect_true("joined", plan_ops_finish(ops, &message, &size) == 0);
	head = message;
	op = (const void *)((char *)message + sizeof(*head));
	expect_true("joined counts", head->n_setup == 2 && head->n_final == 1 && head->n_lost == 1);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		expect_true(paths[i], strcmp((char *)message + op[i].path, paths[i]) == 0);
	expect_true("as answers count", strcmp(plan_op_describe(ops, 0, text, sizeof(text)),
						"keep hold of the folder /kept") == 0);
	expect_true("as answers count",
		strcmp(plan_op_describe(ops, 1, text, sizeof(text)), "mount it on /set/up") == 0);
	expect_true("no answer names it",
		strcmp(plan_op_describe(ops, 2, text, sizeof(text)), "start") == 0);
	free(message);
}

static void overflown(struct plan_ops *ops)
{
	void *message = NULL;
	size_t size;

	for (int i = 0; i < 2 * PLAN_FINAL_MAX; i++)
		plan_ops_add_final(ops, PLAN_OP_UNLINK, "x");
	expect_true("too many are refused",
		plan_ops_finish(ops, &message, &size) == -E2BIG && !message);
}

int main(void)
{
	struct plan_ops *ops = calloc(1, sizeof(*ops));

	if (!ops)
		return 1;
	encoded(ops);
	described(ops);
	memset(ops, 0, sizeof(*ops));
	joined(ops);
	overflown(ops);
	free(ops);
	return expect_result();
}
