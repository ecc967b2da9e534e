// SPDX-License-Identifier: MIT
/*
 * terminals.c - plans [mounts] terminals: pseudo-terminals of the user's own.
 *
 * All pseudo-terminals of a machine are counted together (kernel.pty.max), and the kernel keeps a
 * part (kernel.pty.reserve) for instances of devpts that were mounted in the first mount namespace:
 * the host's, and those that the module makes there. So every user has one of these, with a bound,
 * in all their sessions. Whatever users take elsewhere, by instances of their own in user
 * namespaces, leaves the reserve to the others.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/builders.h"
#include "policy/group.h"
#include "policy/keys.h"

#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum {
	TERMINALS_MAX = 256, /* of one user; four users do not exhaust the reserve of 1,024 */
	TTY_GID = 5,         /* Debian's, where the group file has none */
};

/* Tells whether the session's terminal is one of the host's, which a new instance would hide: the
 * programs in it could not find its name, and screen and tmux refuse such a terminal. */
static bool has_terminal(const struct policy_login *login)
{
	static const char prefix[] = "/dev/pts/";
	const char *name = login->tty;

	/* PAM_TTY may have the folder of devices in front, or not. */
	return name && (strncmp(name, prefix, strlen(prefix)) == 0 ||
			       strncmp(name, prefix + strlen("/dev/"), strlen("pts/")) == 0);
}

/* Returns 1 if @path is a devpts; 0 where it is something else or not there; or -errno. */
static int path_is_devpts(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	return fs.f_type == DEVPTS_SUPER_MAGIC;
}

/* Returns 1 if /dev/ptmx is a file of the host's instance itself, as LXC has it; 0 if it is not;
 * or -errno. Any other /dev/ptmx leads to the devpts beside it (fs/devpts), whatever is mounted
 * there. */
static int ptmx_is_bound(void)
{
	struct stat st;

	if (lstat("/dev/ptmx", &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISCHR(st.st_mode) ? path_is_devpts("/dev/ptmx") : 0;
}

int plan_build_terminals(const struct policy *policy, const struct policy_login *login,
	struct plan_ops *ops, struct carrel_error *err)
{
	static const char folder[] = "/dev/pts";
	bool shared = policy->setting[POLICY_SESSION_SHARE].value.choice == POLICY_SHARE_USER;
	cleanup_free char *target = NULL;
	char owner[32], max[32];
	const char *const options[] = {owner, "mode=0620", "ptmxmode=0666", max, NULL};
	gid_t gid = TTY_GID;
	struct plan_op *op;
	int r, bound;

	/* A view that all logins share cannot depend on the terminal of the first. */
	if (policy->setting[POLICY_MOUNTS_TERMINALS].value.choice != POLICY_PRIVATE ||
		(has_terminal(login) && !shared))
		return 0;
	r = path_is_devpts(folder);
	if (r == 0)
		return 0;
	if (r > 0)
		r = fd_canonical_trusted(folder, &target);
	if (r < 0)
		return error_set(err, r, "mountpoint %s", folder);
	/* In a minimal /dev it is a link to the one in the folder. */
	bound = policy->setting[POLICY_MOUNTS_DEV].value.choice == POLICY_DEV_MINIMAL
			? 0
			: ptmx_is_bound();
	if (bound < 0)
		return error_set(err, bound, "/dev/ptmx");
	r = group_number("/etc/group", "tty", &gid);
	if (r == -ENOMEM)
		return error_set(err, r, "group tty");
	snprintf(owner, sizeof(owner), "gid=%u", (unsigned)gid);
	snprintf(max, sizeof(max), "max=%d", TERMINALS_MAX);
	op = plan_ops_add(ops, PLAN_OP_TERMINALS, target, options);
	op->attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	op->covers_ptmx = (uint32_t)bound;
	return 0;
}
