// SPDX-License-Identifier: MIT
/*
 * start.c - carrel guest start and restart: waits until users can log in.
 *
 * With systemd the guest's unit is started, which polkit allows to members of carrel-admin too.
 * Elsewhere root starts guest-launch, which becomes a process of its own.
 */
#include "base/cleanup.h"
#include "base/machine.h"
#include "cgroup/systemd/bus.h"
#include "cgroup/systemd/unit.h"
#include "guest/hold.h"
#include "guest/progress.h"
#include "plan/guest.h"
#include "verbs.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	TICK_MS = 200,
	BUS_USEC = 30 * USEC,
	REST_USEC = 15 * USEC,
	/* The supervisor has limits of its own, which end before. */
	START_USEC = 1200 * USEC,
};

static int start_done(struct progress *progress, const struct account *account)
{
	struct guest_view view;

	progress_clear(progress);
	/* It is ready, whether or not it can be looked at. */
	(void)guest_view(account->login.uid, account->name, &view, NULL);
	printf("The guest of %s is ready after %.0f s%s.\n", account->name,
		progress_seconds(progress),
		strcmp(view.record.accel, "tcg") == 0 ? ", emulated: expect it to be slow" : "");
	if (view.record.note[0])
		command_error(
			COMMAND_DONE, "guest of user %s: %s", account->name, view.record.note);
	return COMMAND_DONE;
}

static void show_phase(struct progress *progress, const char *phase)
{
	if (phase[0] && strcmp(phase, "ready") != 0 && strcmp(progress->text, phase) != 0)
		progress_step(progress, "%s", phase);
	else
		progress_note(progress, NULL);
}

static int refuse_second_start(const struct account *account)
{
	return command_error(COMMAND_REFUSED,
		"guest of user %s: it runs already, or is just being started", account->name);
}

/* ---- by systemd ---- */

static int report_denied_start(const struct account *account, int r, const struct carrel_error *err)
{
	if (r == -EACCES || r == -EPERM)
		return guest_refuse_control(account);
	return command_failed(err);
}

/* systemd may have forgotten a unit that has failed (CollectMode=): what guest-launch has written
 * down stays until the next start. */
static int unit_failed(const struct account *account, const struct systemd_unit *unit)
{
	const char *why = unit->status;
	int code = unit->exit_code;
	struct guest_view view;

	if (!why[0] && guest_view(account->login.uid, account->name, &view, NULL) == 0 &&
		view.known && !view.alive) {
		why = view.record.why;
		code = (int)view.record.exit_code;
	}
	return command_error(
		code == COMMAND_INVALID || code == COMMAND_REFUSED ? code : COMMAND_FAILED, "%s",
		why[0] ? why : "the guest could not be started; see its journal");
}

static int await_unit_start(sd_bus *bus, const struct account *account, struct progress *progress)
{
	deadline_t deadline = deadline_in(START_USEC);
	struct systemd_unit unit = {0};
	struct carrel_error err = {0};

	while (deadline_left_usec(deadline) > 0) {
		int r = systemd_guest_look(
			bus, account->login.uid, deadline_in(BUS_USEC), &unit, &err);

		if (r < 0) {
			progress_clear(progress);
			return command_failed(&err);
		}
		if (unit.job == 0 && strcmp(unit.active, "active") == 0)
			return start_done(progress, account);
		if (unit.job == 0 && strcmp(unit.active, "activating") != 0) {
			progress_clear(progress);
			return unit_failed(account, &unit);
		}
		show_phase(progress, unit.status);
		poll(NULL, 0, TICK_MS);
	}
	progress_clear(progress);
	return command_error(COMMAND_FAILED, "guest of user %s: not ready in time", account->name);
}

/* Also by somebody whose start is about to be done: the same job would be given to both. */
static bool is_started(const struct systemd_unit *unit)
{
	bool ended = strcmp(unit->active, "inactive") == 0 || strcmp(unit->active, "failed") == 0;

	return ended ? unit->job != 0 : strcmp(unit->active, "deactivating") != 0;
}

/* Whoever is told that the guest has ended may hear it before systemd does: until its main process
 * @pid is no more. What is there then, a login has asked for, and it is as good as ours. */
