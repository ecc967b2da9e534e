/* SPDX-License-Identifier: MIT */
/*
 * lease.h - the leases, which keep a carrel alive.
 *
 * A lease is held by a process that opened a session, until that process dies (its pidfd tells) or
 * gives the lease back (by a message on its socket). A closed socket means nothing: sshd's children
 * inherit it.
 */
#ifndef CARREL_INIT_LEASE_H
#define CARREL_INIT_LEASE_H

#include "view/view.h"

#include <poll.h>
#include <time.h>

/* Each lease takes two of the 1,024 descriptors that a process may have by default. */
enum { LEASES_MAX = 256 };

struct lease {
	int pidfd;  /* of its holder; -1: it has connected, but not joined yet */
	int socket; /* -1: the other side has closed it */
	char name[PLAN_NAME_MAX];
};

/* The names of logins that have ended and whose cgroups may not be empty yet: sshd's child outlives
 * the lease by a moment, and what the login has left running by more. */
struct departed {
	char name[2 * LEASES_MAX][PLAN_NAME_MAX];
	int count;
	struct timespec since; /* when the last one departed */
	struct timespec tried; /* when their cgroups were looked at last */
};

/* Milliseconds within which a cgroup is expected to become empty, and between two looks at it. */
enum { DEPARTURE = 2000, A_MOMENT = 100 };

struct leases {
	struct lease item[LEASES_MAX];
	struct departed departed;
	int count; /* all items, with those that have not joined yet */
	int held;  /* leases that keep the sandbox alive */
	int32_t linger_ms;
	struct timespec left; /* when the last lease ended */
};

/* Fills @leases with the one of the process that sent @plan, which is behind @pidfd. */
void leases_begin(struct leases *leases, const struct view_plan *plan, int pidfd);

/* Accepts a connection at the join socket @listener. */
void leases_accept(struct leases *leases, int listener);

/* Fills two members of @ready for each lease. Returns how many members it has filled. */
nfds_t leases_watch(const struct leases *leases, struct pollfd *ready);

/* Handles what poll(2) has found at @ready: takes in leases that join, and ends those that were
 * given back or whose holders have died. */
void leases_look(struct leases *leases, const struct pollfd *ready, struct view_plan *plan);

/* Removes the cgroups of the departed that are empty by now, but not too often. */
void leases_tidy(struct leases *leases, struct view_plan *plan);

/* Returns the milliseconds until there is something to do; -1 where there is nothing until somebody
 * connects; 0 when the sandbox is to end. */
int leases_patience(const struct leases *leases);

/* Closes every connection, by which those who wait for an answer learn that the sandbox has ended.
 * All logins that held a lease have departed then. */
void leases_end(struct leases *leases);

/* Removes the cgroups of all departed logins, and waits until they are empty, @patience
 * milliseconds in all. */
void leases_await(struct leases *leases, struct view_plan *plan, int patience);

#endif
