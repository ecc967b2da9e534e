// SPDX-License-Identifier: MIT
#include "session/stranded.h"
#include "base/cleanup.h"
#include "base/tcp_table.h"
#include "plan/plan.h"
#include "session/ending.h"
#include "session/inventory.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

enum {
	PATIENCE_USEC = 2000000, /* for sshd to see the end by itself; for killed processes to go */
	END_USEC = 5000000,      /* for all that runs in one session */
	PORTS = 65536,
};

/* A login whose connection has ended; @monitor is a pidfd of the process that opened it. */
struct stranded {
	const struct session_record *record;
	int monitor;
};

struct ports {
	bool listened[PORTS];
};

static void inventory_freep(struct inventory *inventory)
{
	inventory_free(inventory);
}

/* Notes the ports on which root listens, as sshd does, or systemd for it. Other users' ports do not
 * count: anybody may listen on the port to which a library of the monitor's has connected. */
static bool note_port(void *data, const struct tcp_socket *socket)
{
	struct ports *ports = data;

	if (socket->state == TCP_LISTEN && socket->uid == 0 && socket->local_port < PORTS)
		ports->listened[socket->local_port] = true;
	return false;
}

static int local_port(const struct sockaddr_storage *address)
{
	switch (address->ss_family) {
	case AF_INET:
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	case AF_INET6:
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	default:
		return -EAFNOSUPPORT;
	}
}

enum connection {
	CONNECTION_NONE, /* no accepted TCP socket: one to an LDAP server, say, or a pipe */
	CONNECTION_OPEN,
	CONNECTION_ENDED, /* by the other side, or because it does not answer any more */
};

static enum connection judge_socket(int fd, const struct ports *ports)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address), size = sizeof(struct tcp_info);
	struct tcp_info info = {0};
	int port;

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return CONNECTION_NONE;
	port = local_port(&address);
	if (port <= 0 || !ports->listened[port] ||
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return CONNECTION_NONE;
	switch (info.tcpi_state) {
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
	case TCP_CLOSING:
	case TCP_TIME_WAIT:
	case TCP_CLOSE:
		return CONNECTION_ENDED;
	default:
		return CONNECTION_OPEN;
	}
}

/* Judges the connection, which the monitor holds as well as the user's process. */
static enum connection judge_monitor(int monitor, pid_t pid, const struct ports *ports)
{
	enum connection found = CONNECTION_NONE;
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && found != CONNECTION_OPEN && (entry = readdir(dir))) {
		char target[16] = "";
		cleanup_close int fd = -EBADF;

		/* Only sockets are asked for: a file might be one of a user's. */
		if (readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1) < 0 ||
			strncmp(target, "socket:[", strlen("socket:[")) != 0)
			continue;
		fd = pidfd_getfd(monitor, (int)strtol(entry->d_name, NULL, 10), 0);
		if (fd >= 0) {
			enum connection one = judge_socket(fd, ports);

			found = one == CONNECTION_NONE ? found : one;
		}
	}
	return found;
}

/* Returns whether the process ends before the deadline. */
static bool has_ended(int pidfd, deadline_t deadline)
{
	struct pollfd gone = {.fd = pidfd, .events = POLLIN};
	int n;

	do
		n = poll(&gone, 1, deadline_left_ms(deadline));
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static void give_back(struct stranded *stranded, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fd_closep(&stranded[i].monitor);
}

/* Finds the logins whose connection has ended. @stranded has room for all of @inventory. */
static size_t find_stranded(
	const struct inventory *inventory, const struct ports *ports, struct stranded *stranded)
{
	size_t count = 0;

	for (size_t i = 0; i < inventory->count; i++) {
		const struct session_record *record = &inventory->session[i].record;
		cleanup_close int monitor = -EBADF;

		if (!inventory->session[i].alive || !plan_is_sshd(record->service))
			continue;
		monitor = proc_open(&record->opener);
		if (monitor >= 0 &&
			judge_monitor(monitor, record->opener.pid, ports) == CONNECTION_ENDED)
			stranded[count++] =
				(struct stranded){.record = record, .monitor = fd_take(&monitor)};
	}
	return count;
}

/* Keeps the logins that do not end by themselves. A login does where its sshd reads that the
 * connection has ended. */
static size_t leave_the_ending(struct stranded *stranded, size_t count)
{
	deadline_t deadline = deadline_in(PATIENCE_USEC);
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (has_ended(stranded[i].monitor, deadline))
			fd_closep(&stranded[i].monitor);
		else
			stranded[left++] = stranded[i];
	}
	return left;
}

