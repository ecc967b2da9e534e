/* SPDX-License-Identifier: MIT */
/*
 * supervisor.h - guest-launch once QEMU runs: one loop that watches it, tells how it is, lets
 * others in, and ends it.
 */
#ifndef CARREL_GUEST_SUPERVISOR_SUPERVISOR_H
#define CARREL_GUEST_SUPERVISOR_SUPERVISOR_H

#include "console.h"
#include "guest/launch/qemu.h"
#include "guest/record.h"
#include "guest/settings.h"
#include "loop.h"
#include "prober.h"
#include "qmp.h"

#include <stdbool.h>

enum guest_state { GUEST_STARTING, GUEST_READY, GUEST_STOPPING, GUEST_ENDED };

/* Why it is over, as far as it is known. */
enum guest_end {
	GUEST_END_UNKNOWN,
	GUEST_END_POWEROFF, /* by the guest itself */
	GUEST_END_REBOOT,   /* a guest that wants to start again: it does, at its next start */
	GUEST_END_ASKED,    /* by a signal or carrel guest stop */
	GUEST_END_IDLE,
	GUEST_END_PANIC,
	GUEST_END_KILLED,  /* QEMU died */
	GUEST_END_TIMEOUT, /* no login within the time that a boot may take */
};

struct guest;

/* Tries to log in. */
struct guest_probe {
	struct loop_timer timer;
	int fd;               /* a connection whose banner is waited for, -EBADF */
	struct prober prober; /* the caller of guest_supervise() starts it */
	uint64_t patience;    /* microseconds, for sshd's first line */
};

/* Who asked for a connection, or speaks at the control socket. */
struct visitor {
	int fd;
	int guest_fd; /* being connected, -EBADF */
	bool control;
	bool stopping; /* waits to be told of the end */
	bool late;     /* came when the guest was stopping, and is to ask the next one */
	char wants;    /* "w": to know when there is a way in; "c": a connection; 0: not said yet */
	size_t used;
	char request[256];
};

#define VISITOR_NONE                                                                               \
	(struct visitor)                                                                           \
	{                                                                                          \
		.fd = -EBADF, .guest_fd = -EBADF                                                   \
	}

/* Some for root alone: no number of logins that wait keeps it from stopping the guest. */
enum { VISITORS_MAX = 264, VISITORS_ROOT = 8 };

struct guest {
	struct loop loop;
	const struct guest_settings *settings;
	struct guest_record record;
	int run_fd;
	enum guest_state state;
	enum guest_end end;
	char why[256]; /* of the end, where there is more to say */
	struct qemu qemu;
	bool qemu_ended;
	int qemu_status;
	struct qmp qmp;
	struct console console;
	int signal_fd, connect_fd, control_fd;
	struct visitor visitor[VISITORS_MAX];
	bool was_ready;
	bool next; /* another guest is started after this one (GUEST_NEXT) */
	struct guest_probe probe;
	int disk_fd;         /* of the disk's file; the caller's */
	bool stalled;        /* QEMU waits until the host can write its disk */
	bool no_space;       /* that is why */
	bool stall_trying;   /* it has been told to go on, a moment ago */
	char stall_why[96];  /* the same, for people: "paused: …" */
	uint64_t stall_wait; /* microseconds between two tries */
	deadline_t resumed;  /* until when a stall is the last one again */
	struct loop_timer boot, grace, idle, stall;
	int grace_step;
	uint64_t idle_since, idle_cpu;
	deadline_t idle_not_before; /* it is not stopped because it is idle */
};

/* Watches over it until it has ended; the caller has started QEMU, called visitors_listen() and
 * filled in settings, record, run_fd, disk_fd, qemu and signal_fd (a signalfd of SIGTERM, SIGINT
 * and SIGCHLD). Returns the exit code of guest-launch. */
int guest_supervise(struct guest *guest);

/* From now on there is a boot's time until somebody can log in. */
void guest_await_boot(struct guest *guest);

/* Begins to end it: graceful first, then firm. */
void guest_stop(struct guest *guest, enum guest_end why);

/* What became of it, in words. */
const char *guest_ended_how(const struct guest *guest);

/* Says what it is doing to all who want to know. */
void guest_phase(struct guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- its parts ---- */

/* probe.c: has logins tried until one works, then calls guest_is_ready(). 0 or -errno. */
int probe_start(struct guest *guest);
void probe_stop(struct guest *guest);
void guest_is_ready(struct guest *guest);

/* visitors.c: the sockets GUEST_CONNECT and GUEST_CONTROL. */
int visitors_listen(struct guest *guest, struct carrel_error *err);
void visitors_tell(struct guest *guest);    /* the phase */
void visitors_serve(struct guest *guest);   /* it is ready: those who wait are served */
void visitors_dismiss(struct guest *guest); /* it has ended, or never will be */

/* stall.c: goes on with one that waits for its disk. */
void stall_watch(struct guest *guest);
void stall_on_event(struct guest *guest, const char *name, json_t *data);
void stall_on_status(struct guest *guest, json_t *value); /* of query-status */
bool stall_has_room(const struct guest *guest); /* at last, for one that waits for space */

/* idle.c: stops a guest that nobody uses. */
void idle_start(struct guest *guest);
void idle_visited(struct guest *guest); /* somebody is about to come in */

#endif
