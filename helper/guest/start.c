// SPDX-License-Identifier: MIT
/*
 * start.c - carrel guest start and restart: waits until users can log in.
 *
 * Root has the guest started as a login has (session/guest.h), and members of carrel-admin ask
 * systemd for its unit, which polkit allows. How it goes on is read from the unit, or from the
 * state that the guest-launch writes which was started as a process.
 */
#include "base/cleanup.h"
#include "base/machine.h"
#include "cgroup/systemd/bus.h"
#include "cgroup/systemd/unit.h"
#include "guest/folder.h"
#include "guest/hold.h"
#include "guest/progress.h"
#include "session/guest.h"
#include "verbs.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	TICK_MS = 100,
	BUS_USEC = 30 * USEC,
	REST_USEC = 15 * USEC,
	/* The supervisor has limits of its own, which end before. */
	START_USEC = 1200 * USEC,
};

/* A start that is under way. */
struct start {
	const struct account *account;
	uid_t uid;
	struct progress progress;
	sd_bus *bus;            /* NULL: there is no systemd */
	struct orphan launcher; /* where there is none */
	bool began;             /* its record has been seen */
	char text[512];         /* what it is doing, or why it has failed */
	int code;               /* of a failure, COMMAND_… */
};

static int refuse_second_start(const struct account *account)
{
	return command_error(COMMAND_REFUSED,
		"guest of user %s: it runs already, or is just being started", account->name);
}

/* ---- how a start goes on: each look returns 1 once users can log in; 0 while they cannot yet;
 * -ECANCELED where the start is over, with start->text and code; another -errno with @err ---- */

static int note_end(struct start *start, int code, const char *why)
{
	snprintf(start->text, sizeof(start->text), "%s", why);
	start->code = code == COMMAND_INVALID || code == COMMAND_REFUSED ? code : COMMAND_FAILED;
	return -ECANCELED;
}

static int look_at_unit(struct start *start, struct carrel_error *err)
{
	struct systemd_unit unit = {0};
	struct guest_view view;
	int r = systemd_guest_look(start->bus, start->uid, deadline_in(BUS_USEC), &unit, err);

	if (r < 0)
		return r;
	snprintf(start->text, sizeof(start->text), "%s", unit.status);
	if (unit.job != 0 || strcmp(unit.active, "activating") == 0)
		return 0;
	if (strcmp(unit.active, "active") == 0)
		return 1;
	if (unit.status[0])
		return note_end(start, unit.exit_code, unit.status);
	/* systemd may have forgotten a unit that has failed (CollectMode=): what guest-launch has
	 * written down stays until the next start. */
	if (guest_view(start->uid, start->account->name, &view, NULL) == 0 && view.known &&
		!view.alive && view.record.why[0])
		return note_end(start, (int)view.record.exit_code, view.record.why);
	return note_end(start, COMMAND_FAILED, "the guest could not be started; see its journal");
}

static int look_at_launcher(struct start *start)
{
	struct pollfd end = {.fd = start->launcher.pidfd, .events = POLLIN};
	/* This is asked before the record is read, because guest-launch writes its last record
	 * before it ends. */
	bool over = poll(&end, 1, 0) > 0;
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, start->uid, false, NULL);
	struct guest_record record;
	bool own = run >= 0 && guest_record_read(run, &record) == 0 &&
		   record.supervisor.pid == start->launcher.pid;

	start->began |= own;
	if (own && !over) {
		snprintf(start->text, sizeof(start->text), "%s", record.phase);
		return record.ready > 0; /* also where it waits for its disk */
	}
	if (!over)
		return 0;
	if (own && strcmp(record.state, "failed") == 0)
		return note_end(start, (int)record.exit_code, record.why);
	/* guest-launch takes the order away once it has the lock, and leaves a record from then on
	 * where it fails. Of two starts at once, one wins. */
	if (!start->began && run >= 0 && faccessat(run, GUEST_ORDERED, F_OK, 0) == 0)
		return note_end(start, COMMAND_FAILED,
			"the guest could not be started; see the system log");
	if (!start->began && run >= 0 && guest_lives(run) == 1)
		return -EALREADY;
	return note_end(start, COMMAND_FAILED, "the guest was stopped before it was ready");
}

static void show_phase(struct progress *progress, const char *phase)
{
	if (phase[0] && strcmp(phase, "ready") != 0 && strcmp(progress->text, phase) != 0)
		progress_step(progress, "%s", phase);
	else
		progress_note(progress, NULL);
}

static int start_done(const struct start *start)
{
	const char *name = start->account->name;
	struct guest_view view;

	/* It is ready, whether or not it can be looked at. */
	(void)guest_view(start->uid, name, &view, NULL);
	printf("The guest of %s is ready after %.0f s%s.\n", name,
		progress_seconds(&start->progress),
		strcmp(view.record.accel, "tcg") == 0 ? ", emulated: expect it to be slow" : "");
	if (view.record.note[0])
		command_error(COMMAND_DONE, "guest of user %s: %s", name, view.record.note);
	return COMMAND_DONE;
}

