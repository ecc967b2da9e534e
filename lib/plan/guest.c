// SPDX-License-Identifier: MIT
/*
 * guest.c - builds the view that a login with mode = guest has on the host's side: a small root,
 * made from nothing. It holds guest-attach in the place of the user's shell, ssh with what that
 * needs to run, and the guest's folder. All else is for sshd's monitor, login and su: host root
 * goes on in this tree, so everything in it that root could load is root's and read-only, and what
 * only root needs is in folders that are closed to all others.
 */
#include "plan/guest.h"
#include "base/cleanup.h"
#include "plan/builders.h"
#include "plan/empty_root.h"
#include "policy/template.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

enum {
	SLOT_PORTS = 2,    /* and the next slot */
	AGENT_INODES = 16, /* for one socket: sshd refuses to make a second */
};

/* Returns the length of @path without the slashes at its end. */
static size_t length_of_folder(const char *path)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		length--;
	return length;
}

static int add_accounts(
	const struct policy_login *login, struct plan_ops *ops, struct carrel_error *err)
{
	const char *group = login->group ? login->group : login->user;
	const char *path = login->home ? login->home : "";
	cleanup_free char *home = strndup(path, length_of_folder(path));
	cleanup_free char *passwd = NULL;
	cleanup_free char *groups = NULL;

	if (strpbrk(login->user, ":\n") || strpbrk(group, ":\n") || strpbrk(path, ":\n")) {
		error_set(err, -EPERM, "account of user %s", login->user);
		return error_why(
			err, "its name, group or home cannot be written into a passwd file");
	}
	if (asprintf(&passwd, "%s:x:%u:%u::%s:%s\n", login->user, (unsigned)login->uid,
		    (unsigned)login->gid, home && *home ? home : "/", login->shell) < 0)
		passwd = NULL;
	if (asprintf(&groups, "%s:x:%u:\n", group, (unsigned)login->gid) < 0)
		groups = NULL;
	if (!home || !passwd || !groups)
		return error_set(err, -ENOMEM, "account of user %s", login->user);
	plan_root_folder(ops, "etc", 0755);
	plan_root_file(ops, "etc/passwd", passwd);
	plan_root_file(ops, "etc/group", groups);
	/* "localhost" of a forwarded port is looked up here, and means the guest's. */
	plan_root_file(ops, "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
	plan_root_file(ops, "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
	/* sshd and su complain where they cannot enter the home. */
	if (plan_root_is_plain(home))
		plan_root_folders(ops, home, true);
	return 0;
}

static int add_devices(struct plan_ops *ops)
{
	static const char *const paths[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
		"/dev/urandom", "/dev/tty",
		/* These are the host's terminals, since their names are in utmp. */
		"/dev/pts",
		/* The user's sshd logs here. */
		"/dev/log"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(paths) / sizeof(paths[0]); i++)
		r = plan_root_bind_if_there(ops, paths[i], paths[i], PLAN_ROOT_DEVICE);
	plan_root_link(ops, "dev/ptmx", "pts/ptmx");
	return r;
}

/* Adds what sshd, login, su and their PAM modules need to end a session as they began it. */
static int add_for_root(struct plan_ops *ops)
{
	static const struct {
		const char *source, *target;
		uint64_t attrs;
	} rows[] = {
		{"/run/utmp", "/var/run/utmp", PLAN_ROOT_DATA},
		/* This folder has wtmp and lastlog. They are not bound as files, since they are
		 * rotated and databases need a folder. */
		{"/var/log", "/var/log", PLAN_ROOT_DATA},
		{"/var/lib/wtmpdb", "/var/lib/wtmpdb", PLAN_ROOT_DATA},
		{"/var/lib/lastlog", "/var/lib/lastlog", PLAN_ROOT_DATA},
		{"/run/dbus/system_bus_socket", "/run/dbus/system_bus_socket", PLAN_ROOT_DATA},
		{"/run/systemd/io.systemd.Login", "/run/systemd/io.systemd.Login", PLAN_ROOT_DATA},
	};
	int r = 0;

	plan_root_folder(ops, "var", 0700);
	/* /proc leads to a folder that only root can enter. In an open one, users could write into
	 * each program that runs as them: sshd's own sftp server opens what it is told to. */
	plan_root_folder(ops, &GUEST_VIEW_PROC[1], 0555);
	plan_root_link(ops, "proc", &GUEST_VIEW_PROC[1]);
	plan_root_folder(ops, "run", 0755);
	plan_root_folder(ops, "run/dbus", 0700);
	plan_root_folder(ops, "run/systemd", 0700);
	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		r = plan_root_bind_if_there(ops, rows[i].source, rows[i].target, rows[i].attrs);
	return r;
}

/* Puts guest-attach wherever a shell could be. cron and at run /bin/sh, whatever the account
 * says. */
static int add_shells(
	const struct policy_login *login, struct plan_ops *ops, struct carrel_error *err)
{
	const char *const names[] = {
		GUEST_ATTACH, GUEST_CONNECTOR, GUEST_FORWARDER, "/bin/sh", login->shell};
	size_t count = sizeof(names) / sizeof(names[0]);
	int r = 0;

	if (strcmp(login->shell, "/bin/sh") == 0 || strcmp(login->shell, GUEST_ATTACH) == 0)
		count--;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = plan_root_bind(ops, GUEST_ATTACH, names[i], PLAN_ROOT_PROGRAM, err);
	return r;
}

static void add_guest_folder(const struct policy_login *login, struct plan_ops *ops)
{
	char path[64];
	struct plan_op *op;

	snprintf(path, sizeof(path), GUEST_RUN_DIR "/%u", (unsigned)login->uid);
	plan_root_folders(ops, path, false);
	/* The session layer makes the folder, so it may not be there yet. */
	op = plan_ops_add(ops, PLAN_OP_BIND, path, (const char *const[]){path + 1, NULL});
	op->slot = PLAN_ROOT_SLOT;
	op->attrs = MOUNT_ATTR_RDONLY | PLAN_ROOT_DATA;
}

/* Adds the folders that lead to where sshd puts the agent's socket since OpenSSH 10.1. *ret_path is
 * NULL where the home cannot be shown. */
static int add_agent_folders(
	const struct policy_login *login, struct plan_ops *ops, char **ret_path)
{
	const char *home = login->home ? login->home : "";
	cleanup_free char *path = NULL;

	*ret_path = NULL;
	if (asprintf(&path, "%.*s/" GUEST_AGENT_DIR, (int)length_of_folder(home), home) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (!plan_root_is_plain(path))
		return 0;
	plan_root_folders(ops, path, true);
	*ret_path = TAKE_PTR(path);
	return 0;
}

/* Adds the place where the socket, and nothing else of the home, can be made. It is optional: a
 * home that something else covers, /tmp or /proc, has no agent. */
static void add_agent_place(
	const struct policy_login *login, struct plan_ops *ops, const char *path)
{
	char size[32], inodes[32], uid[32], gid[32];
	struct plan_op *op;

	snprintf(size, sizeof(size), "size=%d", PLAN_ROOT_BYTES);
	snprintf(inodes, sizeof(inodes), "nr_inodes=%d", AGENT_INODES);
	snprintf(uid, sizeof(uid), "uid=%u", (unsigned)login->uid);
	snprintf(gid, sizeof(gid), "gid=%u", (unsigned)login->gid);
	op = plan_ops_add(ops, PLAN_OP_NEW_FS, "tmpfs",
		(const char *const[]){size, inodes, uid, gid, "mode=700", NULL});
	op->slot = PLAN_ROOT_WORK;
	op->attrs = PLAN_ROOT_DATA | MOUNT_ATTR_NOSYMFOLLOW;
	plan_add_attach(ops, PLAN_ROOT_WORK, path)->flags = PLAN_OP_OPTIONAL;
}

/* Adds /tmp, where older versions of sshd put the agent's socket, and where an admin may have it
 * (AgentSocketPath shared:/tmp). Root opens files in there, too. */
static void add_tmp(struct plan_ops *ops)
{
	plan_add_tmpfs(ops, PLAN_ROOT_WORK, PLAN_ROOT_BYTES, 01777)->attrs |=
		MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
	plan_add_attach(ops, PLAN_ROOT_WORK, "/tmp");
}

static int add_contents(
	const struct policy_login *login, struct plan_ops *ops, struct carrel_error *err)
{
	int r;

	r = add_for_root(ops);
	if (r == 0)
		r = add_devices(ops);
	if (r < 0)
		return error_set(err, r, "plan for user %s", login->user);
	r = add_accounts(login, ops, err);
	if (r == 0)
		r = plan_root_program(ops, GUEST_SSH, err);
	if (r == 0)
		r = add_shells(login, ops, err);
	if (r == 0)
		add_guest_folder(login, ops);
	return r;
}

/* Fails without a valid template, as such a guest could never start. */
static int check_guest_template(const struct policy *policy, struct carrel_error *err)
{
	char **name = policy->setting[POLICY_GUEST_TEMPLATE].value.list;
	struct guest_template template = {0};
	int r;

	if (!name || !name[0]) {
		error_set(err, -EINVAL, "guest.template");
		return error_why(err, "mode = guest needs a template, and no policy names one");
	}
	r = template_load(TEMPLATE_DIR, name[0], &template, NULL, err);
	if (r == 0)
		template_free(&template);
	return r;
}

int plan_build_guest(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err)
{
	struct plan_ops *ops = plan->ops;
	struct plan_op *port;
	bool agent = policy->setting[POLICY_GUEST_AGENT].value.choice;
	cleanup_free char *agent_path = NULL;
	int r = check_guest_template(policy, err);

	if (r < 0)
		return r;
	if (!plan_root_is_plain(login->shell)) {
		error_set(err, -EINVAL, "shell of user %s", login->user);
		return error_why(err, "it is not an absolute path without . and ..");
	}
	/* The view holds nothing that logins could share. */
	plan->share = POLICY_SHARE_SESSION;
	plan->namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET;
	plan_ops_add(ops, PLAN_OP_SLAVE, NULL, NULL);
	plan_ops_add(ops, PLAN_OP_CGROUP_NAMESPACE, NULL, NULL);
	plan_ops_add(ops, PLAN_OP_LOOPBACK, NULL, NULL);
	/* On a kernel without this, forwarded ports lead nowhere. */
	port = plan_ops_add(ops, PLAN_OP_CATCH, NULL, NULL);
	port->slot = SLOT_PORTS;
	port->flags = PLAN_OP_OPTIONAL;
	plan_root_begin(ops);
	r = add_contents(login, ops, err);
	if (r < 0)
		return r;
	if (agent) {
		plan_root_folder(ops, "tmp", 0555);
		r = add_agent_folders(login, ops, &agent_path);
		if (r < 0)
			return error_set(err, r, "plan for user %s", login->user);
	}
	plan_root_enter(ops, GUEST_VIEW_PROC, PLAN_ROOT_DATA);
	if (agent_path)
		add_agent_place(login, ops, agent_path);
	if (agent)
		add_tmp(ops);
	port = plan_ops_add(ops, PLAN_OP_RUN, GUEST_FORWARDER, NULL);
	port->slot = SLOT_PORTS;
	port->uid = login->uid;
	port->gid = login->gid;
	return 0;
}
