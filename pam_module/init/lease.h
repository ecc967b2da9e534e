/* SPDX-License-Identifier: MIT */
/*
 * lease.h - who keeps a carrel alive.
 *
 * A lease is a process that opened a session and neither died (its pidfd tells) nor gave it back (a
 * message on its socket). That the socket is closed means nothing: sshd's children inherit it.
 */
#ifndef CARREL_INIT_LEASE_H
#define CARREL_INIT_LEASE_H

#include "view/view.h"

#include <poll.h>
#include <time.h>

/* Twice as many descriptors, of the 1,024 that a process may have unless somebody says more. */
enum { LEASES_MAX = 256 };

struct lease {
	int pidfd;  /* -1: connected, but has not said yet what for */
	int socket; /* -1: closed by the other side */
	char name[PLAN_NAME_MAX];
};

/* Whose cgroup may not have been empty yet: sshd's child outlives the lease by a moment, and what
 * the login has left running by more. */
struct departed {
	char name[2 * LEASES_MAX][PLAN_NAME_MAX];
	int count;
	struct timespec since; /* the last departure */
	struct timespec tried;
};

/* How long a cgroup is expected to become empty, and how often that is looked at, milliseconds. */
enum { DEPARTURE = 2000, A_MOMENT = 100 };

struct leases {
	struct lease item[LEASES_MAX];
	struct departed departed;
	int count; /* with those that have not joined yet */
	int held;  /* those that count */
	int32_t linger_ms;
	struct timespec left; /* the last one that held */
};

/* Of the process that sent the plan. */
void leases_begin(struct leases *leases, const struct view_plan *plan, int pidfd);

/* Takes a connection to the join socket. */
void leases_accept(struct leases *leases, int listener);

/* Fills two members of @ready for each lease. Returns how many members. */
nfds_t leases_watch(const struct leases *leases, struct pollfd *ready);

/* Looks at what poll(2) found: takes those in who join, lets go who has given back or died. */
void leases_look(struct leases *leases, const struct pollfd *ready, struct view_plan *plan);

/* Removes the cgroups of the departed that are empty by now, but not too often. */
void leases_tidy(struct leases *leases, struct view_plan *plan);

/* How long until there is something to do, milliseconds; -1: till somebody comes; 0: this is the
 * end. */
int leases_patience(const struct leases *leases);

/* Closes every connection: who still waits for an answer is told that the sandbox has ended. All
 * that held a lease are departed then. */
void leases_end(struct leases *leases);

/* Waits until the cgroups of the departed can be removed, @patience milliseconds in all. */
void leases_await(struct leases *leases, struct view_plan *plan, int patience);

#endif
