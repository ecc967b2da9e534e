// SPDX-License-Identifier: MIT
/*
 * stall.c - looks after a guest whose disk the host cannot write: there is no space left, the
 * user's quota is used up, or the device fails.
 *
 * QEMU stops its CPUs before a write is lost (werror=stop), and tries the write again once it is
 * told to go on. So a full host costs the guests time, and not their file systems.
 */
#include "base/text.h"
#include "supervisor.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum {
	USEC = 1000000,
	LOOK_USEC = 2 * USEC,
	TRY_USEC = USEC,
	LOOK_MAX = 64 * USEC,
	/* A stall so soon after the last one says that there is less space than it looks, or that
	 * nothing has changed: then the next look comes later, and so do the lines in the log. */
	LASTING_USEC = 10 * USEC,
};

static void go_on(struct guest *guest)
{
	static const char *const phases[] = {[GUEST_STARTING] = "booting",
		[GUEST_READY] = "ready",
		[GUEST_STOPPING] = "shutting down",
		[GUEST_ENDED] = "shutting down"};

	guest->stalled = guest->stall_trying = false;
	guest->stall.at = DEADLINE_NEVER;
	guest->resumed = deadline_in(LASTING_USEC);
	if (guest->state == GUEST_STARTING)
		guest_await_boot(guest);
	guest_phase(guest, "%s", phases[guest->state]);
	syslog(LOG_NOTICE, "guest of user %s: the host writes its disk again, and it goes on",
		guest->settings->account.name);
}

/* Finds out whether QEMU, which was told to go on, gets further than to the same write. */
static void go_on_soon(struct guest *guest)
{
	guest->stall_trying = true;
	guest->stall.at = deadline_in(TRY_USEC);
}

static void look_at_stall(void *data)
{
	struct guest *guest = data;

	if (!guest->stalled)
		return;
	if (guest->stall_trying) {
		go_on(guest);
		return;
	}
	guest->stall.at = deadline_in(guest->stall_wait);
	/* Only the next write tells whether a quota has room, or a disk works again. QEMU knows
	 * whether it waits, whatever has happened since. */
	if (!guest->no_space || guest_has_room(guest))
		(void)qmp_send(&guest->qmp, "query-status");
}

void stall_watch(struct guest *guest)
{
	guest->stall = (struct loop_timer){.run = look_at_stall, .data = guest};
	guest->resumed = DEADLINE_NEVER;
	loop_add_timer(&guest->loop, &guest->stall);
}

static void wait_longer(struct guest *guest)
{
	if (guest->stall_wait < LOOK_MAX)
		guest->stall_wait *= 2;
}

/* Notes that a write has failed, for the first time or again. */
static void note_failed_write(struct guest *guest, bool no_space, const char *reason)
{
	bool goes_on = guest->stalled;

	guest->stalled = true;
	guest->stall_trying = false;
	guest->no_space = no_space;
	if (no_space)
		strcpy(guest->stall_why, "paused: the host has no space left for its disk");
	else
		snprintf(guest->stall_why, sizeof(guest->stall_why),
			"paused: the host cannot write its disk: %s", reason ? reason : "?");
	text_sanitize(guest->stall_why);
	if (goes_on || (guest->resumed != DEADLINE_NEVER && deadline_left_usec(guest->resumed) > 0))
		wait_longer(guest);
	else
		guest->stall_wait = LOOK_USEC;
	guest->stall.at = deadline_in(guest->stall_wait);
	/* It is not the guest that is late. */
	guest->boot.at = DEADLINE_NEVER;
	guest_phase(guest, "%s", guest->stall_why);
	if (!goes_on)
		syslog(LOG_WARNING, "guest of user %s: %s", guest->settings->account.name,
			guest->stall_why);
}

void stall_on_event(struct guest *guest, const char *name, json_t *data)
{
	/* qapi/block-core.json, BLOCK_IO_ERROR. */
	const char *action = json_string_value(json_object_get(data, "action"));

	if (strcmp(name, "RESUME") == 0 && guest->stalled)
		go_on_soon(guest);
	if (strcmp(name, "BLOCK_IO_ERROR") == 0 && action && strcmp(action, "stop") == 0 &&
		(!guest->stalled || guest->stall_trying))
		note_failed_write(guest, json_is_true(json_object_get(data, "nospace")),
			json_string_value(json_object_get(data, "reason")));
}

void stall_on_status(struct guest *guest, json_t *value)
{
	/* qapi/run-state.json, RunState. */
	const char *status = json_string_value(json_object_get(value, "status"));

	if (!guest->stalled || guest->stall_trying || !status)
		return;
	if (strcmp(status, "io-error") == 0)
		(void)qmp_send(&guest->qmp, "cont");
	else if (strcmp(status, "running") == 0)
		go_on_soon(guest);
}
