/* SPDX-License-Identifier: MIT */
/*
 * policy.h - what the files under /etc/carrel say about a login.
 *
 * This is the first of three one-way steps: policy, plan, apply. A policy is read, matched and
 * merged here without a look at the host's kernel, cgroups or mounts; the plan is built from the
 * result and never asks again.
 */
#ifndef CARREL_POLICY_POLICY_H
#define CARREL_POLICY_POLICY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define POLICY_DIR      "/etc/carrel/policies.d"
#define POLICY_HOST_INI "/etc/carrel/carrel.ini"

/* Each key is a row of policy_keys (lib/policy/keys.c) and is called POLICY_SECTION_KEY. */
enum policy_key {
	POLICY_SESSION_MODE,
	POLICY_SESSION_SHARE,
	POLICY_SESSION_LINGER,
	POLICY_SESSION_MAX_SESSIONS,
	POLICY_SESSION_ON_ERROR,
	POLICY_SESSION_BANNER,
	POLICY_CGROUP_CPU_MAX,
	POLICY_CGROUP_CPU_WEIGHT,
	POLICY_CGROUP_CPUSET_CPUS,
	POLICY_CGROUP_MEMORY_HIGH,
	POLICY_CGROUP_MEMORY_MAX,
	POLICY_CGROUP_MEMORY_SWAP_MAX,
	POLICY_CGROUP_PIDS_MAX,
	POLICY_CGROUP_IO_MAX,
	POLICY_CGROUP_IO_WEIGHT,
	POLICY_NAMESPACES_MOUNT,
	POLICY_NAMESPACES_PID,
	POLICY_NAMESPACES_IPC,
	POLICY_NAMESPACES_UTS,
	POLICY_NAMESPACES_CGROUP,
	POLICY_NAMESPACES_NET,
	POLICY_NAMESPACES_TIME,
	POLICY_MOUNTS_TMP,
	POLICY_MOUNTS_TMP_SIZE,
	POLICY_MOUNTS_SHM_SIZE,
	POLICY_MOUNTS_HOMES,
	POLICY_MOUNTS_HOMES_SHOW,
	POLICY_MOUNTS_USER_MANAGER,
	POLICY_MOUNTS_TERMINALS,
	POLICY_MOUNTS_HOME,
	POLICY_MOUNTS_HOME_SIZE,
	POLICY_MOUNTS_DEV,
	POLICY_MOUNTS_DEV_ALLOW,
	POLICY_MOUNTS_HIDE,
	POLICY_MOUNTS_READONLY,
	POLICY_MOUNTS_BIND,
	POLICY_SECURITY_NO_NEW_PRIVS,
	POLICY_SECURITY_CAPABILITIES,
	POLICY_SECURITY_USERNS,
	POLICY_NETWORK_REACH,
	POLICY_NETWORK_REACH_ALLOW,
	POLICY_NETWORK_REACH_DENY,
	POLICY_GUEST_TEMPLATE,
	POLICY_GUEST_AGENT,
	POLICY_KEY_COUNT
};

/* The values of each choice are in the order of their names in policy_keys. */
enum policy_mode {
	POLICY_MODE_SANDBOX,
	POLICY_MODE_GUEST,
	POLICY_MODE_HOST,
	POLICY_MODE_AUDIT,
	POLICY_MODE_EXEMPT,
	POLICY_MODE_DENY,
};
enum policy_share { POLICY_SHARE_SESSION, POLICY_SHARE_USER };
enum policy_on_error { POLICY_ON_ERROR_DENY, POLICY_ON_ERROR_ALLOW };
enum policy_view { POLICY_PRIVATE, POLICY_HOST }; /* [namespaces], tmp, terminals */
enum policy_userns { POLICY_USERNS_ALLOW, POLICY_USERNS_DENY };
enum policy_home { POLICY_HOME_REAL, POLICY_HOME_OVERLAY, POLICY_HOME_TMPFS };
enum policy_dev { POLICY_DEV_HOST, POLICY_DEV_MINIMAL };
enum policy_homes { POLICY_HOMES_OWN, POLICY_HOMES_ALL };
enum policy_reach { POLICY_REACH_ALL, POLICY_REACH_INTERNET, POLICY_REACH_NONE };
enum policy_user_manager { POLICY_USER_MANAGER_HIDE, POLICY_USER_MANAGER_SHOW };

/* [host] unmatched in carrel.ini has these values. */
enum host_unmatched { HOST_UNMATCHED_EXEMPT, HOST_UNMATCHED_HOST, HOST_UNMATCHED_DENY };

#define POLICY_UNLIMITED UINT64_MAX /* "max", or "yes" of linger */

enum policy_size_unit { POLICY_SIZE_BYTES, POLICY_SIZE_PERCENT };

/* The number counts bytes, or percents of what the key speaks of, or is POLICY_UNLIMITED. */
struct policy_size {
	uint64_t number;
	enum policy_size_unit unit;
};

