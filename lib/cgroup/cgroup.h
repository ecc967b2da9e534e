/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h - a user's cgroup and its limits, behind one interface with one backend a folder.
 *
 * Managers are named as crun and podman name them: "systemd" (limits are properties of
 * user-UID.slice) and "cgroupfs" (directories below carrel/). Both need a cgroup2 tree, which says
 * who belongs to which login; controllers that are bound to cgroup v1 hierarchies are used there.
 *
 * Support for cgroup v1 is here because the machines that build and test carrel are hybrid hosts,
 * where v1 has all controllers. Its end is planned: systemd 258 has dropped v1, and once those
 * machines do, tree/hierarchy.c, tree/placement.c and tree/v1.c go, with whatever asks
 * hierarchy_of().
 */
#ifndef CARREL_CGROUP_CGROUP_H
#define CARREL_CGROUP_CGROUP_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/limits.h"

#include <stdbool.h>
#include <sys/types.h>

/* The node below which the cgroupfs manager makes all others, in every tree. */
#define CGROUPFS_TOP "/carrel"

enum cgroup_manager_kind { CGROUP_MANAGER_AUTO, CGROUP_MANAGER_SYSTEMD, CGROUP_MANAGER_CGROUPFS };

/* There are at most as many cgroup v1 hierarchies as carrel has controllers, and one for cpuacct.
 */
enum { CGROUP_V1_MAX = 6 };

/* Describes a cgroup v1 hierarchy of this host. */
struct cgroup_hierarchy {
	char controllers[64]; /* "cpu,cpuacct", as proc_pid_cgroup(5) has them */
	char root[128];       /* "/sys/fs/cgroup/cpu,cpuacct" */
	int fd;               /* O_PATH of that, O_CLOEXEC */
	bool closed;          /* it takes no process of ours: as if it had no nodes */
};

/* Says where the caller came from in a v1 hierarchy. */
struct cgroup_place_v1 {
	char controllers[64]; /* of the hierarchy */
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
	/* In v1 hierarchies the caller stands in @user itself. These are the ones it was moved in.
	 */
	struct cgroup_place_v1 v1[CGROUP_V1_MAX];
	size_t n_v1;
};

/* Says what a manager is asked for, and what came of it. */
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
	/* systemd sets the limits, and makes the nodes of v1 hierarchies where it does so there. */
	bool sets_by_systemd;
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
	 * Starts @unit, and does not wait until it has started. Returns 0 or -errno with @err set.
	 * NULL where there are no units: the caller then starts what the unit would have started.
	 */
	int (*start)(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
		struct carrel_error *err);
	/*
	 * Puts the calling process back where attach() found it, and removes what attach() made if
	 * that is empty (if not, session-init removes it when it ends). Never blocks. Returns 0 or
	 * -errno with @err set.
	 */
	int (*detach)(struct cgroup_manager *manager, const struct cgroup_place *place,
		struct carrel_error *err);
	/* Frees what the backend keeps in manager->data. */
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
 * Chooses and opens a manager. AUTO means systemd where /run/systemd/system exists (sd_booted(3)),
 * else cgroupfs. Returns 0 and *ret_manager, to be freed with cgroup_manager_free(), or -errno with
 * @err set: -ENOTSUP with a remedy in the reason where the host has no usable tree.
 */
int cgroup_manager_open(enum cgroup_manager_kind kind, deadline_t deadline,
	struct cgroup_manager **ret_manager, struct carrel_error *err);

/* Closes and frees @manager, which may be NULL. */
void cgroup_manager_free(struct cgroup_manager *manager);

/*
 * Tells whether this host can enforce the limit @id, whatever its value. @user is the node of a
 * user that is there, or NULL. Returns 0, -ENOTSUP with the reason in @err, or -errno.
 */
int cgroup_can_limit(const struct cgroup_manager *manager, const char *user,
	enum cgroup_limit_id id, struct carrel_error *err);

/*
 * Returns true where a process changes its cgroup without a wait: one of the trees is mounted with
 * "favordynmods" (cgroup-v2.rst). Elsewhere the kernel waits for an RCU grace period, some ms, with
 * each move that comes a while after the last. Returns false also where nobody can tell.
 */
bool cgroup_moves_at_once(void);

/* What a host is that does not let us make cgroups, and what to do about it. */
struct cgroup_container {
	char name[64];      /* "lxc", "docker", …; "" where this is no container */
	const char *remedy; /* a constant */
};

/* Finds out which kind of container this host is. */
void cgroup_container_look(struct cgroup_container *ret_container);

/* Adds to an error (EROFS, EACCES, EPERM) that carrel may not write to @tree, and the remedy. */
void cgroup_denied(struct carrel_error *err, const char *tree);

/* Tells what a user uses. Members that the kernel does not tell are UINT64_MAX. */
struct cgroup_usage {
	uint64_t memory; /* bytes */
	uint64_t swap;   /* bytes */
	uint64_t pids;
	uint64_t cpu_usec;
};

/* Initialises a struct cgroup_usage of which nothing is known. */
#define CGROUP_USAGE_UNKNOWN                                                                       \
	{                                                                                          \
		UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX                                     \
	}

/* Counts how often a user has met a limit. Members that the kernel does not tell are UINT64_MAX. */
struct cgroup_events {
	uint64_t oom_kills;      /* processes that were killed at memory.max */
	uint64_t pids_refused;   /* processes and threads that pids.max has refused */
	uint64_t throttled_usec; /* the time for which cpu.max has held tasks back */
};

