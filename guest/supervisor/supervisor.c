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

static void serve_and_look(struct guest *guest)
{
	visitors_serve(guest);
	idle_start(guest);
}

const struct guest_hooks supervisor_hooks = {
	.tell = visitors_tell,
	.ready = serve_and_look,
	.stopping = probe_stop,
};

static void boot_timeout(void *data)
{
	struct guest *guest = data;

	snprintf(guest->why, sizeof(guest->why),
		"the guest did not accept a login within %d s; look at its console",
		guest_boot_seconds(guest));
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
	/* QEMU ends by itself now, or is helped. */
	if (guest->state != GUEST_STOPPING)
		guest_expect_end(guest);
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
		guest_kill_qemu(guest);
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
	if (guest->why[0]) /* we have killed it */
		return;
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

static int watch_guest(struct guest *guest)
{
	struct loop *loop = &guest->loop;
	int r = loop_watch(loop, guest->signal_fd, POLLIN, on_signal, guest);

	guest->qmp = (struct qmp){
		.fd = guest->qemu.qmp_fd, .event = on_event, .answer = on_answer, .context = guest};
	guest->boot = (struct loop_timer){.run = boot_timeout, .data = guest};
	loop_add_timer(loop, &guest->boot);
	guest_time_end(guest);
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
		guest_kill_qemu(guest);
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
