// SPDX-License-Identifier: MIT
#include "plan/plan.h"

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

/* These are the texts of set-up operations. Nobody is told about the others. "%p" is the path, "%t"
 * are the options. */
static const char *const templates[] = {
	[PLAN_OP_SLAVE] = "make all mounts slaves",
	[PLAN_OP_CGROUP_NAMESPACE] = "make a cgroup namespace",
	[PLAN_OP_TIME_NAMESPACE] = "make a time namespace, whose clocks begin now",
	[PLAN_OP_GRAB] = "keep hold of %p",
	[PLAN_OP_NEW_FS] = "make a %p file system (%t)",
	[PLAN_OP_MKDIR] = "make the folder %p in it",
	[PLAN_OP_ATTACH] = "mount it on %p",
	[PLAN_OP_PROTECT] = "protect %p",
	[PLAN_OP_MASK] = "put %p out of reach",
	[PLAN_OP_KEEP_DIR] = "keep hold of the folder %p",
	[PLAN_OP_KEEP_FILE] = "keep hold of the file %p",
	[PLAN_OP_LISTEN] = "listen at %p",
	[PLAN_OP_LISTEN_JOIN] = "listen at %p for those who join",
	[PLAN_OP_STAGE] = "begin a root of its own in it",
	[PLAN_OP_FILE] = "write the file %p there",
	[PLAN_OP_SYMLINK] = "make the link %p to %t there",
	[PLAN_OP_BIND] = "show %p there as %t",
	[PLAN_OP_PIVOT] = "make it the root, with nothing else in reach",
	[PLAN_OP_LOOPBACK] = "bring the network's loopback up",
	[PLAN_OP_CATCH] = "lead all of its ports to one place",
	[PLAN_OP_RUN] = "start %p there, as the user",
	[PLAN_OP_DETACH] = "take what is mounted on %p away",
	[PLAN_OP_CGROUP_VIEW] = "show the user's cgroups on %p",
	[PLAN_OP_TERMINALS] = "mount the user's own terminals on %p (%t)",
	[PLAN_OP_NETWORK] = "make a network that %p connects with the host's",
	[PLAN_OP_ALLOW] = "let it reach %t",
	[PLAN_OP_REFUSE] = "keep it from %t",
	[PLAN_OP_COVER_FILE] = "put a file of the session's own on %p",
	[PLAN_OP_OVERLAY] = "mount it on %p, and an overlay of the two over both",
	[PLAN_OP_WATCH] = "watch in %p for a process of sshd's that is stopped",
};

static size_t put_text(char *buf, size_t size, size_t used, const char *text)
{
	int n = used < size ? snprintf(buf + used, size - used, "%s", text) : 0;

	return used + (size_t)n;
}

static size_t put_options(
	const struct plan_ops *ops, const struct plan_op *op, char *buf, size_t size, size_t used)
{
	const char *option = ops->strings + op->text;

	if (!op->text)
		return put_text(buf, size, used, "no options");
	for (; *option; option += strlen(option) + 1) {
		used = put_text(buf, size, used, option);
		if (option[strlen(option) + 1])
			used = put_text(buf, size, used, ",");
	}
	return used;
}

const char *plan_op_describe(const struct plan_ops *ops, uint32_t index, char *buf, size_t size)
{
	const struct plan_op *op = plan_ops_at(ops, index);
	const char *template;
	size_t used = 0;

	if (!op) {
		snprintf(buf, size, "start");
		return buf;
	}
	template = op->kind < sizeof(templates) / sizeof(templates[0]) ? templates[op->kind] : NULL;
	if (!template)
		template = "?";
	buf[0] = '\0';
	for (const char *p = template; *p; p++) {
		if (strncmp(p, "%p", 2) == 0) {
			used = put_text(buf, size, used, ops->strings + op->path);
			p++;
		} else if (strncmp(p, "%t", 2) == 0) {
			used = put_options(ops, op, buf, size, used);
			p++;
		} else {
			used = put_text(buf, size, used, (const char[]){*p, '\0'});
		}
	}
	if (op->attrs & MOUNT_ATTR_RDONLY)
		put_text(buf, size, used, ", read-only");
	return buf;
}
