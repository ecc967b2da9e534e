// SPDX-License-Identifier: MIT
#include "lease.h"
#include "base/rights.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void drop_lease(struct leases *leases, int index)
{
	struct lease *lease = &leases->item[index];

	if (lease->pidfd >= 0 && --leases->held == 0)
		clock_gettime(CLOCK_MONOTONIC, &leases->left);
	close_fd(&lease->pidfd);
	close_fd(&lease->socket);
	*lease = leases->item[--leases->count];
}

void leases_begin(struct leases *leases, const struct view_plan *plan, int pidfd)
{
	struct lease *first = &leases->item[0];

	*first = (struct lease){.pidfd = pidfd, .socket = VIEW_SOCKET};
	strncpy(first->name, plan->name, sizeof(first->name) - 1);
	leases->count = leases->held = 1;
	leases->linger_ms = plan->linger_ms;
}

void leases_accept(struct leases *leases, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (leases->count == LEASES_MAX) {
		const struct plan_answer full = {.version = PLAN_JOIN_VERSION, .error = EUSERS};

		send(fd, &full, sizeof(full), MSG_NOSIGNAL);
		close(fd);
		return;
	}
	leases->item[leases->count++] = (struct lease){.pidfd = -1, .socket = fd};
}

nfds_t leases_watch(const struct leases *leases, struct pollfd *ready)
{
	nfds_t n = 0;

	for (int i = 0; i < leases->count; i++) {
		ready[n++] = (struct pollfd){.fd = leases->item[i].pidfd, .events = POLLIN};
		ready[n++] = (struct pollfd){.fd = leases->item[i].socket, .events = POLLIN};
	}
	return n;
}

static bool join_ok(const struct plan_join *join, ssize_t size, int pidfd)
{
	return size == sizeof(*join) && join->version == PLAN_JOIN_VERSION && pidfd >= 0 &&
	       join->name[0] != '\0' && join->name[0] != '.' &&
	       memchr(join->name, '\0', sizeof(join->name)) && !strchr(join->name, '/');
}

/* Reads the message of a login that joins. Only root can connect. The lease holds before the answer
 * goes out. Returns false where it becomes no lease. */
static bool take_join(struct leases *leases, struct lease *lease)
{
	struct plan_answer answer = {.version = PLAN_JOIN_VERSION, .op = PLAN_OP_NONE};
	struct plan_join message;
	int pidfd = -1;
	ssize_t n = rights_receive(lease->socket, &message, sizeof(message), &pidfd);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		close_fd(&pidfd);
		return false;
	}
	if (!join_ok(&message, n, pidfd)) {
		answer.error = EPROTO;
		send(lease->socket, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
		close_fd(&pidfd);
		return false;
	}
	lease->pidfd = pidfd;
	memcpy(lease->name, message.name, sizeof(lease->name));
	leases->held++;
	leases->linger_ms = message.linger_ms;
	return send(lease->socket, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       sizeof(answer);
}

/* Returns false once the lease has been given back. */
static bool lease_holds(struct lease *lease)
{
	char message = 0;
	ssize_t n = recv(lease->socket, &message, 1, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&lease->socket);
	return n != 1 || message != PLAN_MESSAGE_RELEASE;
}

static void note_departure(struct departed *departed, const char *name)
{
	enum { ROOM = sizeof(departed->name) / sizeof(departed->name[0]) };

	/* The oldest name is dropped. Its cgroup goes when everything does. */
	if (departed->count == ROOM)
		memmove(departed->name[0], departed->name[1],
			sizeof(departed->name[0]) * (size_t)--departed->count);
	memcpy(departed->name[departed->count++], name, PLAN_NAME_MAX);
	clock_gettime(CLOCK_MONOTONIC, &departed->since);
}

static bool may_become_empty(const struct departed *departed)
{
	return departed->count > 0 && view_milliseconds_since(&departed->since) < DEPARTURE;
}

void leases_tidy(struct leases *leases, struct view_plan *plan)
{
	struct departed *departed = &leases->departed;

	if (!may_become_empty(departed) || view_milliseconds_since(&departed->tried) < A_MOMENT)
		return;
	clock_gettime(CLOCK_MONOTONIC, &departed->tried);
	for (int i = departed->count - 1; i >= 0; i--)
		if (view_plan_tidy(plan, departed->name[i], 0))
			memcpy(departed->name[i], departed->name[--departed->count], PLAN_NAME_MAX);
}

int leases_patience(const struct leases *leases)
{
	int wait = may_become_empty(&leases->departed) ? A_MOMENT : -1;
	int64_t left;

	if (leases->held > 0 || leases->linger_ms == PLAN_LINGER_FOREVER)
		return wait;
	left = leases->linger_ms - view_milliseconds_since(&leases->left);
	/* A login that has connected is about to say that it joins. */
	if (left <= 0)
		return leases->count > 0 ? -1 : 0;
	return wait > 0 && wait < left ? wait : (int)left;
}

void leases_look(struct leases *leases, const struct pollfd *ready, struct view_plan *plan)
{
	/* This goes from the last to the first, since dropping a lease puts the last in its
	 * place. */
	for (int i = leases->count - 1; i >= 0; i--) {
		struct lease *lease = &leases->item[i];
		bool dead = ready[2 * i].revents != 0;
		bool spoken = ready[2 * i + 1].revents != 0;
		bool stays = true;

		if (spoken)
			stays = lease->pidfd >= 0 ? lease_holds(lease) : take_join(leases, lease);
		/* The holder has not given the lease back, so nobody else removes its record. */
		if (stays && dead)
			view_plan_lost(plan, lease->name);
		if (stays && !dead)
			continue;
		if (lease->pidfd >= 0)
			note_departure(&leases->departed, lease->name);
		drop_lease(leases, i);
	}
}

void leases_end(struct leases *leases)
{
	while (leases->count > 0) {
		int last = leases->count - 1;

		if (leases->item[last].pidfd >= 0)
			note_departure(&leases->departed, leases->item[last].name);
		drop_lease(leases, last);
	}
}

void leases_await(struct leases *leases, struct view_plan *plan, int patience)
{
	const struct departed *departed = &leases->departed;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < departed->count; i++)
		view_plan_tidy(
			plan, departed->name[i], patience - (int)view_milliseconds_since(&start));
}
