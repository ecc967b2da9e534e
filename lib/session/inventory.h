/* SPDX-License-Identifier: MIT */
/*
 * inventory.h - the sessions there are. One list answers status, ps, top, metrics, gc, doctor and
 * max_sessions.
 */
#ifndef CARREL_SESSION_INVENTORY_H
#define CARREL_SESSION_INVENTORY_H

#include "session/record.h"

#include <stdbool.h>
#include <stddef.h>

struct inventory_session {
	struct session_record record;
	bool alive; /* session-init (or, without one, the opener) lives; false: for gc */
};

struct inventory {
	struct inventory_session *session; /* in the order of their ids */
	size_t count;
};

/* Reads every record (of @uid, or of all with (uid_t)-1). Unreadable records are passed over. A
 * missing /run/carrel is an empty inventory. Needs root: 0711 folders, 0600 files. */
int inventory_load(uid_t uid, struct inventory *ret_inventory, struct carrel_error *err);
void inventory_free(struct inventory *inventory);

/* How many sessions end with that one: those in a sandbox that is shared (one, where it only
 * lingers), else 1. */
size_t inventory_logins(const struct inventory *inventory, const struct session_record *record);

/* Whether the session is to be listed: it lives, and is a login, or a sandbox without one. */
bool inventory_listed(const struct inventory *inventory, const struct inventory_session *session);

/* What there is of one user. */
struct inventory_counts {
	size_t logins;    /* that live */
	size_t rescues;   /* of these, rescue sessions (rescue.h), of which there is one at most */
	size_t sandboxes; /* that logins share, or that linger */
	size_t dead;      /* of either */
};

/* Exact only for who holds the user's lock. */
int inventory_count(uid_t uid, struct inventory_counts *ret_counts, struct carrel_error *err);

/* One process of a session. */
struct inventory_process {
	pid_t pid;        /* on the host */
	pid_t inside_pid; /* in the sandbox; the same as pid where there is none */
	uid_t uid;
	char name[64]; /* sanitised comm */
	uint64_t rss;  /* bytes */
	uint64_t cpu_usec;
};

/* The processes of one session, by pid namespace (or by cgroup where it has none of its own).
 * malloc'ed array, the caller frees it. */
int inventory_processes(const struct session_record *record, struct inventory_process **ret_process,
	size_t *ret_count, struct carrel_error *err);

/*
 * Removes what dead sessions left: records, empty carrel cgroups. @dry: only counts. Calls @report
 * (may be NULL) with one line for each thing removed. Returns how many, or -errno.
 */
int inventory_sweep(uid_t uid, bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

/* The same for one user whose folder and lock the caller holds, as a login does. */
int inventory_sweep_locked(int user_fd, uid_t uid, struct carrel_error *err);

#endif
