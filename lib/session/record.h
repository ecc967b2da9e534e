/* SPDX-License-Identifier: MIT */
/*
 * record.h - what carrel remembers of a session: one file a session below /run/carrel/users.
 *
 * A record is a convenience for admins, and no authority: the kernel says whether the processes
 * that it names by pid and start time are alive, and a session whose record is lost goes on.
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
	uint64_t view;    /* plan_digest() of the plan that the sandbox was made from */
	uint64_t since;   /* CLOCK_REALTIME, seconds */
	struct proc_id
		init; /* session-init in the host's pid namespace; pid 0: none (mode = host) */
	struct proc_id opener; /* the process that opened the session: sshd's monitor, login, su */
	struct cgroup_place place;
	bool rescue;            /* the session stands in place.rescue and not in place.user */
	uint64_t pid_namespace; /* inode number; 0: the host's */
	uint64_t mnt_namespace;
};

/* Makes /run/carrel and its folders where they are missing, and opens it. Returns 0 and *ret_fd,
 * which the caller closes, or -errno and @err: -EPERM where one of them is not root's or others can
 * write to it. */
int state_open(int *ret_fd, struct carrel_error *err);

/* Opens the folder of one user, and makes it where it is missing. The results are those of
 * state_open(). */
int state_open_user(int state_fd, uid_t uid, int *ret_user_fd, struct carrel_error *err);

/* Opens GUEST_RUN_DIR/UID (plan/guest.h), and makes it where it is missing. The results are those
 * of state_open(). */
int state_open_guest(int state_fd, uid_t uid, int *ret_guest_fd, struct carrel_error *err);

/* Takes the user's lock before @deadline. Returns 0 and *ret_lock_fd, which holds the lock until it
 * is closed, or -errno and @err: -ETIMEDOUT where somebody else held it all the time. */
int state_lock_user(int user_fd, deadline_t deadline, int *ret_lock_fd, struct carrel_error *err);

/* Marks the lock, which the caller holds. Returns true where the mark was there already: whoever
 * made it was killed before state_finish(), and may have left something. */
bool state_begin(int lock_fd);

/* Takes the mark of state_begin() away. */
void state_finish(int lock_fd);

/* Writes an id to @ret_id, which has @size bytes, that no session of this user has had since the
 * host started. The caller holds the user's lock. Returns 0, or -errno and @err. */
int record_new_id(int user_fd, uid_t uid, char *ret_id, size_t size, struct carrel_error *err);

/* Returns true if the record describes a sandbox that logins share, and not one of the logins. */
bool record_is_sandbox(const struct session_record *record);

/* Returns the node whose limits the session is subject to, which is another for a rescue session
 * than for the user's other sessions. The text belongs to @record. */
const char *record_node(const struct session_record *record);

/* Returns true if a file called @name in a user's folder is a record. */
bool record_is_id(const char *name);

/* Writes the record as the file record->id of the user's folder, whole or not at all. Returns 0, or
 * -errno and @err. */
int record_write(int user_fd, const struct session_record *record, struct carrel_error *err);

/* Reads the record @id. Returns 0 and *ret_record, or -errno: -EINVAL for what is no id, -EBADMSG
 * for a file that is damaged. */
int record_read(int user_fd, const char *id, struct session_record *ret_record);

/* Removes the control socket of a session-init that is dead. */
void control_remove(const char *id);

/* Removes the socket at which logins joined a sandbox whose session-init is dead. */
void join_remove(uid_t uid, const char *id);

/* Removes the record @id and the sockets of its session-init, which is dead. Returns 0, also where
 * there is no such record, or -errno. */
int record_remove(int user_fd, const char *id);

#endif
