// SPDX-License-Identifier: MIT
/*
 * devices.c - [mounts] dev = minimal: a /dev that holds what every program expects, and what the
 * policy allows.
 *
 * It is a small tmpfs in which each device of the host's is seen by a mount of its own, so that the
 * host's modes and ACLs go on deciding who may open it. It is put together out of the way and then
 * mounted on /dev as a whole, read-only: root of the host goes on working in it.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/list.h"
#include "plan/builders.h"
#include "plan/empty_root.h"
#include "plan/named.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEV "/dev/"

/* The stage is free until /proc comes, which is the last file system of a view. */
#define STAGE_OF_DEV "/proc"

enum { SLOT_DEV = 0 };

/* What is in every /dev. The folders have mounts of their own, which the view covers later where
 * the policy says so. */
static const char *const basics[] = {
	"null",
	"zero",
	"full",
	"random",
	"urandom",
	"tty",
	"pts",
	"shm",
	"mqueue",
};

static const struct {
	const char *name, *target;
} dev_links[] = {
	{"fd", "/proc/self/fd"},
	{"stdin", "fd/0"},
	{"stdout", "fd/1"},
	{"stderr", "fd/2"},
	{"ptmx", "pts/ptmx"},
};

/* Shows @source as @name, and makes the folders that lead to it. Making one again is nothing. */
static struct plan_op *show_device(struct plan_ops *ops, const char *source, const char *name)
{
	struct plan_op *op;

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		char part[PATH_MAX];

		snprintf(part, sizeof(part), "%.*s", (int)(slash - name), name);
		op = plan_ops_add(ops, PLAN_OP_MKDIR, part, NULL);
		op->slot = SLOT_DEV;
		op->perm = 0755;
	}
	op = plan_ops_add(ops, PLAN_OP_BIND, source, (const char *const[]){name, NULL});
	op->slot = SLOT_DEV;
	op->attrs = MOUNT_ATTR_NOSUID;
	return op;
}

static void add_dev_link(struct plan_ops *ops, const char *name, const char *target)
{
	plan_ops_add(ops, PLAN_OP_SYMLINK, name, (const char *const[]){target, NULL})->slot =
		SLOT_DEV;
}

/* Shows the host's DEV@name, if there is one. Returns 0 or -errno. */
static int show_if_there(struct plan_ops *ops, const char *name)
{
	cleanup_free char *source = NULL;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), DEV "%s", name);
	r = fd_canonical_trusted(path, &source);
	if (r == 0 && fd_look(AT_FDCWD, source) == 0)
		show_device(ops, source, name);
	return r == -ENOMEM ? r : 0;
}

/* The socket of the log, or, with systemd, a link to it. */
static int show_log(struct plan_ops *ops)
{
	char target[PATH_MAX];
	ssize_t n = readlink(DEV "log", target, sizeof(target) - 1);

	if (n < 0)
		return show_if_there(ops, "log");
	target[n] = '\0';
	add_dev_link(ops, "log", target);
	return 0;
}

static bool is_basic(const char *name)
{
	for (size_t i = 0; i < sizeof(basics) / sizeof(basics[0]); i++) {
		size_t length = strlen(basics[i]);

		if (strncmp(name, basics[i], length) == 0 &&
			(name[length] == '\0' || name[length] == '/'))
			return true;
	}
	for (size_t i = 0; i < sizeof(dev_links) / sizeof(dev_links[0]); i++)
		if (strcmp(name, dev_links[i].name) == 0)
			return true;
	return strcmp(name, "log") == 0;
}

/* Shows the console that the session is on; login(1), su and mesg look it up by its name. */
static int show_terminal(
	const struct policy *policy, const struct policy_login *login, struct plan_ops *ops)
{
	const char *name = login->tty ? login->tty : "";
	char path[PATH_MAX];

	if (strncmp(name, DEV, strlen(DEV)) == 0)
		name += strlen(DEV);
	/* A view that all logins share cannot depend on the terminal of the first. */
	if (policy->setting[POLICY_SESSION_SHARE].value.choice == POLICY_SHARE_USER || !*name ||
		is_basic(name) || strlen(name) > NAME_MAX)
		return 0;
	snprintf(path, sizeof(path), DEV "%s", name);
	return plan_root_is_plain(path) ? show_if_there(ops, name) : 0;
}

