/* SPDX-License-Identifier: MIT */
/*
 * record.h - what carrel remembers of a session: one file a session below /run/carrel/users.
 *
 * It is a convenience for admins, and no authority: whether a session lives is what the kernel says
 * of the processes named in it (pid and start time), and a lost record loses no session.
 *
 *	/run/carrel/			root's, 0711
 *	/run/carrel/users/UID/ID	one session: 0600, "key value" lines; ID is UID-NUMBER
 *	/run/carrel/users/UID/ID.join	where a shared sandbox lets root join
 *	/run/carrel/users/UID/lock	flock(2)ed while a session of that user opens or ends
 *	/run/carrel/users/UID/next	the last number given away
 *	/run/carrel/users/UID.limits	what the cgroup manager set
 *	/run/carrel/guests/UID		the user's guest: plan/guest.h
 *	/run/carrel/control/ID		session-init's socket: whoever connects asks for the end
 *					(0600, the user's, in a folder where they find their own)
 */
#ifndef CARREL_SESSION_RECORD_H
#define CARREL_SESSION_RECORD_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/proc.h"
#include "cgroup/cgroup.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STATE_DIR   "/run/carrel"
#define CONTROL_DIR STATE_DIR "/control"
#define JOIN_SOCKET "%.47s.join"

struct session_record {
	char id[48];
	char user[264];
	uid_t uid;
	char service[64];
	char tty[64];
	char rhost[264];
	char mode[16]; /* as the policy spells it */
	char share[16];
	char manager[16];
	char sandbox[48]; /* with share = user: the id of the sandbox, which has a record too */
	uint64_t view;    /* plan_digest() of what the sandbox was made from */
	uint64_t since;   /* CLOCK_REALTIME, seconds */
	struct proc_id
		init; /* session-init in the host's pid namespace; pid 0: none (mode = host) */
	struct proc_id opener; /* the process that opened the session: sshd's monitor, login, su */
	struct cgroup_place place;
	bool rescue;            /* in place.rescue and not in place.user */
	uint64_t pid_namespace; /* inode number; 0: the host's */
	uint64_t mnt_namespace;
};

/* Makes /run/carrel and its folders where they are missing and opens it. -EPERM where it is not
 * root's or others can write to it. The caller closes the descriptor, as all of those below. */
int state_open(int *ret_fd, struct carrel_error *err);

/* The folder of one user, made where it is missing. */
int state_open_user(int state_fd, uid_t uid, int *ret_user_fd, struct carrel_error *err);

/* GUEST_RUN_DIR/UID (plan/guest.h), made where it is missing. */
int state_open_guest(int state_fd, uid_t uid, int *ret_guest_fd, struct carrel_error *err);

/* Takes the user's lock, before the deadline (-ETIMEDOUT); closing the descriptor gives it back. */
int state_lock_user(int user_fd, deadline_t deadline, int *ret_lock_fd, struct carrel_error *err);

/* Marks the lock, which the caller holds, until state_finish(): true where somebody has done so
 * before and was killed amidst. */
bool state_begin(int lock_fd);
void state_finish(int lock_fd);

/* A session id that no session of this user has had since the host started; under the lock. */
int record_new_id(int user_fd, uid_t uid, char *ret_id, size_t size, struct carrel_error *err);

/* True if the record is of a sandbox that logins share, and of none of these. */
bool record_is_sandbox(const struct session_record *record);

/* The node whose limits the session is subject to: a rescue session has another than the user's
 * other sessions. Lives as long as @record. */
const char *record_node(const struct session_record *record);

/* True if @name is that of a record, and not another file of the user's folder. */
bool record_is_id(const char *name);

int record_write(int user_fd, const struct session_record *record, struct carrel_error *err);
int record_read(int user_fd, const char *id, struct session_record *ret_record);

/* The control socket of a session-init that is dead. */
void control_remove(const char *id);

/* Where logins joined a sandbox whose session-init is dead. */
void join_remove(uid_t uid, const char *id);

/* With its sockets. */
int record_remove(int user_fd, const char *id);

#endif
