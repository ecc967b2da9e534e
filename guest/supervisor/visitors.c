// SPDX-License-Identifier: MIT
/*
 * visitors.c - the two sockets of a guest.
 *
 * GUEST_CONNECT, for its user and root, sends lines ".WHAT IT IS DOING" while the guest starts,
 * and then a byte 0 with a socket to its sshd (SCM_RIGHTS), or "!WHY NOT". That is for "c"; "w"
 * gets the byte alone, and "k" what root's "console" gets. Where the next guest has been
 * asked for, "~" sends a visitor of one that stopped to that.
 *
 * GUEST_CONTROL, for root, takes a line {"do": "status" | "stop" | "console"}. The answer is
 * {"state": …}; or lines {"phase": …} and {"ended": …}; or {"console": true} and the console, or
 * "!WHY NOT"; or {"error": …}.
 */
#include "base/cleanup.h"
#include "base/rights.h"
#include "guest/folder.h"
#include "supervisor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 256, SOCKET_MODE = 0600 };

/* Sends a line without waiting; callers let those go who do not take it. */
static bool say_at_once(int fd, const char *text, size_t size)
{
	return send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

/* Does nothing where the visitor has gone. */
static void dismiss_visitor(struct guest *guest, struct visitor *visitor)
{
	way_in_end(guest, &visitor->way);
	if (visitor->fd >= 0)
		loop_forget(&guest->loop, visitor->fd);
	fd_closep(&visitor->fd);
	*visitor = VISITOR_NONE;
}

static void refuse_visitor(struct guest *guest, struct visitor *visitor, const char *why)
{
	char line[320];
	int length = snprintf(line, sizeof(line), "!%s\n", why);

	(void)say_at_once(visitor->fd, line, (size_t)length);
	dismiss_visitor(guest, visitor);
}

/* ---- a way in ---- */

static bool pass_connection(int fd, int guest_fd)
{
	return fcntl(guest_fd, F_SETFL, 0) == 0 && rights_send(fd, "", 1, guest_fd) == 0;
}

/* Returns a visitor whose connection is there, or failed, with @ret_r, or NULL. It is told once. */
static struct visitor *next_dialled(struct guest *guest, int *ret_r)
{
	for (int i = 0; i < VISITORS_MAX; i++) {
		struct visitor *visitor = &guest->visitor[i];

		if (visitor->way.dial.fd >= 0 &&
			(*ret_r = way_in_go_on(guest, &visitor->way)) != -EINPROGRESS)
			return visitor;
	}
	return NULL;
}

static void on_connected(void *data, short revents)
{
	struct guest *guest = data;
	struct visitor *visitor;
	char why[128];
	int r;

	(void)revents;
	while ((visitor = next_dialled(guest, &r))) {
		if (r == 0) {
			(void)pass_connection(visitor->fd, visitor->way.dial.fd);
			dismiss_visitor(guest, visitor);
			continue;
		}
		if (guest->stalled)
			snprintf(why, sizeof(why), "your guest is %s", guest->stall_why);
		else
			snprintf(why, sizeof(why), "no connection to the guest: %s", strerror(-r));
		refuse_visitor(guest, visitor, why);
	}
}

static void dial_for_visitor(struct guest *guest, struct visitor *visitor)
{
	int r = way_in_begin(guest, &visitor->way, on_connected);
	char why[96];

	snprintf(why, sizeof(why), "no connection to the guest: %s", strerror(-r));
	if (r == -ENOSPC)
		refuse_visitor(guest, visitor, "too many connections at once");
	else if (r < 0)
		refuse_visitor(guest, visitor, why);
}

static bool tell_phase(const struct guest *guest, int fd)
{
	char line[96];
	int length = snprintf(line, sizeof(line), ".%s\n", guest->record.phase);

	return say_at_once(fd, line, (size_t)length);
}

static void serve_visitor(struct guest *guest, struct visitor *visitor)
{
	char why[128];

	if (guest->stalled && guest->state == GUEST_READY) {
		snprintf(why, sizeof(why), "your guest is %s", guest->stall_why);
		refuse_visitor(guest, visitor, why);
	} else if (guest->state == GUEST_READY && visitor->wants == 'w') {
		(void)say_at_once(visitor->fd, "", 1);
		dismiss_visitor(guest, visitor);
	} else if (guest->state == GUEST_READY && visitor->wants == 'c')
		dial_for_visitor(guest, visitor);
	else if (guest->state == GUEST_READY)
		return; /* each connection costs the guest a process of its sshd */
	else if (guest->state != GUEST_STARTING && (!visitor->late || visitor->wants == 'c'))
		refuse_visitor(guest, visitor, "the guest is stopping");
	else if (!tell_phase(guest, visitor->fd))
		dismiss_visitor(guest, visitor);
}

/* ---- root's requests ---- */

static void tell_json(struct guest *guest, struct visitor *visitor, json_t *json)
{
	cleanup_free char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0;

	json_decref(json);
	if (!text)
		return;
	text[length] = '\n'; /* in the place of its NUL */
	if (!say_at_once(visitor->fd, text, length + 1))
		dismiss_visitor(guest, visitor);
}

static void attach_to_console(struct guest *guest, struct visitor *visitor)
{
	int fd = visitor->fd;

	if (console_has_place(&guest->console, visitor->control))
		tell_json(guest, visitor, json_pack("{s:b}", "console", true));
	else
		refuse_visitor(guest, visitor, "its console is open too many times already");
	if (visitor->fd < 0)
		return;
	loop_forget(&guest->loop, fd);
	if (console_attach(&guest->console, fd, visitor->control) == 0)
		visitor->fd = -EBADF;
	dismiss_visitor(guest, visitor);
}

static void obey_request(struct guest *guest, struct visitor *visitor, const char *line)
{
	json_t *request = json_loads(line, 0, NULL);
	const char *verb = json_string_value(json_object_get(request, "do"));

	if (verb && strcmp(verb, "status") == 0) {
		tell_json(guest, visitor,
			json_pack("{s:s, s:s}", "state", guest->record.state, "phase",
				guest->record.phase));
		dismiss_visitor(guest, visitor);
	} else if (verb && strcmp(verb, "console") == 0) {
		attach_to_console(guest, visitor);
	} else if (verb && strcmp(verb, "stop") == 0) {
		visitor->stopping = true;
		guest_stop(guest, GUEST_END_ASKED);
	} else {
		tell_json(guest, visitor, json_pack("{s:s}", "error", "there is no such request"));
		dismiss_visitor(guest, visitor);
	}
	json_decref(request);
}

static void read_request(struct guest *guest, struct visitor *visitor)
{
	size_t room = sizeof(visitor->request) - 1 - visitor->used;
	ssize_t n = recv(visitor->fd, visitor->request + visitor->used, room, MSG_DONTWAIT);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		dismiss_visitor(guest, visitor);
		return;
	}
	visitor->used += (size_t)n;
	visitor->request[visitor->used] = '\0';
	end = strchr(visitor->request, '\n');
	if (!end) {
		if (visitor->used == sizeof(visitor->request) - 1)
			dismiss_visitor(guest, visitor);
		return;
	}
	*end = '\0';
	visitor->used = 0;
	obey_request(guest, visitor, visitor->request);
}

