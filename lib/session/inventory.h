/* SPDX-License-Identifier: MIT */
/*
 * inventory.h - lists the sessions that there are: for status, ps, gc, doctor and max_sessions.
 */
#ifndef CARREL_SESSION_INVENTORY_H
#define CARREL_SESSION_INVENTORY_H

#include "session/record.h"

#include <stdbool.h>
#include <stddef.h>

struct inventory_session {
	struct session_record record;
	bool alive; /* session-init (or, without one, the opener) lives; else gc removes it */
};

struct inventory {
	struct inventory_session *session; /* in the order of their ids */
	size_t count;
};

/* Reads every record of @uid, or of all users with (uid_t)-1, and passes over those that are
 * damaged. Without /run/carrel the inventory is empty. Returns 0 and *ret_inventory, to be freed
 * with inventory_free() in any case, or -errno and @err. Needs root. */
int inventory_load(uid_t uid, struct inventory *ret_inventory, struct carrel_error *err);
void inventory_free(struct inventory *inventory);

/* Returns how many logins end with the session of @record: for a shared sandbox those in it, or 1
 * where it only lingers; else 1. */
size_t inventory_logins(const struct inventory *inventory, const struct session_record *record);

/* Returns true if users are to be shown the session: it lives, and is a login, or a shared sandbox
 * that no login is in. */
bool inventory_listed(const struct inventory *inventory, const struct inventory_session *session);

/* How many sessions of one user there are. */
struct inventory_counts {
	size_t logins;    /* that live */
	size_t rescues;   /* of these, rescue sessions (rescue.h), of which there is one at most */
	size_t sandboxes; /* that logins share, or that linger */
	size_t dead;      /* of either */
};

/* Counts those of @inventory, which has the sessions of one user. */
void inventory_tally(const struct inventory *inventory, struct inventory_counts *ret_counts);

/* Counts the sessions of @uid, exactly if the caller holds the user's lock. Returns 0 and
 * *ret_counts, or -errno and @err. */
int inventory_count(uid_t uid, struct inventory_counts *ret_counts, struct carrel_error *err);

/* Describes one process of a session. */
struct inventory_process {
	pid_t pid;        /* on the host */
	pid_t inside_pid; /* in the sandbox; the same as pid where there is none */
	uid_t uid;
	char name[64]; /* sanitised comm */
	uint64_t rss;  /* bytes */
	uint64_t cpu_usec;
};

/* Finds the processes of one session, by its pid namespace, or by its cgroup where it has no pid
 * namespace of its own. Returns 0 and an array, which the caller frees, or -errno and @err. */
int inventory_processes(const struct session_record *record, struct inventory_process **ret_process,
	size_t *ret_count, struct carrel_error *err);

/*
 * Removes what dead sessions of @uid, or of all users with (uid_t)-1, have left: records and empty
 * cgroups; with @dry it only looks. Calls @report (unless that is NULL) with one line for each
 * thing. Returns how many things there were, or -errno and @err.
 */
int inventory_sweep(uid_t uid, bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

/* Does as inventory_sweep() for one user whose folder @user_fd and lock the caller holds, as a
 * login does. */
int inventory_sweep_locked(int user_fd, uid_t uid, struct carrel_error *err);

struct cgroup_manager;

/* Does the same with what is known already: @inventory, which has been loaded under the lock, and
 * @manager, where that is cgroupfs. Looks for sockets without a record only if an opening was
 * @cut_short, for they lie among those of all users. */
void inventory_sweep_known(const struct inventory *inventory, struct cgroup_manager *manager,
	int user_fd, uid_t uid, bool cut_short);

#endif
