/* SPDX-License-Identifier: MIT */
/*
 * guest.h - a guest whose supervisor runs: what it is doing, and how it is ended. The supervisor's
 * parts stand on this. Each has a struct of its own, which nobody else looks into, and hears by
 * hooks what the guest does.
 */
#ifndef CARREL_GUEST_SUPERVISOR_GUEST_H
#define CARREL_GUEST_SUPERVISOR_GUEST_H

#include "console.h"
#include "guest/door/door.h"
#include "guest/launch/qemu.h"
#include "guest/record.h"
#include "guest/settings.h"
#include "idle.h"
#include "loop.h"
#include "probe.h"
#include "qmp.h"
#include "stall.h"
#include "visitors.h"

#include <stdbool.h>

enum guest_state { GUEST_STARTING, GUEST_READY, GUEST_STOPPING, GUEST_ENDED };

/* Says why a guest is over, as far as that is known. */
enum guest_end {
	GUEST_END_UNKNOWN,
	GUEST_END_POWEROFF, /* by the guest itself */
	GUEST_END_REBOOT,   /* it wants to start again, which it does at its next start */
	GUEST_END_ASKED,    /* by a signal or carrel guest stop */
	GUEST_END_IDLE,
	GUEST_END_PANIC,
	GUEST_END_KILLED,  /* QEMU died */
	GUEST_END_TIMEOUT, /* no login within the time that a boot may take */
};

struct guest;

/* The parts can hear of these. */
enum guest_moment {
	GUEST_ON_PHASE, /* there is a new one */
	GUEST_ON_READY, /* users can log in */
	GUEST_ON_VISIT, /* somebody is about to come in */
	GUEST_ON_STOP,  /* it begins to end, or has ended: may come twice */
	GUEST_MOMENTS
};

/* Holds the hooks of a part; each may be NULL. */
struct guest_part {
	int (*start)(struct guest *guest); /* QEMU runs; returns 0 or -errno */
	void (*on[GUEST_MOMENTS])(struct guest *guest);
	/* QEMU tells the event @name, or answers the command @name. */
	void (*heard)(struct guest *guest, const char *name, json_t *data);
	/* The guest is paused, and is to hear that it shall end. Returns whether it goes on. */
	bool (*wake)(struct guest *guest);
};

struct guest {
	const struct guest_part *const *parts; /* ended by NULL */
	struct loop loop;
	const struct guest_settings *settings;
	struct guest_record record;
	struct guest_readers readers;           /* of the record */
	unsigned char secret[DOOR_SECRET_SIZE]; /* of its door, where the way in is vsock */
	int run_fd;
	int disk_fd;   /* the disk's file; the caller's */
	int signal_fd; /* of SIGTERM, SIGINT and SIGCHLD; the caller's */
	enum guest_state state;
	unsigned changes; /* how many have been told of, before @changes_until */
	deadline_t changes_until;
	enum guest_end end;
	char why[256];   /* why it is over, where there is more to say than @end */
	char paused[96]; /* the phase of a guest that waits for the host; "": it does not */
	bool next;       /* another guest is started after this one (GUEST_NEXT) */
	struct qemu qemu;
	bool qemu_ended;
	int qemu_status;
	struct qmp qmp;
	struct console console;
	struct loop_timer boot, grace;
	int grace_step;

	struct guest_probe probe;
	struct guest_stall stall;
	struct guest_idle idle;
	struct guest_visitors visitors;
};

/* Begins to watch over the time that the guest's boot and its end take. */
void guest_watch_time(struct guest *guest);

/* Begins to end the guest, because of @why: gracefully first, by force then. It is left alone where
 * it is ending already. */
void guest_stop(struct guest *guest, enum guest_end why);

/* Returns in words why the guest is over. The text is a constant, or a part of @guest. */
const char *guest_ended_how(const struct guest *guest);

/* Tells all who want to know what the guest is doing: whoever reads its record, systemd and the
 * visitors. */
void guest_phase(struct guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Notes that users can log in: those who wait for it are told, and the guest may be idle. */
void guest_is_ready(struct guest *guest);

/* Notes that QEMU lets the guest wait for the host, of which @why is the phase. Its boot may take
 * as long. */
void guest_pause(struct guest *guest, const char *why);

/* Notes that a guest which was paused goes on. */
void guest_go_on(struct guest *guest);

/* Notes that the guest ends by itself; QEMU is helped where that takes too long. */
void guest_expect_end(struct guest *guest);

/* Calls the hooks of all parts for @moment. */
void guest_tell_parts(struct guest *guest, enum guest_moment moment);

/* Kills QEMU, which is not reaped by that. */
void guest_kill_qemu(struct guest *guest);

#endif
