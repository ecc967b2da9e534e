/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - the parts of the keeper: one small root process a confined user, while a limit of
 * theirs can be reached.
 *
 * It decides nothing about a session's life: session-init holds the leases, and a keeper that dies
 * loses nothing. It stands outside of the user's cgroup, holds four capabilities, and ends with
 * the user's cgroup.
 */
#ifndef CARREL_KEEPER_KEEPER_H
#define CARREL_KEEPER_KEEPER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process of the user's cgroup, as it was last seen. */
struct seen {
	pid_t pid;
	bool scored;  /* the kernel has been told, and the rest need not be read again */
	bool read;    /* the rest is there: */
	pid_t inside; /* its number in the carrel; pid where it is in none */
	pid_t parent;
	uid_t uid;
	int tty;   /* device number of its terminal, 0: none */
	bool qemu; /* is called so, as anybody may call themselves */
};

struct seen_list {
	struct seen *item; /* by their numbers: a user may have a hundred thousand */
	size_t count, room;
};

struct keeper {
	uid_t uid;
	char node[256]; /* the user's cgroup, "/user.slice/user-1001.slice" */
	int node_fd;    /* O_PATH of it */
	int state_fd;   /* /run/carrel/users/UID */
	struct seen_list seen;
	int end_lock; /* the user's, kept from the decision to end until the end */
};

/* ---- caps.c ---- */

/* Keeps CAP_DAC_OVERRIDE (others' terminals and scores), CAP_SYS_RESOURCE (scores below zero),
 * CAP_SYSLOG (who was killed) and CAP_KILL (to see what session-init sees, which has it: ptrace(2),
 * PTRACE_MODE_READ), gives up all others, in the bounding set too. 0 or -errno. */
int keeper_drop_capabilities(void);

/* ---- node.c ---- */

/* Opens the user's cgroup, by the record of any session that lives. 0 or -errno; -ENOENT: there is
 * none. */
int keeper_find_node(struct keeper *keeper);

/* The number behind "KEY " in a flat-keyed file that is open; -1: there is none. */
int64_t keeper_read_event(int fd, const char *key);

/* ---- seen.c ---- */

/* Lists the processes of the user's cgroup. What is known of one that has its score stays known,
 * unless @anew; the others are unread. 0 or -errno. */
int keeper_list(struct keeper *keeper, bool anew);

/* What there is to know of one. Its folder in /proc, by which it is this process and no later one
 * of the same number, or -errno: it has ended. */
int keeper_read(struct seen *seen);

/* Where the process with that folder in /proc is now: since they were listed, its number may have
 * become another's. In the guest's cgroup are QEMU and what supervises it, and no user can enter
 * it. */
enum keeper_place { KEEPER_OUTSIDE, KEEPER_MEMBER, KEEPER_GUEST };
enum keeper_place keeper_place_of(const struct keeper *keeper, int proc);

/* The end of the list's part whose last was started last of all; behind it, where numbers have
 * begun anew, are the oldest. */
size_t keeper_newest(const struct keeper *keeper);

/* Lists them, and reads those that are unread. 0 or -errno. */
int keeper_look(struct keeper *keeper);

/* One that is listed, read if need be. NULL: there is none, or it has ended. */
const struct seen *keeper_find(struct keeper *keeper, pid_t pid);

/* ---- scores.c ---- */

/*
 * Says by oom_score_adj whom the kernel is to kill when the user's memory is used up: not what
 * keeps the login (session-init, sshd's monitor), its first processes last, the user's guest just
 * before them, whose memory is bounded, and of the others the newest first. Without it the memory
 * of a memfd or a tmpfs, which belongs to no process, has sshd killed: the largest left. To all,
 * or, but for @anew, to those that have no score yet.
 */
void keeper_set_scores(struct keeper *keeper, bool anew);

/* ---- kills.c ---- */

struct oom_kill {
	char name[16]; /* comm */
	pid_t pid;
};

/* The kernel's log from here on; a descriptor or -errno. */
int kills_open(void);

/* The next process that was killed because memory.max of @node was reached: 1; 0 where there is
 * none (more). *ret_forks counts forks refused meanwhile, on kernels whose pids.events does not. */
int kills_next(int kmsg, const char *node, struct oom_kill *ret_kill, unsigned *ret_forks);

/* ---- notice.c ---- */

/* Writes one line to each terminal of the user's that a process in their cgroup has. Never waits,
 * takes none for its own, and writes to none that is not the user's. */
void keeper_tell(const struct keeper *keeper, const char *line);

#endif