static bool is_child(pid_t pid, pid_t parent)
{
	pid_t its = 0;

	return proc_parent(pid, &its) == 0 && its == parent;
}

/* Kills the children of the monitors, which are the users' processes that they wait for. */
static void kill_children(const struct stranded *stranded, size_t count)
{
	cleanup_closedir DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		for (size_t i = 0; pid > 0 && i < count; i++) {
			pid_t monitor = stranded[i].record->opener.pid;
			cleanup_close int pidfd = -EBADF;

			if (!is_child(pid, monitor))
				continue;
			pidfd = pidfd_open(pid, 0);
			/* The monitor's number is no other process's as long as the monitor
			 * lives. */
			if (pidfd >= 0 && is_child(pid, monitor) &&
				!has_ended(stranded[i].monitor, deadline_in(0)))
				pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		}
	}
}

static void report_one(const struct stranded *stranded, const char *what,
	void (*report)(void *data, const char *line), void *data)
{
	char line[512];

	snprintf(line, sizeof(line), "session %s of user %s: its connection has ended%s",
		stranded->record->id, stranded->record->user, what);
	report(data, line);
}

/* Ends all that runs in the session. A process that waits for a file system served in the same
 * session is let go when that ends. */
static void end_one(const struct inventory *inventory, const struct stranded *stranded,
	void (*report)(void *data, const char *line), void *data)
{
	if (inventory_logins(inventory, stranded->record) > 1)
		return report_one(stranded,
			", and it cannot be ended without the user's other logins", report, data);
	if (session_end(stranded->record, deadline_in(END_USEC), NULL) < 0 &&
		!has_ended(stranded->monitor, deadline_in(PATIENCE_USEC)))
		return report_one(stranded, ", and it does not end", report, data);
	report_one(stranded, ": ended", report, data);
}

static void end_all(const struct inventory *inventory, struct stranded *stranded, size_t count,
	void (*report)(void *data, const char *line), void *data)
{
	deadline_t deadline;

	kill_children(stranded, count);
	deadline = deadline_in(PATIENCE_USEC);
	for (size_t i = 0; i < count; i++) {
		if (has_ended(stranded[i].monitor, deadline))
			report_one(&stranded[i], ": ended", report, data);
		else
			end_one(inventory, &stranded[i], report, data);
	}
}

int stranded_end(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err)
{
	cleanup(inventory_freep) struct inventory inventory = {0};
	cleanup_free struct ports *ports = calloc(1, sizeof(*ports));
	cleanup_free struct stranded *stranded = NULL;
	size_t count;
	int r = inventory_load((uid_t)-1, &inventory, err);

	if (r < 0)
		return r;
	stranded = calloc(inventory.count + 1, sizeof(*stranded));
	if (!ports || !stranded)
		return error_set(err, -ENOMEM, "logins whose connection has ended");
	r = tcp_table_find("/proc/self/net/tcp", note_port, ports);
	if (r == 0)
		r = tcp_table_find("/proc/self/net/tcp6", note_port, ports);
	if (r < 0)
		return error_set(err, r, "/proc/self/net/tcp");
	count = find_stranded(&inventory, ports, stranded);
	if (!dry)
		count = leave_the_ending(stranded, count);
	if (dry)
		for (size_t i = 0; i < count; i++)
			report_one(&stranded[i], "", report, data);
	else
		end_all(&inventory, stranded, count, report, data);
	give_back(stranded, count);
	return (int)count;
}
