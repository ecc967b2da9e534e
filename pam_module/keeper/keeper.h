/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - the parts of the keeper, a small root process for each confined user who has a limit
 * that can be reached.
 *
 * It decides nothing about a session's life: session-init holds the leases, and nothing is lost
 * when a keeper dies. It stands outside of the user's cgroup, holds four capabilities, and ends
 * with the user's cgroup.
 */
#ifndef CARREL_KEEPER_KEEPER_H
#define CARREL_KEEPER_KEEPER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Describes a process of the user's cgroup, as it was last seen. */
struct seen {
	pid_t pid;
	bool scored;  /* it has its score, and the rest need not be read again */
	bool read;    /* the members that follow have been read */
	pid_t inside; /* its pid in the carrel; the same as @pid where it is in none */
	pid_t parent;
	uid_t uid;
	int tty;   /* device number of its terminal, 0: none */
	bool qemu; /* its name is QEMU's, which any process may take */
};

struct seen_list {
	struct seen *item; /* sorted by pid: a user may have a hundred thousand */
	size_t count, room;
};

struct keeper {
	uid_t uid;
	char node[256]; /* the user's cgroup, "/user.slice/user-1001.slice" */
	int node_fd;    /* O_PATH of it */
	int state_fd;   /* /run/carrel/users/UID */
	struct seen_list seen;
	bool guest;   /* there was one when scores were set last */
	int end_lock; /* the user's lock, held from the decision to end until the end */
};

/* ---- caps.c ---- */

/* Keeps CAP_DAC_OVERRIDE (for others' terminals and scores), CAP_SYS_RESOURCE (for scores below
 * zero), CAP_SYSLOG (to read who was killed) and CAP_KILL (which session-init has, whose view it
 * looks into: ptrace(2), PTRACE_MODE_READ), and gives up all others, in the bounding set too.
 * Returns 0 or -errno. */
int keeper_drop_capabilities(void);

/* ---- node.c ---- */

/* Finds the user's cgroup by the record of any session that lives, and opens it. Returns 0 or
 * -errno, -ENOENT where there is no such session. */
int keeper_find_node(struct keeper *keeper);

/* Returns the number behind "KEY " in the open flat-keyed file @fd; -1 where there is none. */
int64_t keeper_read_event(int fd, const char *key);

/* ---- seen.c ---- */

/* Lists the processes of the user's cgroup. Unless @anew, what is known of a process that has its
 * score is kept; all others have to be read. Returns 0 or -errno. */
int keeper_list(struct keeper *keeper, bool anew);

/* Reads the members of @seen. Returns the process's folder in /proc, which belongs to this process
 * and to no later one of the same number, and which the caller closes; or -errno where it has
 * ended.
 */
int keeper_read(struct seen *seen);

/* Tells where the process with the folder @proc in /proc is now: since the processes were listed,
 * its number may have become another's. KEEPER_GUEST is the guest's cgroup, which holds QEMU and
 * its supervisor, and which no user can enter. */
enum keeper_place { KEEPER_OUTSIDE, KEEPER_MEMBER, KEEPER_GUEST };
enum keeper_place keeper_place_of(const struct keeper *keeper, int proc);

/* Returns whether the user's guest has a cgroup, as it has while it runs. */
bool keeper_has_guest(const struct keeper *keeper);

/* Returns the index one past the newest process of the list. Pids above the one that was allocated
 * last date from before a wrap-around, so those processes are the oldest. */
size_t keeper_newest(const struct keeper *keeper);

/* Lists the processes, and reads those that have not been read. Returns 0 or -errno. */
int keeper_look(struct keeper *keeper);

/* Returns the listed process @pid, and reads it if need be; NULL where it is not listed, or has
 * ended. It belongs to the list. */
const struct seen *keeper_find(struct keeper *keeper, pid_t pid);

/* ---- scores.c ---- */

/*
 * Sets the oom_score_adj of all processes, or, unless @anew, of those that have none yet, so that
 * the kernel kills the right one when the user's memory is used up. It never kills what keeps the
 * login (session-init, sshd's monitor), kills the login's first processes last and the user's
 * guest, the larger first, just before them, and of all others the newest first. Without
 * scores the memory of a memfd or a tmpfs, which belongs to no process, would have sshd killed, as
 * the largest process left.
 */
void keeper_set_scores(struct keeper *keeper, bool anew);

/* ---- kills.c ---- */

struct oom_kill {
	char name[16]; /* comm */
	pid_t pid;
};

/* Opens the kernel's log, to read what it says from now on. Returns a descriptor or -errno. */
int kills_open(void);

/* Reads in the log @kmsg which process was killed next because memory.max of @node was reached.
 * Returns 1 and *ret_kill, or 0 where there is none (any more). *ret_forks is how many forks were
 * refused meanwhile, for kernels whose pids.events does not count them. */
int kills_next(int kmsg, const char *node, struct oom_kill *ret_kill, unsigned *ret_forks);

/* ---- notice.c ---- */

/* Writes @line to each terminal of the user's that a process in their cgroup has. It never waits,
 * takes no terminal for its own, and writes to none that is not the user's. */
void keeper_tell(const struct keeper *keeper, const char *line);

#endif
