/* SPDX-License-Identifier: MIT */
/*
 * supervisor.h - guest-launch once QEMU runs: one loop that watches it, tells how it is, lets
 * others in, and ends it.
 */
#ifndef CARREL_GUEST_SUPERVISOR_SUPERVISOR_H
#define CARREL_GUEST_SUPERVISOR_SUPERVISOR_H

#include "console.h"
#include "guest/dial.h"
#include "guest/door/door.h"
#include "guest/launch/qemu.h"
#include "guest/record.h"
#include "guest/settings.h"
#include "loop.h"
#include "prober.h"
#include "qmp.h"

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

/* This is a connection to the guest's sshd, or one on its way there (way_in.c). */
struct way_in {
	struct dial dial;
	loop_fn *run;
	int tries;
	bool through; /* what is read next is sshd's */
};

#define WAY_IN_NONE                                                                                \
	(struct way_in)                                                                            \
	{                                                                                          \
		.dial = DIAL_NONE                                                                  \
	}

/* Tries to log in until it works. */
struct guest_probe {
	struct loop_timer timer;
	struct way_in way;    /* the connection whose banner is waited for */
	struct prober prober; /* the caller of guest_supervise() starts it */
	uint64_t patience;    /* microseconds, for sshd's first line */
};

/* A visitor asks for a connection, or speaks at the control socket. */
struct visitor {
	int fd;
	struct way_in way;
	bool control;
	bool stopping; /* it waits to be told of the end */
	bool late;     /* it came when the guest was stopping, and is told to ask the next one */
	char wants;    /* "w": to know when there is a way in; "c": a connection; 0: not said yet */
	size_t used;
	char request[256];
};

#define VISITOR_NONE                                                                               \
	(struct visitor)                                                                           \
	{                                                                                          \
		.fd = -EBADF, .way = WAY_IN_NONE                                                   \
	}

/* Some places are for root alone: no number of logins that wait keeps it from stopping the
 * guest. */
enum { VISITORS_MAX = 264, VISITORS_ROOT = 8 };

/* What the parts of the supervisor do when the guest has something to tell: supervisor_hooks. */
struct guest_hooks {
	void (*tell)(struct guest *guest);     /* it has a new phase */
	void (*ready)(struct guest *guest);    /* users can log in */
	void (*stopping)(struct guest *guest); /* it begins to end */
};

struct guest {
	const struct guest_hooks *hooks;
	struct loop loop;
	const struct guest_settings *settings;
	struct guest_record record;
	unsigned char secret[DOOR_SECRET_SIZE]; /* of its door, where the way in is vsock */
	int run_fd;
	enum guest_state state;
	unsigned changes; /* how many have been told of, before @changes_until */
	deadline_t changes_until;
	enum guest_end end;
	char why[256]; /* why it is over, where there is more to say than @end */
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
	int disk_fd;         /* the disk's file; the caller's */
	bool stalled;        /* QEMU waits until the host can write its disk */
	bool no_space;       /* it is stalled because the host has no space left */
	bool stall_trying;   /* QEMU has been told to go on, a moment ago */
	char stall_why[96];  /* why it is stalled, for people: "paused: …" */
	uint64_t stall_wait; /* microseconds between two tries */
	deadline_t resumed;  /* until then another stall counts as the last one again */
	struct loop_timer boot, grace, idle, stall;
	int grace_step;
	uint64_t idle_since, idle_cpu;
	deadline_t idle_not_before; /* until then it is not stopped as idle */
};

/* Watches over @guest until it has ended. The caller has started QEMU and the prober, has called
 * visitors_listen(), and has set settings, record, run_fd, disk_fd, qemu and signal_fd (a signalfd
 * of SIGTERM, SIGINT and SIGCHLD). Returns the exit code of guest-launch. */
int guest_supervise(struct guest *guest);

extern const struct guest_hooks supervisor_hooks;

/* ---- guest.c: the state of the guest; the parts below stand on it ---- */

/* Gives the guest the time that a boot may take, from now on; it is ended where nobody can log in
 * by then. */
void guest_await_boot(struct guest *guest);

/* Begins to end the guest, because of @why: gracefully first, by force then. It is left alone where
 * it is ending already. */
void guest_stop(struct guest *guest, enum guest_end why);

/* Returns in words why the guest is over. The text is a constant, or a part of @guest. */
const char *guest_ended_how(const struct guest *guest);

/* Tells all who want to know what the guest is doing: whoever reads its record, systemd and the
 * visitors. */
void guest_phase(struct guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns how many seconds a boot may take. */
int guest_boot_seconds(const struct guest *guest);

/* Notes that users can log in: those who wait for it are told, and the guest may be idle. */
void guest_is_ready(struct guest *guest);

/* Notes that the guest is ending, and why nobody is let in any more (@phase). */
void guest_go_down(struct guest *guest, const char *phase);

/* Notes that the guest ends by itself; QEMU is helped where that takes too long. */
void guest_expect_end(struct guest *guest);

/* Adds the timer of the steps by which a guest is ended to the loop. */
void guest_time_end(struct guest *guest);

/* Kills QEMU, which is not reaped by that. */
void guest_kill_qemu(struct guest *guest);

/* Returns whether a guest that waits for space on the host has it by now. */
bool guest_has_room(const struct guest *guest);

/* ---- its parts ---- */

/* way_in.c: begins to connect to the guest's sshd. @run is called with the guest whenever
 * way_in_go_on() is due, and, once that has returned 0, whenever there is something to read from
 * way->dial.fd. Returns 0 or -errno. */
int way_in_begin(struct guest *guest, struct way_in *way, loop_fn *run);

/* Goes on with it. Returns as dial_go_on() does, and tries again where others were in the way. */
int way_in_go_on(struct guest *guest, struct way_in *way);

/* Closes the connection; does nothing where there is none. */
void way_in_end(struct guest *guest, struct way_in *way);

/* probe.c: has logins tried until one works, then calls guest_is_ready(). Returns 0 or -errno. */
int probe_start(struct guest *guest);

/* Has no more logins tried, and ends the prober. */
void probe_stop(struct guest *guest);

/* visitors.c: makes the sockets GUEST_CONNECT and GUEST_CONTROL, and watches them. Returns 0 or
 * -errno with @err. */
int visitors_listen(struct guest *guest, struct carrel_error *err);

/* Tells the phase to all who wait for the guest, or for its end. */
void visitors_tell(struct guest *guest);

/* Serves those who have waited for the guest to be ready. */
void visitors_serve(struct guest *guest);

/* Tells all who are left that the guest has ended, and closes the sockets. */
void visitors_dismiss(struct guest *guest);

/* stall.c: begins to look after a guest that may have to wait until the host can write its disk. */
void stall_watch(struct guest *guest);

/* Notes an event of QMP that says that the guest waits, or goes on. */
void stall_on_event(struct guest *guest, const char *name, json_t *data);

/* Has QEMU go on where @value, its answer to query-status, says that it waits. */
void stall_on_status(struct guest *guest, json_t *value);

/* idle.c: begins to look whether anybody uses the guest, which is stopped where nobody does. */
void idle_start(struct guest *guest);

/* Notes that somebody is about to come in: the guest is not idle. */
void idle_visited(struct guest *guest);

#endif