/* ---- dev.allow ---- */

/* Appends what the pattern fits to @found. Returns 0 or -errno. */
static int match_devices(const char *pattern, char ***found)
{
	glob_t matches = {0};
	int r = glob(pattern, 0, NULL, &matches);

	if (r == 0)
		r = list_append(found, matches.gl_pathv);
	else
		r = r == GLOB_NOSPACE ? -ENOMEM : r == GLOB_NOMATCH ? -ENOENT : -EIO;
	globfree(&matches);
	return r;
}

static int collect_devices(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, char ***found, struct carrel_error *err)
{
	char **list = policy->setting[POLICY_MOUNTS_DEV_ALLOW].value.list;

	for (size_t i = 0; list && list[i]; i++) {
		cleanup_free char *pattern = NULL;
		struct plan_named named;
		const char *text = plan_named_read(POLICY_MOUNTS_DEV_ALLOW, list[i], &named);
		int r = plan_named_expand(&named, text, login, &pattern, err);

		if (r < 0)
			return r;
		r = match_devices(pattern, found);
		if (r == -ENOENT && named.optional)
			r = plan_named_skip(&named, plan, err);
		if (r < 0)
			return plan_named_error(&named, r, err);
	}
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int show_allowed(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err)
{
	cleanup(list_freep) char **found = NULL;
	const char *last = NULL;
	int r = collect_devices(policy, login, plan, &found, err);

	/* A folder comes before what is in it, which it shows anyway. */
	if (r == 0 && found)
		qsort(found, list_length(found), sizeof(*found), compare_paths);
	for (char **path = found; r == 0 && path && *path; path++) {
		cleanup_free char *source = NULL;

		if (is_basic(*path + strlen(DEV)) || (last && plan_path_within(*path, last)))
			continue;
		last = *path;
		r = fd_canonical_trusted(*path, &source);
		if (r < 0)
			return error_set(err, r, "mounts.dev.allow %s", *path);
		/* A device may be gone since. */
		show_device(plan->ops, source, *path + strlen(DEV))->flags = PLAN_OP_OPTIONAL;
	}
	return r;
}

int plan_build_devices(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err)
{
	struct plan_ops *ops = plan->ops;
	int r = 0;

	if (policy->setting[POLICY_MOUNTS_DEV].value.choice != POLICY_DEV_MINIMAL)
		return 0;
	plan_add_tmpfs(ops, SLOT_DEV, 0, 0755)->attrs |= MOUNT_ATTR_NOEXEC;
	plan_ops_add(ops, PLAN_OP_STAGE, STAGE_OF_DEV, NULL)->slot = SLOT_DEV;
	for (size_t i = 0; r == 0 && i < sizeof(basics) / sizeof(basics[0]); i++)
		r = show_if_there(ops, basics[i]);
	for (size_t i = 0; i < sizeof(dev_links) / sizeof(dev_links[0]); i++)
		add_dev_link(ops, dev_links[i].name, dev_links[i].target);
	if (r == 0)
		r = show_log(ops);
	if (r == 0)
		r = show_terminal(policy, login, ops);
	/* pasta opens it in the session. */
	if (r == 0 && plan_needs_connector(policy))
		r = show_if_there(ops, "net/tun");
	if (r < 0)
		return error_set(err, r, "mounts.dev = minimal");
	r = show_allowed(policy, login, plan, err);
	if (r < 0)
		return r;
	plan_add_attach(ops, SLOT_DEV, "/dev");
	plan_ops_add(ops, PLAN_OP_PROTECT, "/dev", NULL)->attrs = MOUNT_ATTR_RDONLY;
	return 0;
}
