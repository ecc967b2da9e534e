// SPDX-License-Identifier: MIT
/*
 * stop.c - carrel guest stop: graceful first, then firm.
 */
#include "base/cleanup.h"
#include "base/machine.h"
#include "cgroup/systemd/bus.h"
#include "cgroup/systemd/unit.h"
#include "guest/client.h"
#include "guest/hold.h"
#include "guest/progress.h"
#include "verbs.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_HOLD };

enum {
	USEC = 1000000,
	TICK_MS = 200,
	BUS_USEC = 30 * USEC,
	LOCK_USEC = 30 * USEC,
	SILENCE_MS = 1000,
	STOP_USEC = 300 * USEC
};

static int stop_done(struct progress *progress, const struct account *account, const char *how)
{
	progress_clear(progress);
	printf("%s: %s, after %.0f s.\n", account->name, how, progress_seconds(progress));
	return COMMAND_DONE;
}

static int not_running(const struct account *account)
{
	return command_error(COMMAND_FAILED, "guest of user %s: it does not run", account->name);
}

static int too_late(struct progress *progress, const struct account *account)
{
	progress_clear(progress);
	return command_error(
		COMMAND_FAILED, "guest of user %s: it has not ended in time", account->name);
}

/* Root asks the supervisor, whoever has started it. */
static int stop_by_root(const struct account *account, struct progress *progress)
{
	deadline_t deadline = deadline_in(STOP_USEC);
	struct carrel_error err = {0};
	cleanup_close int fd = guest_client_ask(account->login.uid, NULL, "stop", &err);
	json_t *line;

	if (fd == -ENOENT)
		return not_running(account);
	if (fd < 0)
		return command_failed(&err);
	/* A supervisor answers at once, unless it still prepares the start. */
	if (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, SILENCE_MS) == 0)
		(void)guest_client_signal(account->login.uid);
	while ((line = guest_client_read(fd, deadline))) {
		const char *phase = json_string_value(json_object_get(line, "phase"));
		const char *ended = json_string_value(json_object_get(line, "ended"));
		int code = -1;

		if (phase)
			progress_step(progress, "%s", phase);
		if (ended)
			code = stop_done(progress, account, ended);
		json_decref(line);
		if (code >= 0)
			return code;
	}
	return deadline_left_usec(deadline) == 0
		       ? too_late(progress, account)
		       : stop_done(progress, account, "the guest has ended");
}

/* The end of the main process @pid, whatever systemd does with the unit then: a login may have the
 * guest started again. */
static int await_unit_stop(
	sd_bus *bus, const struct account *account, uint32_t pid, struct progress *progress)
{
	deadline_t deadline = deadline_in(STOP_USEC);
	struct systemd_unit unit = {0};
	struct carrel_error err = {0};
	bool ended;

	while (deadline_left_usec(deadline) > 0) {
		if (systemd_guest_look(
			    bus, account->login.uid, deadline_in(BUS_USEC), &unit, &err) < 0) {
			progress_clear(progress);
			return command_failed(&err);
		}
		ended = strcmp(unit.active, "inactive") == 0 || strcmp(unit.active, "failed") == 0;
		if ((ended && unit.job == 0) ||
			(unit.pid != pid && strcmp(unit.active, "deactivating") != 0))
			return stop_done(progress, account, "the guest has been stopped");
		if (strcmp(progress->text, unit.status) != 0)
			progress_step(progress, "%s", unit.status);
		progress_note(progress, NULL);
		poll(NULL, 0, TICK_MS);
	}
	return too_late(progress, account);
}

static int stop_by_systemd(const struct account *account, struct progress *progress)
{
	struct systemd_unit unit = {0};
	struct carrel_error err = {0};
	sd_bus *bus = NULL;
	int code, r = libsystemd_load(&err);

	if (r == 0) {
		r = systemd_bus_connect(SYSTEM_BUS_SOCKET, true, deadline_in(BUS_USEC), &bus);
		if (r < 0)
			error_set(&err, r, "the system bus");
	}
	if (r == 0)
		r = systemd_guest_look(bus, account->login.uid, deadline_in(BUS_USEC), &unit, &err);
	if (r == 0 &&
		(strcmp(unit.active, "inactive") == 0 || strcmp(unit.active, "failed") == 0)) {
		systemd_bus_close(bus);
		return not_running(account);
	}
	if (r == 0)
		r = systemd_guest_ask(
			bus, "StopUnit", account->login.uid, deadline_in(BUS_USEC), &err);
	if (r == -EACCES || r == -EPERM)
		code = guest_refuse_control(account);
	else
		code = r < 0 ? command_failed(&err)
			     : await_unit_stop(bus, account, unit.pid, progress);
	systemd_bus_close(bus);
	return code;
}

int guest_stop_running(const struct account *account)
{
	struct progress progress;
	char subject[80];

	snprintf(subject, sizeof(subject), "guest of %.60s", account->name);
	progress_begin(&progress, subject, 0);
	if (geteuid() == 0)
		return stop_by_root(account, &progress);
	if (machine_runs_systemd())
		return stop_by_systemd(account, &progress);
	return guest_refuse_control(account);
}

/* First of all: what a login has started by then is stopped, and nothing is started later. */
static int hold_guest(const struct account *account)
{
	struct carrel_error err = {0};
	struct guest_view view;

	if (geteuid() != 0)
		return command_error(COMMAND_REFUSED,
			"guest stop: --hold needs root; try sudo carrel guest stop --hold %s",
			account->name);
	if (guest_hold(account->login.uid, deadline_in(LOCK_USEC), &err) < 0 ||
		guest_view(account->login.uid, account->name, &view, &err) < 0)
		return command_failed(&err);
	printf("The guest of %s is held: nothing starts it until carrel guest start %s.\n",
		account->name, account->name);
	fflush(stdout);
	return view.alive ? guest_stop_running(account) : COMMAND_DONE;
}

static int run_stop(const struct command_input *input)
{
	struct account account = {0};
	int code = guest_account(input->operand[0], &account);

	if (code == COMMAND_DONE)
		code = input->option[OPTION_HOLD] ? hold_guest(&account)
						  : guest_stop_running(&account);
	account_free(&account);
	return code;
}

const struct command_verb verb_guest_stop = {
	.name = "guest stop",
	.operands = "[USER]",
	.summary = "shut the guest of a user down; by force where that does not help",
	.details = "The user's next login starts it again, unless it is held.\n",
	.min_operands = 0,
	.max_operands = 1,
	.options = {[OPTION_HOLD] = {"hold", NULL,
			    "keep it from being started, until root starts it"}},
	.run = run_stop,
};