/* Reads what the node @path uses, with all that is below it. Returns 0 or -errno. */
int cgroup_read_usage(
	const struct cgroup_manager *manager, const char *path, struct cgroup_usage *ret_usage);

/* Reads how often the limits of the node @path were met since it was made. Returns 0 or -errno. */
int cgroup_read_events(
	const struct cgroup_manager *manager, const char *path, struct cgroup_events *ret_events);

/* Reads the value in force of the limit @id of the node @path, as cgroup2 prints it ("4294967296",
 * "max"); of a file with more lines, the first. The caller frees *ret_text. Returns 0 or -errno. */
int cgroup_read_limit(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, char **ret_text);

/* Reads the value in force of a limit that is one number, in the units of limits.h. It is
 * CGROUP_UNLIMITED where nobody limits. Returns 0 or -errno. */
int cgroup_read_number(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, uint64_t *ret_number);

/* Kills all processes in @path and below, and waits until they are gone. Returns 0; -ENOENT where
 * there is no such node; -ETIMEDOUT; -errno. */
int cgroup_kill(const struct cgroup_manager *manager, const char *path, deadline_t deadline);

/* Reads the cgroup2 path of @pid (0: the caller) from /proc/PID/cgroup. Returns 0, -ESRCH, -ENOENT
 * where there is no cgroup2 tree, or -errno. */
int cgroup_of(pid_t pid, char *ret_path, size_t size);

/* Reads the cgroup2 path of the process whose folder in /proc is open as @proc_fd, and of none that
 * has its number by now. Returns 0, -ESRCH, -ENOENT where there is no cgroup2 tree, or -errno. */
int cgroup_of_proc(int proc_fd, char *ret_path, size_t size);

/* Returns whether the cgroup @path lies strictly below @above. */
bool cgroup_is_below(const char *path, const char *above);

/* Reads the path of @pid (0: the caller) in the v1 hierarchy with exactly these @controllers
 * ("cpu,cpuacct"). Returns 0, -ESRCH, -ENOENT where there is no such hierarchy, or -errno. */
int cgroup_path(pid_t pid, const char *controllers, char *ret_path, size_t size);

/* Finds the user in whose node, of systemd's or carrel's, @pid (0: the caller) stands in any tree.
 * A node that is called like one below what a user owns does not count. Returns 0; -ENOENT where it
 * is no user's; -errno. */
int cgroup_user_of(pid_t pid, uid_t *ret_uid);

/* Finds the node that limits the caller, as the caller can see it: "/" inside of a session, whose
 * view of the cgroups begins at its user's node. Returns 0; -ENOENT where the caller stands in no
 * user's node; -errno. */
int cgroup_own_node(const struct cgroup_manager *manager, char *ret_path, size_t size);

/* Finds the user in whose node of the cgroup2 tree @pid (0: the caller) stands. A process that
 * ops->adopt() has moved there stands in the user's node of every tree; one that was forked
 * meanwhile may do so in a v1 hierarchy only. Returns 0; -ENOENT where it is no user's; -errno. */
int cgroup_member_of(pid_t pid, uid_t *ret_uid);

/* Moves the calling process out of the nodes of carrel's and logind's users, in all trees, to the
 * roots: a login starts programs that outlive it. Returns 0 or -errno. */
int cgroup_leave(void);

/*
 * Moves the calling process to the root of the cgroup2 tree where nobody may hold a lock of user
 * @uid: where a user owns its node or one above it, and so may freeze, throttle or kill all that is
 * in there (cgroup-v2.rst, "Delegation"); and where it stands in a node of another user's, whose
 * quotas may leave it no time, and in which logind sends signals for that user unless the bus
 * forbids it. Writes where the process was to @ret_previous, of @size bytes, or "" where it has
 * stayed. It stays also in a container whose own root takes no process. Returns 0 or -errno.
 */
int cgroup_leave_held(
	const struct cgroup_manager *manager, uid_t uid, char *ret_previous, size_t size);

/* Moves the calling process back to @path, where cgroup_leave_held() found it. Returns 0 or -errno.
 */
int cgroup_return(const struct cgroup_manager *manager, const char *path);

/* Lists the session nodes below both nodes of the user ("/carrel/user-1001/1001-3"); only cgroupfs
 * has any. *ret_paths is a NULL-terminated array, or NULL where there are none; the caller frees it
 * and its strings. Returns 0 or -errno. */
int cgroup_list_sessions(const struct cgroup_manager *manager, uid_t uid, char ***ret_paths);

/* Returns true while a process lives in the node @path or below it, or where nobody can tell. */
bool cgroup_populated(const struct cgroup_manager *manager, const char *path);

/* Looks for the user's node ("/carrel/user-1001"), else for the rescue node, in any tree; only
 * cgroupfs has them. Returns whether there is one, with its path in @ret_path. */
bool cgroup_user_left(const struct cgroup_manager *manager, uid_t uid, char *ret_path, size_t size);

/* Returns whether the node @path tells of limits that are reached (memory.events, pids.events). */
bool cgroup_has_events(const struct cgroup_manager *manager, const char *path);

/* Removes an empty node of carrel's and, where they are empty as well, the user's node and then the
 * rescue node, in all trees; only cgroupfs has them. Returns 0; -EBUSY while something lives in
 * @path; -EINVAL where it is no such node; -errno. */
int cgroup_remove(const struct cgroup_manager *manager, const char *path);

#endif
