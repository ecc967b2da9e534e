// SPDX-License-Identifier: MIT
/*
 * probe.c - is the guest ready? A real login is what tells: sshd answers before systemd lets users
 * in. sshd itself is asked first, which costs less than an ssh that waits in vain.
 */
#include "base/cleanup.h"
#include "guest/dial.h"
#include "supervisor.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	USEC = 1000000,
	BETWEEN_KVM = USEC / 10,
	BETWEEN_TCG = USEC / 2,
	/* For sshd's first line. A connection that QEMU took before the
	 * guest was up may be answered late or never; where the guest is slow, every one is
	 * answered late: each next one has twice the time. */
	BANNER_KVM = USEC,
	BANNER_TCG = 4 * USEC,
	BANNER_MOST = 16 * USEC,
};

static bool emulated(const struct guest *guest)
{
	return strcmp(guest->record.accel, "kvm") != 0;
}

static void again(struct guest *guest)
{
	way_in_end(guest, &guest->probe.way);
	guest->probe.timer.at = deadline_in(emulated(guest) ? BETWEEN_TCG : BETWEEN_KVM);
}

/* sshd answers: as the user, ssh tries to run "true" there, over that same connection. */
static void log_in(struct guest *guest)
{
	int r = prober_try(&guest->probe.prober, guest->probe.way.dial.fd);

	/* That it has ended is heard at its descriptor. */
	again(guest);
	if (r < 0)
		return;
	guest->probe.timer.at = DEADLINE_NEVER;
	guest_phase(guest, "waiting for logins");
}

static void answered(void *data, short revents)
{
	struct guest *guest = data;
	char why[sizeof(guest->record.phase)];
	int r = prober_answer(&guest->probe.prober, why, sizeof(why));

	(void)revents;
	if (r == -EAGAIN || r == -EINTR)
		return;
	if (r < 0) {
		snprintf(guest->why, sizeof(guest->why), "what tries logins has ended: %s",
			strerror(-r));
		guest_stop(guest, GUEST_END_TIMEOUT);
	} else if (r == 1) {
		probe_stop(guest);
		guest_is_ready(guest);
	} else {
		if (why[0])
			guest_phase(guest, "%s", why);
		again(guest);
	}
}

static void heard(void *data, short revents)
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
	/* It stays there, for ssh. */
	if (n == (ssize_t)sizeof(text) && memcmp(text, banner, sizeof(text)) == 0)
		log_in(guest);
	else
		again(guest);
}

static void knock(void *data)
{
	struct guest *guest = data;
	struct probe *probe = &guest->probe;

	if (guest->state != GUEST_STARTING)
		return;
	if (probe->way.dial.fd >= 0 && probe->patience < BANNER_MOST)
		probe->patience *= 2;
	again(guest);
	if (way_in_begin(guest, &probe->way, heard) == 0)
		probe->timer.at = deadline_in(probe->patience);
}

int probe_start(struct guest *guest)
{
	struct probe *probe = &guest->probe;

	probe->timer = (struct loop_timer){.run = knock, .data = guest};
	probe->timer.at = deadline_in(emulated(guest) ? USEC : BETWEEN_KVM);
	probe->patience = emulated(guest) ? BANNER_TCG : BANNER_KVM;
	loop_add_timer(&guest->loop, &probe->timer);
	return loop_watch(&guest->loop, probe->prober.fd, POLLIN, answered, guest);
}

void probe_stop(struct guest *guest)
{
	struct probe *probe = &guest->probe;

	way_in_end(guest, &probe->way);
	if (probe->prober.fd >= 0)
		loop_forget(&guest->loop, probe->prober.fd);
	prober_end(&probe->prober);
	probe->timer.at = DEADLINE_NEVER;
}