static int await_rest(sd_bus *bus, uid_t uid, pid_t pid, struct carrel_error *err)
{
	deadline_t deadline = deadline_in(REST_USEC);
	struct systemd_unit unit = {0};
	int r;

	while ((r = systemd_guest_look(bus, uid, deadline_in(BUS_USEC), &unit, err)) == 0 &&
		is_started(&unit) && unit.pid == (uint32_t)pid && deadline_left_usec(deadline) > 0)
		poll(NULL, 0, TICK_MS);
	return r;
}

/* @stopped: the supervisor of a guest that has just been stopped, 0: there was none. */
static int start_unit(const struct account *account, pid_t stopped, struct progress *progress)
{
	struct systemd_unit unit = {0};
	struct carrel_error err = {0};
	sd_bus *bus = NULL;
	int code = COMMAND_FAILED, r;

	/* Not root's own socket: there nobody else is heard. */
	r = geteuid() == 0 ? systemd_bus_open(deadline_in(BUS_USEC), &bus, &err)
			   : libsystemd_load(&err);
	if (r == 0 && !bus) {
		r = systemd_bus_connect(SYSTEM_BUS_SOCKET, true, deadline_in(BUS_USEC), &bus);
		if (r < 0)
			error_set(&err, r, "the system bus");
	}
	if (r == 0)
		r = stopped ? await_rest(bus, account->login.uid, stopped, &err)
			    : systemd_guest_look(
				      bus, account->login.uid, deadline_in(BUS_USEC), &unit, &err);
	if (r == 0 && !stopped && is_started(&unit)) {
		systemd_bus_close(bus);
		return refuse_second_start(account);
	}
	if (r == 0)
		r = systemd_guest_ask(
			bus, "StartUnit", account->login.uid, deadline_in(BUS_USEC), &err);
	code = r < 0 ? report_denied_start(account, r, &err)
		     : await_unit_start(bus, account, progress);
	systemd_bus_close(bus);
	return code;
}

/* ---- by root ---- */

/* A socket that sd_notify(3) finds by @name, an abstract one. */
static int listen_for_news(char *name, size_t size)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof(address);
	int yes = 1;

	/* The kernel chooses one that nobody has (unix(7), autobind). */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(sa_family_t)) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;
	snprintf(name, size, "NOTIFY_SOCKET=@%.*s",
		(int)(length - offsetof(struct sockaddr_un, sun_path) - 1), address.sun_path + 1);
	return fd_take(&fd);
}

static int run_launcher(const struct account *account, char *notify, int errors, pid_t *ret_pid)
{
	char number[16];
	char *const argv[] = {(char *)GUEST_LAUNCH, number, NULL};
	char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", notify, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&actions);

	snprintf(number, sizeof(number), "%u", (unsigned)account->login.uid);
	if (r != 0 || (r = posix_spawnattr_init(&attributes)) != 0)
		return -r;
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, errors, 2);
	r = posix_spawn(ret_pid, GUEST_LAUNCH, &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

/* Only what guest-launch sends counts: anybody finds the socket. */
static ssize_t receive_news(int news, pid_t pid, char *text, size_t size)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = {.iov_base = text, .iov_len = size};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(news, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *item = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	struct ucred sender = {0};

	if (!item || item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_CREDENTIALS)
		return 0;
	memcpy(&sender, CMSG_DATA(item), sizeof(sender));
	return sender.pid == pid ? n : 0;
}

/* True once it says that it is ready. */
static bool hear_news(int news, pid_t pid, struct progress *progress)
{
	char text[4096];
	ssize_t n = receive_news(news, pid, text, sizeof(text) - 1);
	char *rest = text, *line;
	bool ready = false;

	if (n <= 0)
		return false;
	text[n] = '\0';
	if (strstr(text, "\nERRNO=")) /* why it fails: the last word on stderr, too */
		return false;
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "STATUS=", strlen("STATUS=")) == 0)
			show_phase(progress, line + strlen("STATUS="));
		ready |= strcmp(line, "READY=1") == 0;
	}
	return ready;
}

