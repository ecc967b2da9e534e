/* SPDX-License-Identifier: MIT */
/*
 * policy.h - what the files under /etc/carrel say about one login.
 *
 * The first of three one-way steps: policy, plan, apply. A policy is read, matched and merged here
 * without looking at the host's kernel, cgroups or mounts; the plan is built from the result and
 * never asks again.
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

/* One row of the key table each (lib/policy/keys.c); the names follow SECTION_KEY. */
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
	POLICY_MOUNTS_TMP,
	POLICY_MOUNTS_TMP_SIZE,
	POLICY_MOUNTS_SHM_SIZE,
	POLICY_MOUNTS_HOMES,
	POLICY_MOUNTS_HOMES_SHOW,
	POLICY_MOUNTS_USER_MANAGER,
	POLICY_MOUNTS_TERMINALS,
	POLICY_GUEST_TEMPLATE,
	POLICY_GUEST_AGENT,
	POLICY_KEY_COUNT
};

/* Values of the choice keys, in the order of their names in the table. */
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
enum policy_view { POLICY_PRIVATE, POLICY_HOST }; /* [namespaces], tmp */
enum policy_homes { POLICY_HOMES_OWN, POLICY_HOMES_ALL };
enum policy_user_manager { POLICY_USER_MANAGER_HIDE, POLICY_USER_MANAGER_SHOW };

/* [host] unmatched of carrel.ini. */
enum host_unmatched { HOST_UNMATCHED_EXEMPT, HOST_UNMATCHED_HOST, HOST_UNMATCHED_DENY };

#define POLICY_UNLIMITED UINT64_MAX /* "max"; linger: yes */

enum policy_size_unit { POLICY_SIZE_BYTES, POLICY_SIZE_PERCENT };

/* A size in bytes, or POLICY_UNLIMITED; or, with that unit, in percent of something. */
struct policy_size {
	uint64_t number;
	enum policy_size_unit unit;
};

/* One entry of io.max; rates in bytes and operations a second, POLICY_UNLIMITED where not given. */
struct policy_io {
	char *path;
	uint64_t rbps, wbps, riops, wiops;
};

/* A parsed value; which members hold depends on the key's type in the table. */
struct policy_value {
	int choice;      /* choice and boolean keys */
	uint64_t number; /* counts, weights, bytes; cpu.max: microseconds a second of one CPU's
			    time (200% is 2000000); durations in microseconds */
	enum policy_size_unit unit; /* of number, for the size keys that take "25%" */
	char **list;          /* list keys, NULL-terminated; NULL where empty. Words and texts: one
				 item; so cpuset.cpus, sorted and merged as the kernel prints it */
	struct policy_io *io; /* io.max */
	size_t n_io;
};

/* Where a value came from. */
struct policy_origin {
	const char *file; /* owned by the policy; NULL: the built-in default */
	unsigned line;
};

struct policy_setting {
	struct policy_value value;
	struct policy_origin origin; /* of the value, for lists of the last file that added to it */
	char *text;    /* as explain prints it, in canonical form ("4G", "200%", "a, b") */
	bool set;      /* by some file; false: the default holds, or a file has emptied
			  the value, which @origin then tells */
	bool optional; /* written with a leading '?' */
	bool partial;  /* a file that matches on service or host has a part in it */
};

/* The merged policy of one login. Read-only after policy_load(). */
struct policy {
	struct policy_setting setting[POLICY_KEY_COUNT];
	char **files;  /* those that matched, in the order of merging, NULL-terminated */
	bool any_file; /* whether any file, matching or not, was loaded */
};

/* Who logs in, and how. Nothing in it is trusted. Strings may be NULL or "". */
struct policy_login {
	const char *user;
	const char *alias; /* what the name service calls the uid; NULL: as @user */
	uid_t uid;
	gid_t gid;
	const char *home;
	const char *shell;   /* absolute; NULL: not known */
	const char *group;   /* the primary group's name, for %g */
	char *const *groups; /* names of all groups, primary and supplementary, NULL-terminated */
	const char *service; /* PAM_SERVICE */
	const char *rhost;   /* PAM_RHOST */
	const char *tty;     /* PAM_TTY; NULL: not known */
	bool system_account; /* uid < uid_min: only files whose user or group key names it count */
	/* Called at most once, when something first depends on a group, to set group and groups:
	 * names of groups may come over a network. NULL: they are as they are. */
	void (*fetch_groups)(void *data);
	/* The same for alias. */
	void (*fetch_alias)(void *data);
	void *fetch_data;
};

/* These fetch what is missing. */
const char *policy_login_alias(const struct policy_login *login);
char *const *policy_login_groups(const struct policy_login *login);
const char *policy_login_group(const struct policy_login *login);

/* One reason why a file was refused, for the caller to report; a file may have several. */
struct policy_problem {
	char *file;
	unsigned line; /* 0: the file as a whole */
	char *section; /* "" where there is none */
	char *key;
	char *reason;
};

struct policy_problems {
	struct policy_problem *item;
	size_t count;
};

