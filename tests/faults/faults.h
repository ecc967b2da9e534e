/* SPDX-License-Identifier: MIT */
/*
 * faults.h - real logins in which one thing goes wrong: the program's parts.
 *
 * One process forks a login for each line that it reads, follows it and all that it starts with
 * ptrace(2), and lets one system call fail, or kills one of them there. The module and session-init
 * are those that are shipped, or their builds with sanitizers: neither knows of this.
 */
#ifndef CARREL_FAULTS_FAULTS_H
#define CARREL_FAULTS_FAULTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Who makes a system call. The helper stands between the opener and session-init; guest-forward is
 * a child of session-init. */
enum role { ROLE_OPENER, ROLE_HELPER, ROLE_INIT, ROLE_FORWARD, ROLE_PAYLOAD, ROLE_COUNT };

/* Where the opener stands; of all the others calls are counted from their first to their last. */
enum phase { PHASE_START, PHASE_OPEN, PHASE_IDLE, PHASE_CLOSE, PHASE_END, PHASE_COUNT };

extern const char *const role_names[ROLE_COUNT];
extern const char *const phase_names[PHASE_COUNT];

/* The system call that a login tells its tracer by where it stands: fails and does nothing. */
enum { MARK = 0x0ca77e1 };

enum action {
	ACTION_NONE,
	ACTION_ERROR, /* the call is not made and fails */
	ACTION_LATE,  /* the call is made and says that it failed, as close(2) may */
	ACTION_KILL,  /* SIGKILL for @victim just before the call */
	ACTION_STOP,  /* who makes the call never goes on, as if stopped, until it is killed */
	ACTION_STARVE /* allocation number @index of the phase fails */
};

struct fault {
	enum action action;
	enum role role;
	enum phase phase;
	long index; /* of the call, from 1 */
	int error;
	enum role victim;
};

enum { WATCHED_MAX = 8, WATCHED_PATH = 128 };

/* Files of the host that are read whenever a session has been opened: the user's limits. */
struct watched {
	int count;
	char path[WATCHED_MAX][WATCHED_PATH];
};

struct run {
	const struct watched *watched;
	char user[64];
	struct fault fault;
	bool trace;
	pid_t sandbox; /* session-init of the one that is joined, followed as well; 0: none */
	int limited;   /* a resource of setrlimit(2), for as long as the session is being opened; or
			  -1 */
	unsigned long limit;
};

/* ---- login.c: what the opener does ---- */

/* Runs a whole login and exits. @out takes lines; @traced: it has a tracer to tell. */
void login_run(const char *service, const struct run *run, int out, bool traced);
/* Opens a session and keeps it until @until ends. */
void login_hold(const char *service, const char *user, int out, int until);
/* Makes the C library and libpam load what they load once. */
void login_warm_up(const char *service, const char *user);

/* ---- starve.c: allocations that fail ---- */

/* From now on allocation number @index fails; 0: none, they are counted alone. */
void starve_begin(long index);
/* How many allocations there were since. */
long starve_end(void);

/* ---- seize.c ---- */

/* Begins to follow @pid, which is none of ours, and stops it. False where it has ended. */
bool seize_begin(pid_t pid);
/* Lets it go on alone. */
void seize_end(pid_t pid);
/* The next news of any tracee: as waitpid(2), but 0 once @pid, all that is left, has had none for a
 * while. */
pid_t seize_wait(bool last, int *ret_status);

/* ---- trace.c ---- */

/* Follows @opener, which has asked for it, and its offspring to their end; tells on stdout. */
void trace_run(pid_t opener, const struct run *run);

#endif
