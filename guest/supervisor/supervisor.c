// SPDX-License-Identifier: MIT
#include "supervisor.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "notify.h"
#include "plan/guest.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

enum {
	USEC = 1000000,
	/* Under emulation everything takes some 17 times as long; KVM inside a virtual machine is
	 * between the two. */
	BOOT_KVM = 400,
	BOOT_TCG = 900,
	GRACE_KVM = 60,
	GRACE_TCG = 120,
	QUIT_SECONDS = 5,
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
	strcpy(guest->record.phase, text);
	snprintf(guest->record.state, sizeof(guest->record.state), "%s", state_name(guest));
	(void)guest_record_write(guest->run_fd, &guest->record);
	notify_starter("STATUS=%s", text);
	visitors_tell(guest);
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

static void kill_qemu(struct guest *guest)
{
	(void)pidfd_send_signal(guest->qemu.process.pidfd, SIGKILL, NULL, 0);
}

/* Goes one step further each time that the last one has not helped. */
static void next_step(void *data)
{
	struct guest *guest = data;

	switch (guest->grace_step++) {
	case 0:
		guest->grace.at = in_seconds(
			guest_record_is_emulated(&guest->record) ? GRACE_TCG : GRACE_KVM);
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
		kill_qemu(guest);
	}
}

/* Notes that the guest is ending. Whoever wants the next one asks for it from now on. */
static void go_down(struct guest *guest, const char *phase)
{
	guest->state = GUEST_STOPPING;
	/* This comes before the record says so; where the guest was idle, the record has said so
	 * (idle.c). */
	if (strcmp(guest->record.state, "stopping") != 0)
		(void)unlinkat(guest->run_fd, GUEST_NEXT, 0);
	notify_starter("STOPPING=1");
	probe_stop(guest);
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
			stall_has_room(guest) && qmp_send(&guest->qmp, "cont") == 0 ? 0 : 1;
	guest->end = why;
	go_down(guest, "shutting down");
	next_step(guest);
}

static int boot_seconds(const struct guest *guest)
{
	return guest_record_is_emulated(&guest->record) ? BOOT_TCG : BOOT_KVM;
}

void guest_await_boot(struct guest *guest)
{
	guest->boot.at = in_seconds((unsigned)boot_seconds(guest));
}

static void boot_timeout(void *data)
{
	struct guest *guest = data;

	snprintf(guest->why, sizeof(guest->why),
		"the guest did not accept a login within %d s; look at its console",
		boot_seconds(guest));
	guest_stop(guest, GUEST_END_TIMEOUT);
}

/* ---- QMP ---- */

static void on_event(void *context, const char *name, json_t *data)
{
	struct guest *guest = context;
	const char *reason = json_string_value(json_object_get(data, "reason"));

	stall_on_event(guest, name, data);
	if (strcmp(name, "GUEST_PANICKED") == 0)
		guest->end = GUEST_END_PANIC;
	if (strcmp(name, "SHUTDOWN") != 0 || guest->end != GUEST_END_UNKNOWN)
		return;
	/* qapi/run-state.json, ShutdownCause. A panic reboots (panic=-1). */
	if (reason && strcmp(reason, "guest-reset") == 0)
		guest->end = console_has(&guest->console, "Kernel panic - not syncing")
				     ? GUEST_END_PANIC
				     : GUEST_END_REBOOT;
	else if (reason && strcmp(reason, "guest-shutdown") == 0)
		guest->end = GUEST_END_POWEROFF;
	else if (reason && strcmp(reason, "guest-panic") == 0)
		guest->end = GUEST_END_PANIC;
	if (guest->state != GUEST_STOPPING) {
		/* QEMU ends by itself now, or is helped. */
		guest->grace_step = 1;
		guest->grace.at = in_seconds(
			guest_record_is_emulated(&guest->record) ? GRACE_TCG : GRACE_KVM);
		go_down(guest, "the guest is going down");
	}
}

static void on_answer(void *context, const char *id, json_t *value, const char *error)
{
	struct guest *guest = context;

	if (strcmp(id, "qmp_capabilities") == 0 && !error)
		(void)qmp_send(&guest->qmp, "query-kvm");
	if (strcmp(id, "query-status") == 0 && value)
		stall_on_status(guest, value);
	/* "present" only says that this QEMU could use KVM. */
	if (strcmp(id, "query-kvm") == 0 && value) {
		bool kvm = json_is_true(json_object_get(value, "enabled"));

		strcpy(guest->record.accel, kvm ? "kvm" : "tcg");
		guest_phase(guest, kvm ? "booting" : "booting, emulated: this takes a while");
	}
}

static void qmp_heard(void *data, short revents)
{
	struct guest *guest = data;
	int r = qmp_read(&guest->qmp);

	(void)revents;
	if (r == 0)
		return;
	loop_forget(&guest->loop, guest->qmp.fd);
	/* A QEMU that cannot be spoken to cannot be watched either. Its own end is another
	 * matter. */
	if (r != -EPIPE && r != -ECONNRESET)
		kill_qemu(guest);
}

/* ---- QEMU ---- */

static void qemu_said(void *data, short revents)
{
	struct guest *guest = data;

	(void)revents;
	if (!qemu_listen(&guest->qemu))
		loop_forget(&guest->loop, guest->qemu.stderr_fd);
}

static void describe_death(struct guest *guest)
{
	const char *words;
	int status = guest->qemu_status;

	while (qemu_listen(&guest->qemu) &&
		poll(&(struct pollfd){guest->qemu.stderr_fd, POLLIN, 0}, 1, 0) > 0)
		;
	words = qemu_last_words(&guest->qemu);
	guest->end = GUEST_END_KILLED;
	if (WIFSIGNALED(status))
		snprintf(guest->why, sizeof(guest->why), "QEMU was killed by signal %d (%s)%s%s",
			WTERMSIG(status), strsignal(WTERMSIG(status)), words[0] ? ": " : "", words);
	else
		snprintf(guest->why, sizeof(guest->why), "QEMU ended with exit code %d%s%s",
			WEXITSTATUS(status), words[0] ? ": " : "", words);
}

static void reap_qemu(struct guest *guest)
{
	if (!guest->qemu_ended && waitpid(guest->qemu.process.pid, &guest->qemu_status, WNOHANG) ==
					  guest->qemu.process.pid) {
		guest->qemu_ended = true;
		/* The reason is what it said last over QMP. */
		while (qmp_read(&guest->qmp) == 0 &&
			poll(&(struct pollfd){guest->qmp.fd, POLLIN, 0}, 1, 0) > 0)
			;
		if (guest->end == GUEST_END_UNKNOWN ||
			(guest->qemu_status != 0 && guest->end != GUEST_END_ASKED &&
				guest->end != GUEST_END_IDLE && guest->end != GUEST_END_TIMEOUT &&
				guest->end != GUEST_END_PANIC))
			describe_death(guest);
		guest->state = GUEST_ENDED;
	}
}

static void on_signal(void *data, short revents)
{
	struct guest *guest = data;
	struct signalfd_siginfo info;

	(void)revents;
	while (read(guest->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap_qemu(guest);
		else
			guest_stop(guest, GUEST_END_ASKED);
	}
}

void guest_is_ready(struct guest *guest)
{
	guest->state = GUEST_READY;
	guest->was_ready = true;
	guest->boot.at = DEADLINE_NEVER;
	guest_phase(guest, "%s", guest->stalled ? guest->stall_why : "ready");
	notify_starter("READY=1");
	visitors_serve(guest);
	idle_start(guest);
}

static int watch_guest(struct guest *guest)
{
	struct loop *loop = &guest->loop;
	int r = loop_watch(loop, guest->signal_fd, POLLIN, on_signal, guest);

	guest->qmp = (struct qmp){
		.fd = guest->qemu.qmp_fd, .event = on_event, .answer = on_answer, .context = guest};
	guest->boot = (struct loop_timer){.run = boot_timeout, .data = guest};
	guest->grace = (struct loop_timer){.run = next_step, .data = guest};
	loop_add_timer(loop, &guest->boot);
	loop_add_timer(loop, &guest->grace);
	stall_watch(guest);
	if (r == 0)
		r = loop_watch(loop, guest->qmp.fd, POLLIN, qmp_heard, guest);
	if (r == 0)
		r = loop_watch(loop, guest->qemu.stderr_fd, POLLIN, qemu_said, guest);
	if (r == 0)
		r = console_open(&guest->console, loop, guest->qemu.console_fd);
	return r;
}

static int exit_code(const struct guest *guest)
{
	switch (guest->end) {
	case GUEST_END_ASKED:
	case GUEST_END_IDLE:
	case GUEST_END_POWEROFF:
	case GUEST_END_REBOOT:
		return COMMAND_DONE;
	default:
		return COMMAND_FAILED;
	}
}

int guest_supervise(struct guest *guest)
{
	int r = watch_guest(guest);

	guest_await_boot(guest);
	if (r == 0)
		r = probe_start(guest);
	while (r == 0 && guest->state != GUEST_ENDED)
		r = loop_run_once(&guest->loop);
	if (!guest->qemu_ended) {
		snprintf(guest->why, sizeof(guest->why), "the supervisor failed: %s", strerror(-r));
		kill_qemu(guest);
		while (waitpid(guest->qemu.process.pid, &guest->qemu_status, 0) < 0 &&
			errno == EINTR)
			;
		guest->qemu_ended = true;
		guest->state = GUEST_ENDED;
	}
	probe_stop(guest);
	console_close(&guest->console);
	qmp_free(&guest->qmp);
	return exit_code(guest);
}