/*
 * Reads every *.ini of @dir (POLICY_DIR but for tests; in lexical order of their names in the C
 * locale), matches them against @login and merges them. A folder swapped by rename while it is read
 * gives the old or the new set: it is opened once, its files are opened beneath it, and it is read
 * again if it is not the same at the end. Swap with RENAME_EXCHANGE (mv --exchange): between two
 * renames there is no folder, and a login just then finds no policy.
 *
 * A file that is refused is left out as a whole, and is listed in *ret_problems if that is not
 * NULL. A missing @dir is an error (-ENOENT): nothing
 * would confine anybody.
 *
 * Where no file fits, the mode is exempt (origin: built-in), so that a host without policies
 * confines nobody; where one does but none sets the mode, it is sandbox. While a refused file might
 * have been for this login, it is never exempt by default: it stays sandbox, and the caller does as
 * on_error says. A refused file concerns every ordinary user, and a system account unless its
 * [match] could be read and does not name it.
 *
 * Returns 0 with *ret_policy filled (free with policy_free()) also when problems were found;
 * -errno and @err when the folder cannot be read at all: -EPERM where others than root can
 * change it, -EBUSY where it kept changing, -ENOMEM. *ret_problems is then untouched.
 */
int policy_load(const char *dir, const struct policy_login *login, struct policy *ret_policy,
	struct policy_problems *ret_problems, struct carrel_error *err);

/* Checks one file as policy_load() would, without matching. 0, or -EINVAL with problems filled
 * (one for each wrong line, where the file can be read as far as that), also where there is no such
 * file; -ENOMEM. The path may lead through links, the file itself may not be one. */
int policy_check_file(
	const char *path, struct policy_problems *ret_problems, struct carrel_error *err);

/*
 * Whether some service may give this user a session with quotas, or none (deny): what runs as the
 * user is then to be in their node. Returns 0 and *ret_confined, or -errno as policy_load().
 * @login's service and rhost are not looked at; with a refused file that concerns it, it is true.
 */
int policy_user_confined(const char *dir, const struct policy_login *login,
	enum host_unmatched unmatched, bool *ret_confined, struct carrel_error *err);

/*
 * Whether the user's systemd manager must not run: true unless the policies leave this user
 * unconfined in every service or say user_manager = show. A file that matches on service or host
 * counts whatever it matches, because the manager is the user's as a whole: each of them may fit or
 * not, and it is hidden if any mode that can come out of that is sandbox, guest or deny.
 * Whom nothing confines is unconfined by @unmatched too, but for deny. With problems found, the
 * answer is true (fail closed); for a system account as policy_load() says. Returns 0 and
 * *ret_hidden, or -errno as policy_load(): then take it as true. @login's service and rhost are not
 * looked at.
 */
int policy_user_manager_hidden(const char *dir, const struct policy_login *login,
	enum host_unmatched unmatched, bool *ret_hidden, struct carrel_error *err);

/*
 * What [host] unmatched says of an ordinary user, no admin, whom no policy fits though there are
 * some: changes the mode of @policy, which policy_load() has filled. Returns 1 for such a user, 0
 * for all others, or -ENOMEM.
 */
int policy_unmatched(
	struct policy *policy, const struct policy_login *login, enum host_unmatched unmatched);

/* True if no file fits: the mode is none that a policy sets. */
bool policy_fits_nobody(const struct policy *policy);

void policy_free(struct policy *policy);
void policy_problems_free(struct policy_problems *problems);

/* "FILE:LINE: [SECTION] KEY: REASON", the parts that there are. Returns @buf. */
const char *policy_problem_format(const struct policy_problem *problem, char *buf, size_t size);

/* Expands %u %U %g %h %% in @text. malloc'ed, or NULL (out of memory, unknown %, or a field that
 * is missing, errno EINVAL). */
char *policy_expand(const char *text, const struct policy_login *login);

/* ---- carrel.ini: the host, not a policy ---- */

enum host_manager { HOST_MANAGER_AUTO, HOST_MANAGER_SYSTEMD, HOST_MANAGER_CGROUPFS };

struct host_config {
	enum host_manager cgroup_manager;
	char **admins;      /* as written: "carol", "@sudo", "@nss:staff" */
	char **homes_roots; /* absolute, no trailing slash */
	uint64_t deadline;  /* microseconds */
	uid_t uid_min;
	enum host_unmatched unmatched;
	bool adopt; /* processes of confined users outside of their nodes */
	/* [admission], over all guests; host_config_guest_memory() and its like read them. */
	struct policy_size admission_guest_memory; /* percent of the machine's memory */
	uint64_t admission_guest_vcpus; /* percent of the machine's CPUs: 400 is four for each */
	struct policy_size admission_guest_disk; /* percent of a file system */
};

/*
 * Reads @path (POLICY_HOST_INI but for tests). A missing file is the defaults. A refused one is
 * the defaults as well, with the problems listed, and returns -EINVAL: the caller must then treat
 * non-exempt users as on_error says. *ret_config is always filled (free it with
 * host_config_free()); on -ENOMEM with as many of the defaults as there was memory for.
 */
int host_config_load(const char *path, struct host_config *ret_config,
	struct policy_problems *ret_problems, struct carrel_error *err);
void host_config_free(struct host_config *config);

/* What all guests together may have of a machine with @memory bytes and @cpus CPUs, and of a file
 * system of @bytes: bytes of RAM and of disks (POLICY_UNLIMITED: no bound), and virtual CPUs (at
 * least one). */
uint64_t host_config_guest_disk(const struct host_config *config, uint64_t bytes);
uint64_t host_config_guest_memory(const struct host_config *config, uint64_t memory);
uint64_t host_config_guest_vcpus(const struct host_config *config, uint64_t cpus);

/*
 * Whether @login is an admin: root always, else by the list. "@group" reads /etc/group alone
 * (the user's primary group by number, or membership by name), so that a directory server that is
 * down or hostile decides nothing; "@nss:group" goes by @login->groups. Returns true or false.
 */
bool host_config_is_admin(const struct host_config *config, const struct policy_login *login);

#endif