/* An entry of io.max limits bytes and operations a second; a rate not given is POLICY_UNLIMITED. */
struct policy_io {
	char *path;
	uint64_t rbps, wbps, riops, wiops;
};

/* The type of a key says which members of its value count (lib/policy/type.h); the others are 0. */
struct policy_value {
	int choice;                 /* the index of a choice; 1 or 0 for yes or no */
	uint64_t number;            /* a count or weight; bytes; microseconds; and for cpu.max, the
				       microseconds of CPU time a second (200% is 2000000) */
	enum policy_size_unit unit; /* of number, where "25%" can be given as well */
	char **list;          /* NULL-terminated, NULL where empty; a name, a text and a set of
				 CPUs, as the kernel prints it, are one item */
	struct policy_io *io; /* the entries of io.max */
	size_t n_io;
};

/* An origin says which line a value is from. */
struct policy_origin {
	const char *file; /* owned by the policy; NULL for the built-in default */
	unsigned line;
};

struct policy_setting {
	struct policy_value value;
	struct policy_origin origin; /* of a list, the last file that added to it */
	char *text;                  /* the canonical form ("4G", "200%", "a, b") */
	bool set; /* whether a file has set it; false where the default holds, or where the file
		     that @origin names has emptied it */
	bool optional; /* whether it has a leading '?'; each item that a list has from such a line
			  begins with one, too */
	bool partial;  /* whether a file that matches on service or host has a part in it */
};

/* This is what all matching files together say. It is read-only after policy_load(). */
struct policy {
	struct policy_setting setting[POLICY_KEY_COUNT];
	char **files;  /* the paths of those that matched, in order of merging, NULL-terminated */
	bool any_file; /* whether any file was accepted, matching or not */
};

/* A login is a user who comes by some way. Nothing in it is trusted. Strings may be NULL or "". */
struct policy_login {
	const char *user;
	const char *alias; /* what the name service calls the uid; NULL where that is @user */
	uid_t uid;
	gid_t gid;
	const char *home;
	const char *shell;   /* absolute, or NULL where it is not known */
	const char *group;   /* the primary group's name, for %g */
	char *const *groups; /* names of all groups, primary and supplementary, NULL-terminated */
	const char *service; /* PAM_SERVICE */
	const char *rhost;   /* PAM_RHOST */
	const char *tty;     /* PAM_TTY, or NULL where it is not known */
	bool system_account; /* uid < uid_min; only files whose user or group key names it count */
	/*
	 * These set group and groups, and alias, when something first depends on them, because
	 * names may come over a network; and then the pointer to NULL. NULL means that nothing is
	 * missing.
	 */
	void (*fetch_groups)(void *data);
	void (*fetch_alias)(void *data);
	void *fetch_data;
};

/* These return the member of that name, and fetch it before where it has a function for that. */
const char *policy_login_alias(const struct policy_login *login);
char *const *policy_login_groups(const struct policy_login *login);
const char *policy_login_group(const struct policy_login *login);

/* A problem is a reason why a file was refused. A file may have several. */
struct policy_problem {
	char *file;
	unsigned line; /* 0 for the file as a whole */
	char *section; /* "" where there is none */
	char *key;
	char *reason;
};

struct policy_problems {
	struct policy_problem *item;
	size_t count;
};

/*
 * Reads every *.ini file of @dir (POLICY_DIR but for tests) in the order of their names in the C
 * locale, and merges those that match @login. A folder that is swapped by rename meanwhile gives
 * the old or the new set: it is opened once, its files are opened beneath it, and it is read again
 * if it is not the same at the end. Swap with RENAME_EXCHANGE (mv --exchange): between two renames
 * there is no folder, and a login just then finds no policy.
 *
 * A refused file is left out as a whole, and its problems are listed in *ret_problems, if that is
 * not NULL. A missing @dir is an error: nothing would confine anybody.
 *
 * Where no file fits, the mode is exempt by default, so that a host without policies confines
 * nobody; where one does but none sets the mode, it is sandbox. While a refused file might have
 * been for this login, the default stays sandbox, and the caller does as on_error says. A refused
 * file concerns every ordinary user, and a system account unless its [match] could be read and does
 * not name it.
 *
 * Returns 0 and *ret_policy (free with policy_free()), also where files were refused. Returns
 * -errno with @err filled where the folder cannot be read at all, and leaves *ret_problems as it
 * is: -ENOENT; -EPERM where others than root can change it; -EBUSY where it kept changing; -ENOMEM.
 */
int policy_load(const char *dir, const struct policy_login *login, struct policy *ret_policy,
	struct policy_problems *ret_problems, struct carrel_error *err);

/*
 * Checks one file as policy_load() would, without matching. @path may lead through links, but the
 * file itself may not be one. Returns 0; -EINVAL with *ret_problems (one for each wrong line, where
 * the file can be read as far as that), also where there is no such file; -ENOMEM.
 */
