// SPDX-License-Identifier: MIT
/*
 * stall.c - looks after a guest whose disk the host cannot write: there is no space left, the
 * user's quota is used up, or the device fails.
 *
 * QEMU stops its CPUs before a write is lost (werror=stop), and tries the write again once it is
 * told to go on. So a full host costs the guests time, and not their file systems.
 */
#include "stall.h"
#include "guest.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <syslog.h>

enum {
	USEC = 1000000,
	LOOK_USEC = 2 * USEC,
	TRY_USEC = USEC,
	LOOK_MAX = 64 * USEC,
	/* A stall so soon after the last one says that there is less space than it looks, or that
	 * nothing has changed: then the next look comes later, and so do the lines in the log. */
	LASTING_USEC = 10 * USEC,
	/* With less space for its disk, a guest would stop again at once. */
	ROOM_BYTES = 32 << 20,
};

static void enter_stall(struct guest *guest, enum stall_state state, uint64_t usec)
{
	guest->stall.state = state;
	guest->stall.timer.at = deadline_in(usec);
}

static bool waits_for_host(const struct guest *guest)
{
	return guest->stall.state == STALL_NO_SPACE || guest->stall.state == STALL_FAILING;
}

static bool has_room(const struct guest *guest)
{
	struct statvfs room;

	return fstatvfs(guest->disk_fd, &room) == 0 &&
	       (uint64_t)room.f_bavail * room.f_frsize >= ROOM_BYTES;
}

static void look_at_stall(void *data)
{
	struct guest *guest = data;

	switch (guest->stall.state) {
	case STALL_NONE:
	case STALL_OVER:
		guest->stall.state = STALL_NONE;
		break;
	case STALL_TRYING:
		enter_stall(guest, STALL_OVER, LASTING_USEC);
		guest_go_on(guest);
		syslog(LOG_NOTICE,
			"guest of user %s: the host writes its disk again, and it goes on",
			guest->settings->account.name);
		break;
	case STALL_NO_SPACE:
	case STALL_FAILING:
		enter_stall(guest, guest->stall.state, guest->stall.wait);
		/* Only the next write tells whether a quota has room, or a disk works again. QEMU
		 * knows whether it waits, whatever has happened since. */
		if (guest->stall.state == STALL_FAILING || has_room(guest))
			(void)qmp_send(&guest->qmp, "query-status");
	}
}

static int watch_stalls(struct guest *guest)
{
	guest->stall.timer = (struct loop_timer){.run = look_at_stall, .data = guest};
	loop_add_timer(&guest->loop, &guest->stall.timer);
	return 0;
}

/* Notes that a write has failed, for the first time or again. */
static void note_failed_write(struct guest *guest, bool no_space, const char *reason)
{
	struct guest_stall *stall = &guest->stall;
	bool goes_on = stall->state == STALL_TRYING;
	char why[sizeof(guest->paused)];

	if (no_space)
		snprintf(why, sizeof(why), "paused: the host has no space left for its disk");
	else
		snprintf(why, sizeof(why), "paused: the host cannot write its disk: %s",
			reason ? reason : "?");
	if (stall->state == STALL_NONE)
		stall->wait = LOOK_USEC;
	else if (stall->wait < LOOK_MAX)
		stall->wait *= 2;
	enter_stall(guest, no_space ? STALL_NO_SPACE : STALL_FAILING, stall->wait);
	guest_pause(guest, why);
	if (!goes_on)
		syslog(LOG_WARNING, "guest of user %s: %s", guest->settings->account.name,
			guest->paused);
}

static void hear_of_stall(struct guest *guest, const char *name, json_t *data)
{
	/* qapi/block-core.json, BLOCK_IO_ERROR; qapi/run-state.json, RunState. */
	const char *action = json_string_value(json_object_get(data, "action"));
	const char *status = json_string_value(json_object_get(data, "status"));

	if (strcmp(name, "BLOCK_IO_ERROR") == 0 && action && strcmp(action, "stop") == 0 &&
		!waits_for_host(guest))
		note_failed_write(guest, json_is_true(json_object_get(data, "nospace")),
			json_string_value(json_object_get(data, "reason")));
	/* Told to go on, QEMU may get no further than to the same write. */
	else if (strcmp(name, "RESUME") == 0 && guest->paused[0])
		enter_stall(guest, STALL_TRYING, TRY_USEC);
	else if (strcmp(name, "query-status") != 0 || !waits_for_host(guest) || !status)
		return;
	else if (strcmp(status, "running") == 0)
		enter_stall(guest, STALL_TRYING, TRY_USEC);
	else if (strcmp(status, "io-error") == 0)
		(void)qmp_send(&guest->qmp, "cont");
}

/* A guest that has just been told to go on hears it. */
static bool wake_stalled(struct guest *guest)
{
	return guest->stall.state == STALL_TRYING ||
	       (guest->stall.state == STALL_NO_SPACE && has_room(guest) &&
		       qmp_send(&guest->qmp, "cont") == 0);
}

const struct guest_part stall_part = {
	.start = watch_stalls, .heard = hear_of_stall, .wake = wake_stalled};