static int await_ready(struct start *start)
{
	deadline_t deadline = deadline_in(START_USEC);
	struct carrel_error err = {0};
	int r;

	while ((r = start->bus ? look_at_unit(start, &err) : look_at_launcher(start)) == 0 &&
		deadline_left_usec(deadline) > 0) {
		struct pollfd end = {.fd = start->launcher.pidfd, .events = POLLIN};

		show_phase(&start->progress, start->text);
		(void)poll(&end, 1, TICK_MS);
	}
	progress_clear(&start->progress);
	if (r == 1)
		return start_done(start);
	if (r == -EALREADY)
		return refuse_second_start(start->account);
	if (r == -ECANCELED)
		return command_error(start->code, "%s", start->text);
	return r < 0 ? command_failed(&err)
		     : command_error(COMMAND_FAILED, "guest of user %s: not ready in time",
			       start->account->name);
}

/* ---- how a guest is asked for ---- */

/* Root has it started as a login has. Returns 0; 1 where there is one; or -errno with @err. */
static int ensure_guest(struct start *start, struct carrel_error *err)
{
	deadline_t deadline = deadline_in(REST_USEC);
	struct cgroup_manager *manager = NULL;
	struct guest_record record;
	cleanup_close int run = -EBADF;
	int r = guest_open(start->uid, &run, err);

	if (r == 0)
		r = cgroup_manager_open(
			start->bus ? CGROUP_MANAGER_SYSTEMD : CGROUP_MANAGER_CGROUPFS,
			deadline_in(BUS_USEC), &manager, err);
	while (r == 0 &&
		(r = guest_ensure(manager, start->account->name, start->uid, run,
			 deadline_in(BUS_USEC), &start->launcher, err)) == 1 &&
		/* A supervisor whose guest has ended holds the lock while it tidies up. */
		guest_record_read(run, &record) == -ENOENT && deadline_left_usec(deadline) > 0) {
		poll(NULL, 0, TICK_MS);
		r = 0;
	}
	if (manager)
		cgroup_manager_free(manager);
	return r;
}

/* Members of carrel-admin ask systemd, which asks polkit. */
static int ask_for_start(struct start *start, struct carrel_error *err)
{
	return geteuid() == 0 ? ensure_guest(start, err)
			      : systemd_guest_ask(start->bus, "StartUnit", start->uid,
					deadline_in(BUS_USEC), err);
}

/* Returns whether the unit runs or is about to: of two who ask for a start at once, systemd gives
 * both the same job. */
static bool is_started(const struct systemd_unit *unit)
{
	bool ended = strcmp(unit->active, "inactive") == 0 || strcmp(unit->active, "failed") == 0;

	return ended ? unit->job != 0 : strcmp(unit->active, "deactivating") != 0;
}

/* Returns 1 where the unit is started, 0 where it is not, or -errno with @err. Whoever has stopped
 * a guest may hear of its end before systemd does, and so waits until its main process, @stopped,
 * is no more the unit's. If the unit runs again by then, a login has started it; that guest will
 * do. */
static int look_for_unit(struct start *start, pid_t stopped, struct carrel_error *err)
{
	deadline_t deadline = deadline_in(REST_USEC);
	struct systemd_unit unit = {0};
	int r;

	while ((r = systemd_guest_look(
			start->bus, start->uid, deadline_in(BUS_USEC), &unit, err)) == 0 &&
		stopped && is_started(&unit) && unit.pid == (uint32_t)stopped &&
		deadline_left_usec(deadline) > 0)
		poll(NULL, 0, TICK_MS);
	return r < 0 ? r : !stopped && is_started(&unit);
}

static int open_bus(sd_bus **ret_bus, struct carrel_error *err)
{
	int r;

	/* Nobody but root is heard at systemd's own socket. */
	if (geteuid() == 0)
		return systemd_bus_open(deadline_in(BUS_USEC), ret_bus, err);
	r = libsystemd_load(err);
	if (r < 0)
		return r;
	r = systemd_bus_connect(SYSTEM_BUS_SOCKET, true, deadline_in(BUS_USEC), ret_bus);
	return r < 0 ? error_set(err, r, "the system bus") : 0;
}

/* @stopped is the supervisor of a guest that has just been stopped; 0: there was none. */
static int start_after(const struct account *account, pid_t stopped)
{
	struct start start = {
		.account = account, .uid = account->login.uid, .launcher.pidfd = -EBADF};
	bool systemd = machine_runs_systemd();
	struct carrel_error err = {0};
	char subject[80];
	int r = 0;

	if (!account->login.user)
		return command_error(COMMAND_FAILED, "%s: there is no such user", account->name);
	if (!systemd && geteuid() != 0)
		return guest_refuse_control(account);
	snprintf(subject, sizeof(subject), "guest of %.60s", account->name);
	progress_begin(&start.progress, subject, 0);
	if (systemd)
		r = open_bus(&start.bus, &err);
	if (r == 0 && systemd)
		r = look_for_unit(&start, stopped, &err);
	if (r == 0)
		r = ask_for_start(&start, &err);
	if (r == 1 && !(stopped && systemd))
		r = refuse_second_start(account);
	else if ((r == -EACCES || r == -EPERM) && geteuid() != 0)
		r = guest_refuse_control(account);
	else
		r = r < 0 ? command_failed(&err) : await_ready(&start);
	systemd_bus_close(start.bus);
	fd_closep(&start.launcher.pidfd);
	return r;
}

static int run_start(const struct command_input *input)
{
	struct account account = {0};
	struct carrel_error err = {0};
	int code = guest_account(input->operand[0], &account);

	/* Only root can have held the guest, and a start by root ends that. */
	if (code == COMMAND_DONE && geteuid() == 0 && guest_release(account.login.uid, &err) < 0)
		code = command_failed(&err);
	if (code == COMMAND_DONE)
		code = start_after(&account, 0);
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