/* ---- both ---- */

/* Reads requests from all visitors, and lets those go who have gone. */
static void on_visitor(void *data, short revents)
{
	struct guest *guest = data;

	(void)revents;
	for (int i = 0; i < VISITORS_MAX; i++) {
		struct visitor *visitor = &guest->visitor[i];
		char byte;
		ssize_t n;

		if (visitor->fd < 0)
			continue;
		if (visitor->control && !visitor->stopping) {
			read_request(guest, visitor);
			continue;
		}
		n = recv(visitor->fd, &byte, 1, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			dismiss_visitor(guest, visitor);
		if (n != 1 || visitor->wants || (byte != 'w' && byte != 'c' && byte != 'k'))
			continue;
		if (byte == 'k') {
			attach_to_console(guest, visitor);
			continue;
		}
		visitor->wants = byte;
		if (guest->state == GUEST_READY || byte == 'c')
			serve_visitor(guest, visitor);
	}
}

static struct visitor *admit_visitor(struct guest *guest, int fd, bool control)
{
	int max = control ? VISITORS_MAX : VISITORS_MAX - VISITORS_ROOT;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return NULL;
	if (peer.uid != 0 && (control || peer.uid != guest->settings->account.login.uid))
		return NULL;
	for (int i = 0; i < max; i++) {
		struct visitor *visitor = &guest->visitor[i];

		if (visitor->fd >= 0)
			continue;
		if (loop_watch(&guest->loop, fd, POLLIN, on_visitor, guest) < 0)
			return NULL;
		*visitor = (struct visitor){.fd = fd, .way = WAY_IN_NONE, .control = control};
		return visitor;
	}
	return NULL;
}

/* Says if the next guest is to be asked. systemd starts none before this one's start is over. */
static bool is_for_next(const struct guest *guest)
{
	return guest->state >= GUEST_STOPPING && guest->was_ready &&
	       (guest->next || faccessat(guest->run_fd, GUEST_NEXT, F_OK, 0) == 0);
}

static bool accept_visitor(struct guest *guest, int listener, bool control)
{
	static const char full[] = "!too many logins are waiting for this guest\n";
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct visitor *visitor;

	if (fd < 0)
		return false;
	visitor = admit_visitor(guest, fd, control);
	if (!visitor) {
		if (!control)
			(void)say_at_once(fd, full, strlen(full));
		close(fd);
	} else if (!control) {
		idle_visited(guest);
		visitor->late = is_for_next(guest);
		if (guest->state != GUEST_ENDED)
			serve_visitor(guest, visitor);
	}
	return true;
}

static void knocked_connect(void *data, short revents)
{
	struct guest *guest = data;

	(void)revents;
	accept_visitor(guest, guest->connect_fd, false);
}

static void knocked_control(void *data, short revents)
{
	struct guest *guest = data;

	(void)revents;
	accept_visitor(guest, guest->control_fd, true);
}

/* Makes a socket for @uid and root alone, which gets its name, for which others look, last. */
static int make_socket(int run_fd, uid_t guest_uid, const char *name, uid_t uid)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char new[32];

	if (fd < 0)
		return -errno;
	snprintf(new, sizeof(new), "%s.new", name);
	snprintf(address.sun_path, sizeof(address.sun_path), GUEST_RUN_DIR "/%u/%s",
		(unsigned)guest_uid, new);
	/* The mode is set on the socket: what bind(2) makes has it from the beginning. */
	if (fchmod(fd, SOCKET_MODE) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		fchmodat(run_fd, new, SOCKET_MODE, 0) < 0 ||
		fchownat(run_fd, new, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 ||
		listen(fd, BACKLOG) < 0 || renameat(run_fd, new, run_fd, name) < 0)
		return -errno;
	return fd_take(&fd);
}

int visitors_listen(struct guest *guest, struct carrel_error *err)
{
	uid_t uid = guest->settings->account.login.uid;
	int r = 0;

	guest->connect_fd = make_socket(guest->run_fd, uid, GUEST_CONNECT, uid);
	guest->control_fd = make_socket(guest->run_fd, uid, GUEST_CONTROL, 0);
	if (guest->connect_fd < 0)
		r = guest->connect_fd;
	else if (guest->control_fd < 0)
		r = guest->control_fd;
	if (r == 0)
		r = loop_watch(&guest->loop, guest->connect_fd, POLLIN, knocked_connect, guest);
	if (r == 0)
		r = loop_watch(&guest->loop, guest->control_fd, POLLIN, knocked_control, guest);
	return r < 0 ? error_set(err, r, "sockets of user %u's guest", (unsigned)uid) : 0;
}

void visitors_tell(struct guest *guest)
{
	for (int i = 0; i < VISITORS_MAX; i++) {
		struct visitor *visitor = &guest->visitor[i];

		if (visitor->fd < 0)
			continue;
		if (visitor->stopping)
			tell_json(guest, visitor, json_pack("{s:s}", "phase", guest->record.phase));
		else if (!visitor->control && (guest->state == GUEST_STARTING || visitor->late) &&
			 !tell_phase(guest, visitor->fd))
			dismiss_visitor(guest, visitor);
	}
}

void visitors_serve(struct guest *guest)
{
	for (int i = 0; i < VISITORS_MAX; i++)
		if (guest->visitor[i].fd >= 0 && !guest->visitor[i].control &&
			guest->visitor[i].way.dial.fd < 0)
			serve_visitor(guest, &guest->visitor[i]);
}

void visitors_dismiss(struct guest *guest)
{
	while (guest->connect_fd >= 0 && accept_visitor(guest, guest->connect_fd, false))
		;
	for (int i = 0; i < VISITORS_MAX; i++) {
		struct visitor *visitor = &guest->visitor[i];

		if (visitor->fd < 0)
			continue;
		if (visitor->stopping)
			tell_json(guest, visitor,
				json_pack("{s:s}", "ended", guest_ended_how(guest)));
		if (visitor->late)
			(void)say_at_once(visitor->fd, "~", 1);
		else if (visitor->fd >= 0 && !visitor->control)
			refuse_visitor(guest, visitor, guest_ended_how(guest));
		dismiss_visitor(guest, visitor);
	}
	fd_closep(&guest->connect_fd);
	fd_closep(&guest->control_fd);
}
