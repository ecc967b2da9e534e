// SPDX-License-Identifier: MIT
/*
 * idle.c - stops a guest that nobody is connected to and that does nothing, for as long as its
 * template says.
 */
#include "idle.h"
#include "base/cleanup.h"
#include "base/proc.h"
#include "guest.h"
#include "guest/connected.h"
#include "plan/guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	LOOKS = 10, /* as many in the time that the guest may be idle */
	LOOK_MIN = USEC / 5,
	LOOK_MAX = 60 * USEC,
	/* As long after a visitor, a login may not have reached the guest yet. */
	VISIT_USEC = 30 * USEC,
	/* An idle system needs so many percent of one CPU for its timers. */
	IDLE_KVM = 5,
	IDLE_TCG = 25,
};

/* Returns the CPU time of QEMU in microseconds, or UINT64_MAX where it is not told. */
static uint64_t cpu_of(pid_t pid)
{
	struct proc_stat stat;

	return proc_stat(pid, &stat) < 0 ? UINT64_MAX : stat.cpu_usec;
}

static bool is_used(struct guest *guest, uint64_t interval)
{
	uint64_t cpu = cpu_of(guest->qemu.process.pid), spent = cpu - guest->idle.cpu;
	uint64_t percent = strcmp(guest->record.accel, "kvm") == 0 ? IDLE_KVM : IDLE_TCG;

	guest->idle.cpu = cpu;
	if (guest->paused[0] || cpu == UINT64_MAX || spent * 100 > interval * percent)
		return true;
	/* Where the kernel does not tell, there may be somebody who only reads. */
	return guest_connected(guest->record.cid, guest->record.port) != 0;
}

static uint64_t interval_of(const struct guest *guest)
{
	uint64_t interval = guest->settings->template.idle_stop / LOOKS;

	if (interval < LOOK_MIN)
		return LOOK_MIN;
	return interval > LOOK_MAX ? LOOK_MAX : interval;
}

static void note_visit(struct guest *guest)
{
	guest->idle.since = 0;
	guest->idle.not_before = deadline_in(VISIT_USEC);
}

/* Stops the guest unless somebody is at the door. A login knocks and then reads the state; here the
 * state is written, and then the door is looked at. So one sees the other: the login orders the
 * next guest, or this one stays. */
static void stop_unless_visited(struct guest *guest)
{
	char before[sizeof(guest->record.state)];

	memcpy(before, guest->record.state, sizeof(before));
	(void)unlinkat(guest->run_fd, GUEST_NEXT, 0);
	strcpy(guest->record.state, "stopping");
	(void)guest_record_write(guest->run_fd, &guest->record, &guest->readers);
	if (!visitors_await(guest)) {
		guest_stop(guest, GUEST_END_IDLE);
		return;
	}
	memcpy(guest->record.state, before, sizeof(before));
	(void)guest_record_write(guest->run_fd, &guest->record, &guest->readers);
	/* Whoever has asked for the next guest meanwhile gets this one. */
	(void)unlinkat(guest->run_fd, GUEST_NEXT, 0);
	guest->idle.since = 0;
}

static void look_for_idleness(void *data)
{
	struct guest *guest = data;
	uint64_t interval = interval_of(guest);

	if (guest->state != GUEST_READY)
		return;
	guest->idle.since = is_used(guest, interval) ? 0 : guest->idle.since + interval;
	if (guest->idle.since >= guest->settings->template.idle_stop &&
		deadline_left_usec(guest->idle.not_before) == 0)
		stop_unless_visited(guest);
	if (guest->state == GUEST_READY)
		guest->idle.timer.at = deadline_in(interval);
}

static void start_looking(struct guest *guest)
{
	if (guest->settings->template.idle_stop == 0)
		return;
	guest->idle.timer = (struct loop_timer){.run = look_for_idleness, .data = guest};
	guest->idle.timer.at = deadline_in(interval_of(guest));
	guest->idle.cpu = cpu_of(guest->qemu.process.pid);
	note_visit(guest);
	loop_add_timer(&guest->loop, &guest->idle.timer);
}

const struct guest_part idle_part = {
	.on = {[GUEST_ON_READY] = start_looking, [GUEST_ON_VISIT] = note_visit}};
