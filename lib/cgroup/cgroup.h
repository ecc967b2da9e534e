/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h - a user's cgroup and its limits, behind one interface with one backend a file.
 *
 * Managers are named as crun and podman name them: "systemd" (limits are properties of
 * user-UID.slice) and "cgroupfs" (directories below carrel/). Both need a cgroup2 tree, which says
 * who belongs to which login; controllers that are bound to cgroup v1 hierarchies are used there.
 */
#ifndef CARREL_CGROUP_CGROUP_H
#define CARREL_CGROUP_CGROUP_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/limits.h"

#include <stdbool.h>
#include <sys/types.h>

enum cgroup_manager_kind { CGROUP_MANAGER_AUTO, CGROUP_MANAGER_SYSTEMD, CGROUP_MANAGER_CGROUPFS };

/* One cgroup v1 hierarchy, of which there are as many as carrel has controllers, at most, and one
 * for cpuacct. */
enum { CGROUP_V1_MAX = 6 };

struct cgroup_hierarchy {
	char controllers[64]; /* "cpu,cpuacct", as proc_pid_cgroup(5) has them */
	char root[128];       /* "/sys/fs/cgroup/cpu,cpuacct" */
	int fd;               /* O_PATH of that, O_CLOEXEC */
	bool closed;          /* takes no process of ours: as if it had no nodes */
};

struct cgroup_place_v1 {
	char controllers[64]; /* of the hierarchy that the caller was moved in */
	char previous[256];
};

/* Where a login was put, and where it came from, so that it can be undone. Paths are relative to
 * the cgroup2 mount, with a leading slash. */
struct cgroup_place {
	char user[256]; /* the user's node, which holds the limits: "/user.slice/user-1001.slice" */
	char rescue[64];   /* the user's other node, beside @user, for rescue sessions (rescue.h) */
	char session[256]; /* the login's own node below either; never equal to it */
	char previous[256]; /* where the caller was before */
	bool moved;         /* attach() moved the caller, and detach() moves it back */
	bool made; /* the session node is a directory of carrel's, to be removed (cgroup_remove());
		      a scope of systemd's ends by itself once it is empty */
	/* In the v1 hierarchies the caller stands in @user itself. Those that it was moved in: */
	struct cgroup_place_v1 v1[CGROUP_V1_MAX];
	size_t n_v1;
};

/* What a manager is asked for. */
struct cgroup_request {
	uid_t uid;
	const char *session_id; /* names a node that has to be made ("1001-3"); apply() has none */
	const struct cgroup_limits *limits; /* apply() and rescue() set them */
	deadline_t deadline;
	struct carrel_error *err; /* says what failed; may be NULL */
	cgroup_limit_set skipped; /* set by apply(): optional limits that cannot be enforced here */
};

struct cgroup_manager;

struct cgroup_manager_ops {
	const char *name;
	/*
	 * Sets exactly request->limits on the user's node. A value that already holds is not
	 * written again; a key that carrel set before and that is no longer asked for gets back
	 * what held before; every value is read back until it holds or the deadline has passed.
	 * attach() comes first: systemd keeps a slice only while something is in it (-ENOENT), and
	 * its limits for longer.
	 *
	 * Where memory.max is set and memory.high is not, memory.high is set a little below. A
	 * memory.max below what the user holds (page cache does not count) is refused (-EBUSY)
	 * before anything is changed. A limit marked optional that cannot be enforced is left out
	 * and added to request->skipped. Returns 0 or -errno.
	 */
	int (*apply)(struct cgroup_manager *manager, struct cgroup_request *request);
	/*
	 * Makes sure that the calling process is in a node of its own below the user's node. With
	 * systemd and pam_systemd it already is, and is not moved. Returns 0 or -errno.
	 */
	int (*attach)(struct cgroup_manager *manager, const struct cgroup_request *request,
		struct cgroup_place *ret_place);
	/*
	 * Makes the rescue node, sets request->limits on it, and moves the calling process there
	 * from below the user's node: cgroup_rescue() says the rest.
	 */
	int (*rescue)(struct cgroup_manager *manager, const struct cgroup_request *request,
		struct cgroup_place *place);
	/*
	 * Puts another process, @pid and @pidfd, in a node of its own below the user's node, which
	 * is made where it is missing. It does not matter where the caller stands: what ends with
	 * the caller's node does not end that process. Returns 0 or -errno: -ESRCH where the
	 * process has ended, and then whoever has its number since does not stay in the node.
	 */
	int (*adopt)(struct cgroup_manager *manager, const struct cgroup_request *request,
		pid_t pid, int pidfd, struct cgroup_place *ret_place);
	/*
	 * Has @unit started, and does not wait until it is. NULL: there are no units here, and the
	 * caller starts what it would have started.
	 */
	int (*start)(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
		struct carrel_error *err);
	/*
	 * Puts the calling process back where attach() found it and removes what attach() made if
	 * that is empty (-EBUSY is no error: session-init removes it when it ends). Never blocks.
	 */
	int (*detach)(struct cgroup_manager *manager, const struct cgroup_place *place,
		struct carrel_error *err);
	void (*free)(struct cgroup_manager *manager);
};

struct cgroup_manager {
	const struct cgroup_manager_ops *ops;
	int root_fd;    /* O_PATH of the cgroup2 mount, O_CLOEXEC */
	char root[256]; /* its path, "/sys/fs/cgroup" or "/sys/fs/cgroup/unified" */
	struct cgroup_hierarchy v1[CGROUP_V1_MAX];
	size_t n_v1;
	void *data; /* the backend's */
};

