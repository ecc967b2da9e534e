// SPDX-License-Identifier: MIT
/*
 * stall.c - a guest for whose disk the host has no space left.
 *
 * QEMU stops its CPUs before a write is lost (werror=enospc, its default), and tries the write
 * again once it is told to go on: so a full host costs the guests time, and not their file systems.
 */
#include "supervise.h"

#include <string.h>
#include <sys/statvfs.h>
#include <syslog.h>

enum {
	LOOK_USEC = 2 * 1000 * 1000,
	/* Else it would stop again at once. */
	ROOM = 32 << 20,
};

static void look(void *data)
{
	struct guest *guest = data;
	struct statvfs room;

	if (!guest->stalled)
		return;
	guest->stall.at = deadline_in(LOOK_USEC);
	if (fstatvfs(guest->disk_fd, &room) == 0 && (uint64_t)room.f_bavail * room.f_frsize >= ROOM)
		(void)qmp_send(&guest->qmp, "cont");
}

void stall_watch(struct guest *guest)
{
	guest->stall = (struct loop_timer){.run = look, .data = guest};
	loop_add_timer(&guest->loop, &guest->stall);
}

void stall_on_event(struct guest *guest, const char *name, json_t *data)
{
	/* qapi/block-core.json, BLOCK_IO_ERROR. */
	const char *action = json_string_value(json_object_get(data, "action"));

	if (strcmp(name, "RESUME") == 0 && guest->stalled) {
		guest->stalled = false;
		guest->stall.at = DEADLINE_NEVER;
		guest_phase(guest, "%s", guest->state == GUEST_READY ? "ready" : "booting");
		syslog(LOG_NOTICE, "guest of user %s: there is space for its disk: it goes on",
			guest->settings->account.name);
	}
	if (strcmp(name, "BLOCK_IO_ERROR") != 0 || !action || strcmp(action, "stop") != 0 ||
		guest->stalled)
		return;
	guest->stalled = true;
	guest->stall.at = deadline_in(LOOK_USEC);
	guest_phase(guest, GUEST_STALLED_WHY);
	syslog(LOG_WARNING, "guest of user %s: paused until the host has space for its disk",
		guest->settings->account.name);
}
