// SPDX-License-Identifier: MIT
/*
 * guest.c - what a guest is doing, and how it is ended. The parts of the supervisor stand on this,
 * and hear of it by the guest's hooks.
 */
#include "plan/guest.h"
#include "base/cleanup.h"
#include "notify.h"
#include "supervisor.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/statvfs.h>

enum {
	USEC = 1000000,
	/* Under emulation everything takes some 17 times as long; KVM inside a virtual machine is
	 * between the two. */
	BOOT_KVM = 400,
	BOOT_TCG = 900,
	GRACE_KVM = 60,
	GRACE_TCG = 120,
	QUIT_SECONDS = 5,
	/* A guest that waits for its disk again and again, which has the most to tell, has a tenth
	 * of these. */
	CHANGES_MAX = 100,
	CHANGES_SECONDS = 10,
	/* With less space for its disk, a guest would stop again at once. */
	ROOM_BYTES = 32 << 20,
};

static deadline_t in_seconds(unsigned seconds)
{
	return deadline_in((uint64_t)seconds * USEC);
}

static const char *state_name(const struct guest *guest)
{
	static const char *const names[] = {[GUEST_STARTING] = "starting",
		[GUEST_READY] = "ready",
		[GUEST_STOPPING] = "stopping",
		[GUEST_ENDED] = "ended"};

	return guest->stalled && guest->state < GUEST_STOPPING ? "paused" : names[guest->state];
}

/* Counts a change, and returns whether there are more than a guest has. QEMU, which the user may
 * have taken over, decides what there is to tell, and systemd, which is told, is in nobody's
 * quotas. */
static bool changes_too_often(struct guest *guest)
{
	if (guest->changes == 0 || deadline_left_usec(guest->changes_until) == 0) {
		guest->changes = 0;
		guest->changes_until = in_seconds(CHANGES_SECONDS);
	}
	if (guest->changes == CHANGES_MAX)
		return true;
	guest->changes++;
	return false;
}

void guest_phase(struct guest *guest, const char *format, ...)
{
	char text[sizeof(guest->record.phase)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* QEMU, which is the user's, may have had a say in it, and systemd reads lines, and people
	 * use terminals. */
	text_sanitize(text);
	if (strcmp(text, guest->record.phase) == 0 &&
		strcmp(state_name(guest), guest->record.state) == 0)
		return;
	if (changes_too_often(guest)) {
		snprintf(guest->why, sizeof(guest->why),
			"QEMU has been killed: it told of more changes than a guest has");
		guest_kill_qemu(guest);
		return;
	}
	strcpy(guest->record.phase, text);
	snprintf(guest->record.state, sizeof(guest->record.state), "%s", state_name(guest));
	(void)guest_record_write(guest->run_fd, &guest->record);
	notify_starter("STATUS=%s", text);
	guest->hooks->tell(guest);
}

/* ---- the end ---- */

const char *guest_ended_how(const struct guest *guest)
{
	static const char *const words[] = {
		[GUEST_END_UNKNOWN] = "the guest has ended",
		[GUEST_END_POWEROFF] = "the guest has powered itself off",
		[GUEST_END_REBOOT] = "the guest has rebooted, which ends it; start it again",
		[GUEST_END_ASKED] = "the guest has been stopped",
		[GUEST_END_IDLE] = "the guest was idle and has been stopped",
		[GUEST_END_PANIC] = "the guest's kernel has panicked; its console says why",
		[GUEST_END_KILLED] = "QEMU died",
		[GUEST_END_TIMEOUT] =
			"the guest did not accept a login in time; look at its console",
	};

	return guest->why[0] ? guest->why : words[guest->end];
}

void guest_kill_qemu(struct guest *guest)
{
	(void)pidfd_send_signal(guest->qemu.process.pidfd, SIGKILL, NULL, 0);
}

static unsigned grace_seconds(const struct guest *guest)
{
	return guest_record_is_emulated(&guest->record) ? GRACE_TCG : GRACE_KVM;
}

/* Goes one step further each time that the last one has not helped. */
static void take_next_step(void *data)
{
	struct guest *guest = data;

	switch (guest->grace_step++) {
	case 0:
		guest->grace.at = in_seconds(grace_seconds(guest));
		/* A guest that is still booting may not hear it. */
		if (qmp_send(&guest->qmp, "system_powerdown") == 0)
			break;
		__attribute__((fallthrough));
	case 1:
		guest->grace_step = 2;
		guest_phase(guest, "ending the guest by force");
		guest->grace.at = in_seconds(QUIT_SECONDS);
		if (qmp_send(&guest->qmp, "quit") == 0)
			break;
		__attribute__((fallthrough));
	default:
		guest_kill_qemu(guest);
	}
}

/* Whoever wants the next guest asks for it from now on. */
void guest_go_down(struct guest *guest, const char *phase)
{
	guest->state = GUEST_STOPPING;
	/* This comes before the record says so; where the guest was idle, the record has said so
	 * (idle.c). */
	if (strcmp(guest->record.state, "stopping") != 0)
		(void)unlinkat(guest->run_fd, GUEST_NEXT, 0);
	notify_starter("STOPPING=1");
	guest->hooks->stopping(guest);
	guest->boot.at = DEADLINE_NEVER;
	guest_phase(guest, "%s", phase);
}

void guest_stop(struct guest *guest, enum guest_end why)
{
	if (guest->state == GUEST_STOPPING || guest->state == GUEST_ENDED)
		return;
	/* Where nobody has logged in, a shutdown would save nobody's work; a guest that waits for
	 * its disk hears nothing. */
	guest->grace_step = guest->state == GUEST_STARTING || why == GUEST_END_TIMEOUT ? 1 : 0;
	if (guest->stalled && guest->grace_step == 0)
		guest->grace_step =
			guest_has_room(guest) && qmp_send(&guest->qmp, "cont") == 0 ? 0 : 1;
	guest->end = why;
	guest_go_down(guest, "shutting down");
	take_next_step(guest);
}

int guest_boot_seconds(const struct guest *guest)
{
	return guest_record_is_emulated(&guest->record) ? BOOT_TCG : BOOT_KVM;
}

void guest_await_boot(struct guest *guest)
{
	guest->boot.at = in_seconds((unsigned)guest_boot_seconds(guest));
}

void guest_is_ready(struct guest *guest)
{
	guest->state = GUEST_READY;
	guest->was_ready = true;
	guest->boot.at = DEADLINE_NEVER;
	guest_phase(guest, "%s", guest->stalled ? guest->stall_why : "ready");
	notify_starter("READY=1");
	guest->hooks->ready(guest);
}

bool guest_has_room(const struct guest *guest)
{
	struct statvfs room;

	return guest->no_space && fstatvfs(guest->disk_fd, &room) == 0 &&
	       (uint64_t)room.f_bavail * room.f_frsize >= ROOM_BYTES;
}

void guest_expect_end(struct guest *guest)
{
	guest->grace_step = 1;
	guest->grace.at = in_seconds(grace_seconds(guest));
	guest_go_down(guest, "the guest is going down");
}

void guest_time_end(struct guest *guest)
{
	guest->grace = (struct loop_timer){.run = take_next_step, .data = guest};
	loop_add_timer(&guest->loop, &guest->grace);
}