/*
 * Chooses and opens a manager. AUTO: systemd where /run/systemd/system exists (sd_booted(3)), else
 * cgroupfs. Returns 0 and *ret_manager (free with cgroup_manager_free(), which closes everything),
 * or -errno: -ENOTSUP with a remedy in the reason where the host has no usable tree.
 */
int cgroup_manager_open(enum cgroup_manager_kind kind, deadline_t deadline,
	struct cgroup_manager **ret_manager, struct carrel_error *err);
void cgroup_manager_free(struct cgroup_manager *manager);

/*
 * Whether this host can enforce a limit at all: 0, or -ENOTSUP with the reason. @user is the node
 * of a user that is there, or NULL.
 */
int cgroup_can_limit(const struct cgroup_manager *manager, const char *user,
	enum cgroup_limit_id id, struct carrel_error *err);

/*
 * Whether a process changes its cgroup without a wait: one of the trees is mounted with
 * "favordynmods" (cgroup-v2.rst). Else the kernel waits for an RCU grace period, some ms, with each
 * move that comes a while after the last. False also where it cannot be told.
 */
bool cgroup_moves_at_once(void);

/* What a host is that does not let us make cgroups, and what to do about it. */
struct cgroup_container {
	char name[64];      /* "lxc", "docker", …; "" where this is no container */
	const char *remedy; /* a constant */
};
void cgroup_container_look(struct cgroup_container *ret_container);

/* Adds to an error (EROFS, EACCES, EPERM) that @tree is not ours, and the remedy. */
void cgroup_denied(struct carrel_error *err, const char *tree);

/* What a user uses, from the user's node. Members that the kernel does not tell are UINT64_MAX. */
struct cgroup_usage {
	uint64_t memory; /* bytes */
	uint64_t pids;
	uint64_t cpu_usec;
};
int cgroup_read_usage(
	const struct cgroup_manager *manager, const char *path, struct cgroup_usage *ret_usage);

/* The value in force of a limit of @path as cgroup2 prints it ("4294967296", "max"); the first
 * line for files of more. malloc'ed. Returns 0 or -errno. */
int cgroup_read_limit(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, char **ret_text);

/* The same of a limit that is one number, in the units of limits.h; CGROUP_UNLIMITED where nobody
 * limits. Returns 0 or -errno. */
int cgroup_read_number(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, uint64_t *ret_number);

/* Kills all that is in @path and below, and waits until nothing is. 0, -ENOENT, -ETIMEDOUT, -errno.
 */
int cgroup_kill(const struct cgroup_manager *manager, const char *path, deadline_t deadline);

/* The cgroup2 path of @pid (0: the caller) as /proc/PID/cgroup says. */
int cgroup_of(pid_t pid, char *ret_path, size_t size);

/* The same in the v1 hierarchy with exactly these @controllers ("cpu,cpuacct"). */
int cgroup_path(pid_t pid, const char *controllers, char *ret_path, size_t size);

/* The user in whose node, systemd's or carrel's, @pid (0: the caller) stands; one that is called
 * like that below what a user owns is none. 0, -ENOENT: in no user's; -errno. */
int cgroup_user_of(pid_t pid, uid_t *ret_uid);

/* The same by the cgroup2 tree alone: who has been moved there by ops->adopt() stands in the user's
 * node of every tree, and who was born meanwhile may do so in a v1 hierarchy only. */
int cgroup_member_of(pid_t pid, uid_t *ret_uid);

/* Moves the calling process out of carrel's own nodes, those of v1 hierarchies too, to the roots:
 * for what a login starts and does not take along. 0 or -errno. */
int cgroup_leave(void);

/*
 * Moves the calling process to the root where nobody may hold a lock of user @uid: where a user
 * owns its cgroup2 node or one above it, and so may freeze, throttle or kill all that is in there
 * (cgroup-v2.rst, "Delegation"); and where it stands in a node of another user's, whose quotas may
 * leave it no time, and in which logind sends signals for that user unless the bus forbids it.
 * *ret_previous is where it was, "" where it has stayed. In a container whose own root takes no
 * process it stays. 0 or -errno.
 */
int cgroup_leave_held(
	const struct cgroup_manager *manager, uid_t uid, char *ret_previous, size_t size);

/* Moves the calling process to @path, where it was. 0 or -errno. */
int cgroup_return(const struct cgroup_manager *manager, const char *path);

/* The session nodes that there are below both of the user's ("/carrel/user-1001/1001-3"), cgroupfs
 * only: a NULL-terminated array, or NULL where there are none; the caller frees it and its strings.
 */
int cgroup_list_sessions(const struct cgroup_manager *manager, uid_t uid, char ***ret_paths);

/* True while a process lives in the node or below it. */
bool cgroup_populated(const struct cgroup_manager *manager, const char *path);

/* The user's node ("/carrel/user-1001"), or the rescue node, where it is in any tree, though no
 * session is below it (cgroupfs only). Returns whether there is one. */
bool cgroup_user_left(const struct cgroup_manager *manager, uid_t uid, char *ret_path, size_t size);

/* Whether the node tells of limits that are reached (memory.events, pids.events). */
bool cgroup_has_events(const struct cgroup_manager *manager, const char *path);

/* Removes an empty carrel node and, where they are empty as well, the user's node and then the
 * rescue node, in all trees (cgroupfs only). 0, -EBUSY while something lives in it, -errno. */
int cgroup_remove(const struct cgroup_manager *manager, const char *path);

#endif
