// SPDX-License-Identifier: MIT
/*
 * probe.c - finds out whether the guest is ready. Only a real login tells: sshd answers before
 * systemd lets users in. sshd itself is asked first, which costs less than an ssh that waits in
 * vain.
 */
#include "probe.h"
#include "base/cleanup.h"
#include "guest.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	USEC = 1000000,
	BETWEEN_KVM = USEC / 10,
	BETWEEN_TCG = USEC / 2,
	/* How long sshd's first line is waited for. QEMU takes connections before the guest is up,
	 * and those may be answered late or never; in a slow guest all are answered late, so each
	 * next one has twice the time. */
	BANNER_KVM = USEC,
	BANNER_TCG = 4 * USEC,
	BANNER_MOST = 16 * USEC,
};

static void try_again_soon(struct guest *guest)
{
	way_in_end(guest, &guest->probe.way);
	guest->probe.timer.at =
		deadline_in(guest_record_is_emulated(&guest->record) ? BETWEEN_TCG : BETWEEN_KVM);
}

/* Has ssh try, as the user and over the connection at which sshd has answered, to run "true"
 * there. */
static void log_in(struct guest *guest)
{
	int r = prober_try(&guest->probe.prober, guest->probe.way.dial.fd);

	/* An end of the prober is heard at its descriptor. */
	try_again_soon(guest);
	if (r < 0)
		return;
	guest->probe.timer.at = DEADLINE_NEVER;
	guest_phase(guest, "waiting for logins");
}

static void stop_probe(struct guest *guest)
{
	struct guest_probe *probe = &guest->probe;

	way_in_end(guest, &probe->way);
	if (probe->prober.fd >= 0)
		loop_forget(&guest->loop, probe->prober.fd);
	prober_end(&probe->prober);
	probe->timer.at = DEADLINE_NEVER;
}

static void on_login_tried(void *data, short revents)
{
	struct guest *guest = data;
	char why[sizeof(guest->record.phase)];
	int r = prober_answer(&guest->probe.prober, why, sizeof(why));

	(void)revents;
	if (r == -EAGAIN || r == -EINTR)
		return;
	if (r < 0) {
		snprintf(guest->why, sizeof(guest->why),
			"the process that tries logins has ended: %s", strerror(-r));
		guest_stop(guest, GUEST_END_TIMEOUT);
	} else if (r == 1) {
		stop_probe(guest);
		guest_is_ready(guest);
	} else {
		if (why[0])
			guest_phase(guest, "%s", why);
		try_again_soon(guest);
	}
}

static void on_banner(void *data, short revents)
{
	static const char banner[] = "SSH-";
	struct guest *guest = data;
	char text[sizeof(banner) - 1];
	int r = way_in_go_on(guest, &guest->probe.way);
	ssize_t n = -1;

	(void)revents;
	if (r == 0)
		n = recv(guest->probe.way.dial.fd, text, sizeof(text), MSG_DONTWAIT | MSG_PEEK);
	if (r == -EINPROGRESS || (r == 0 && n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	/* The line stays in the socket, for ssh. */
	if (n == (ssize_t)sizeof(text) && memcmp(text, banner, sizeof(text)) == 0)
		log_in(guest);
	else
		try_again_soon(guest);
}

static void knock_at_sshd(void *data)
{
	struct guest *guest = data;
	struct guest_probe *probe = &guest->probe;

	if (guest->state != GUEST_STARTING)
		return;
	if (probe->way.dial.fd >= 0 && probe->patience < BANNER_MOST)
		probe->patience *= 2;
	try_again_soon(guest);
	if (way_in_begin(guest, &probe->way, on_banner) == 0)
		probe->timer.at = deadline_in(probe->patience);
}

static int start_probe(struct guest *guest)
{
	struct guest_probe *probe = &guest->probe;

	probe->timer = (struct loop_timer){.run = knock_at_sshd, .data = guest};
	probe->timer.at =
		deadline_in(guest_record_is_emulated(&guest->record) ? USEC : BETWEEN_KVM);
	probe->patience = guest_record_is_emulated(&guest->record) ? BANNER_TCG : BANNER_KVM;
	loop_add_timer(&guest->loop, &probe->timer);
	return loop_watch(&guest->loop, probe->prober.fd, POLLIN, on_login_tried, guest);
}

const struct guest_part probe_part = {.start = start_probe, .on = {[GUEST_ON_STOP] = stop_probe}};