/* It has ended before it was ready: with what it said on stderr. */
static int launch_failed(pid_t pid, int errors, struct progress *progress)
{
	char text[2 * CARREL_ERROR_TEXT_MAX];
	ssize_t n = read(errors, text, sizeof(text) - 1);
	const char *why = text;
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	progress_clear(progress);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strncmp(why, "carrel: ", strlen("carrel: ")) == 0)
		why += strlen("carrel: ");
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 0)
		return command_error(COMMAND_FAILED, "%s",
			why[0] ? why : "the guest was stopped before it was ready");
	return command_error(WEXITSTATUS(status), "%s",
		why[0] ? why : "the guest could not be started; see the system log");
}

static int await_launch(
	const struct account *account, pid_t pid, int news, int errors, struct progress *progress)
{
	cleanup_close int pidfd = pidfd_open(pid, 0);

	for (;;) {
		struct pollfd ready[] = {
			{.fd = news, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};

		(void)poll(ready, 2, TICK_MS);
		if ((ready[0].revents & POLLIN) && hear_news(news, pid, progress))
			return start_done(progress, account);
		if ((ready[1].revents & POLLIN) && !(ready[0].revents & POLLIN))
			return launch_failed(pid, errors, progress);
		progress_note(progress, NULL);
	}
}

static int start_process(const struct account *account, struct progress *progress)
{
	cleanup_close int news = -EBADF;
	cleanup_close int errors = -EBADF;
	cleanup_close int writer = -EBADF;
	char notify[64];
	int pipes[2];
	pid_t pid;
	int r;

	if (geteuid() != 0)
		return guest_refuse_control(account);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return command_error(COMMAND_FAILED, "pipe: %s", strerror(errno));
	errors = pipes[0];
	writer = pipes[1];
	news = listen_for_news(notify, sizeof(notify));
	r = news < 0 ? news : run_launcher(account, notify, writer, &pid);
	fd_closep(&writer);
	if (r < 0)
		return command_error(COMMAND_FAILED, "%s: %s", GUEST_LAUNCH, strerror(-r));
	return await_launch(account, pid, news, errors, progress);
}

static int start_after(const struct account *account, pid_t stopped)
{
	struct progress progress;
	char subject[80];

	snprintf(subject, sizeof(subject), "guest of %.60s", account->name);
	progress_begin(&progress, subject, 0);
	return machine_runs_systemd() ? start_unit(account, stopped, &progress)
				      : start_process(account, &progress);
}

int guest_start(const struct account *account)
{
	return start_after(account, 0);
}

static int run_start(const struct command_input *input)
{
	struct account account = {0};
	struct carrel_error err = {0};
	int code = guest_account(input->operand[0], &account);

	/* Whoever holds it, and lets it go, is root. */
	if (code == COMMAND_DONE && geteuid() == 0 && guest_release(account.login.uid, &err) < 0)
		code = command_failed(&err);
	if (code == COMMAND_DONE)
		code = guest_start(&account);
	account_free(&account);
	return code;
}

static int run_restart(const struct command_input *input)
{
	struct account account = {0};
	struct carrel_error err = {0};
	struct guest_view view = {0};
	int code = guest_account(input->operand[0], &account);

	if (code == COMMAND_DONE && guest_view(account.login.uid, account.name, &view, &err) < 0)
		code = command_failed(&err);
	if (code == COMMAND_DONE && view.alive)
		code = guest_stop_running(&account);
	if (code == COMMAND_DONE)
		code = start_after(&account, view.alive ? view.record.supervisor.pid : 0);
	account_free(&account);
	return code;
}

const struct command_verb verb_guest_start = {
	.name = "guest start",
	.operands = "[USER]",
	.summary = "start the guest of a user, and wait until logins work",
	.details =
		"What it is made of says the template that the policies give the user ([guest]\n"
		"template). The first start makes its disk. Refused (exit code 4) where it runs\n"
		"already, is held (unless root starts it, which ends that), or does not fit into\n"
		"the user's quotas or the host ([admission]).\n",
	.min_operands = 0,
	.max_operands = 1,
	.run = run_start,
};

const struct command_verb verb_guest_restart = {
	.name = "guest restart",
	.operands = "[USER]",
	.summary = "stop it, if it runs, and start it again",
	.min_operands = 0,
	.max_operands = 1,
	.run = run_restart,
};