int policy_check_file(
	const char *path, struct policy_problems *ret_problems, struct carrel_error *err);

/*
 * Finds out whether some service may give this user a session with quotas, or refuse one (deny):
 * then whatever runs as the user belongs in their cgroup. It is true where a refused file concerns
 * @login, whose service and rhost do not count. Returns 0 and *ret_confined, or -errno as
 * policy_load().
 */
int policy_user_confined(const char *dir, const struct policy_login *login,
	enum host_unmatched unmatched, bool *ret_confined, struct carrel_error *err);

/*
 * Finds out whether the user's systemd manager must not run: true unless the policies leave this
 * user unconfined in every service, or say user_manager = show. The manager is the user's as a
 * whole, so every file that matches on service or host may fit or not, and the manager is hidden if
 * any mode that can come out of that is sandbox, guest or deny. Of what @unmatched may say of a
 * user whom no file fits, only deny hides it. A refused file that concerns @login, as policy_load()
 * has it, hides it as well. @login's service and rhost do not count. Returns 0 and *ret_hidden, or
 * -errno as policy_load(), which the caller takes for true.
 */
int policy_user_manager_hidden(const char *dir, const struct policy_login *login,
	enum host_unmatched unmatched, bool *ret_hidden, struct carrel_error *err);

/*
 * Changes the mode of @policy, which policy_load() has filled, to what [host] unmatched says, if
 * @login is an ordinary user whom no policy fits though there are some. The caller keeps admins
 * out. Returns 1 for such a user, 0 for all others, or -ENOMEM.
 */
int policy_unmatched(
	struct policy *policy, const struct policy_login *login, enum host_unmatched unmatched);

/* Returns whether no file fits, so that the mode is not one that a policy sets. */
bool policy_fits_nobody(const struct policy *policy);

/* These free all that the struct owns, and leave it empty. */
void policy_free(struct policy *policy);
void policy_problems_free(struct policy_problems *problems);

/* Writes "FILE:LINE: [SECTION] KEY: REASON", or as much of it as there is. Returns @buf. */
const char *policy_problem_format(const struct policy_problem *problem, char *buf, size_t size);

/* Expands %u, %U, %g, %h and %% in @text. Returns a text for the caller to free; NULL with errno
 * EINVAL where another letter follows a %, or @login lacks what it stands for; NULL with ENOMEM. */
char *policy_expand(const char *text, const struct policy_login *login);

/* ---- carrel.ini: the host, not a policy ---- */

enum host_manager { HOST_MANAGER_AUTO, HOST_MANAGER_SYSTEMD, HOST_MANAGER_CGROUPFS };

struct host_config {
	enum host_manager cgroup_manager;
	char **admins;      /* as they are written: "carol", "@sudo", "@nss:staff" */
	char **homes_roots; /* absolute, without a trailing slash */
	uint64_t deadline;  /* microseconds */
	uid_t uid_min;
	enum host_unmatched unmatched;
	bool adopt; /* whether gc moves stray processes of confined users into their cgroups */
	/* [admission] limits all guests together; host_config_guest_…() read it. */
	struct policy_size admission_guest_memory; /* percent of the machine's memory */
	uint64_t admission_guest_vcpus; /* percent of the machine's CPUs: 400 is four for each */
	struct policy_size admission_guest_disk; /* percent of a file system */
};

/*
 * Reads @path (POLICY_HOST_INI but for tests); where there is no such file the defaults hold. They
 * also hold where it is refused, which returns -EINVAL with *ret_problems: the caller then treats
 * users who are not exempt as on_error says. Returns 0 or -errno. *ret_config is always filled
 * (free with host_config_free()), after -ENOMEM with as many defaults as there was memory for.
 */
int host_config_load(const char *path, struct host_config *ret_config,
	struct policy_problems *ret_problems, struct carrel_error *err);

/* Frees all that @config owns, and leaves it empty. */
void host_config_free(struct host_config *config);

/*
 * These return what all guests together may have: bytes of their disks on a file system of @bytes,
 * bytes of RAM on a machine with @memory bytes (both POLICY_UNLIMITED where there is no bound), and
 * virtual CPUs on a machine with @cpus CPUs (at least one).
 */
uint64_t host_config_guest_disk(const struct host_config *config, uint64_t bytes);
uint64_t host_config_guest_memory(const struct host_config *config, uint64_t memory);
uint64_t host_config_guest_vcpus(const struct host_config *config, uint64_t cpus);

/*
 * Returns whether @login is an admin: root always is, others are by the list. "@group" means a
 * group of /etc/group, as the user's primary group or as one that names the user, so that a
 * directory server that is down or hostile decides nothing; "@nss:group" goes by @login->groups.
 */
bool host_config_is_admin(const struct host_config *config, const struct policy_login *login);

#endif
