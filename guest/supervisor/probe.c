// SPDX-License-Identifier: MIT
/*
 * probe.c - is the guest ready? A real login is what tells: sshd answers before systemd lets users
 * in. sshd itself is asked first, which costs less than an ssh that waits in vain.
 */
#include "base/cleanup.h"
#include "guest/jail/jail.h"
#include "plan/guest.h"
#include "supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	BETWEEN_KVM = USEC / 10,
	BETWEEN_TCG = USEC / 2,
	/* For sshd's first line, and then for a login. A connection that QEMU took before the
	 * guest was up may be answered late or never; where the guest is slow, every one is
	 * answered late: each next one has twice the time. */
	BANNER_KVM = USEC,
	BANNER_TCG = 4 * USEC,
	BANNER_MOST = 16 * USEC,
	LOGIN_USEC = 60 * USEC,
};

static bool emulated(const struct guest *guest)
{
	return strcmp(guest->record.accel, "kvm") != 0;
}

static void again(struct guest *guest)
{
	way_in_end(guest, &guest->probe.way);
	jail_process_close(&guest->probe.ssh);
	guest->probe.timer.at = deadline_in(emulated(guest) ? BETWEEN_TCG : BETWEEN_KVM);
}

/* "-": the connection is stdin and stdout. */
static int start_ssh(struct guest *guest, int null, struct carrel_error *err)
{
	const struct policy_login *login = &guest->settings->account.login;
	char *const argv[] = {(char *)"ssh", (char *)"-F", (char *)"none", (char *)"-T",
		(char *)"-n", (char *)"-q", (char *)"-i", (char *)JAIL_KEY, (char *)"-l",
		guest->record.user, (char *)"-o", (char *)"ProxyCommand=-", (char *)"-o",
		(char *)"UserKnownHostsFile=" JAIL_KNOWN_HOSTS, (char *)"-o",
		(char *)"BatchMode=yes", (char *)"-o", (char *)"IdentitiesOnly=yes", (char *)"-o",
		(char *)"StrictHostKeyChecking=yes", (char *)"-o",
		(char *)"GlobalKnownHostsFile=none", (char *)"-o", (char *)"ControlPath=none",
		(char *)GUEST_HOST_NAME, (char *)"true", NULL};
	struct probe *probe = &guest->probe;
	int fd = probe->way.dial.fd;
	struct jail_program program = {.path = GUEST_SSH,
		.argv = argv,
		.own_network = true,
		.uid = login->uid,
		.gid = login->gid,
		.standard = {fd, fd, null},
		.file_size = 0};
	int r = probe->root ? 0 : jail_root_for_ssh(login->uid, login->gid, &probe->root, err);

	if (r == 0 && (null < 0 || fcntl(fd, F_SETFL, 0) < 0))
		r = error_set(err, -errno, "%s", GUEST_SSH);
	if (r < 0)
		return r;
	program.root = probe->root;
	r = jail_start(&program, &probe->ssh, err);
	if (r == 0)
		(void)jail_open_gate(&probe->ssh); /* one that has died already is reaped */
	return r;
}

/* sshd answers: as the user, ssh tries to run "true" there, over that same connection. */
static void log_in(struct guest *guest)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char why[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};

	if (start_ssh(guest, null, &err) < 0) {
		error_format(&err, why, sizeof(why));
		guest_phase(guest, "%s", why);
		again(guest);
		return;
	}
	way_in_end(guest, &guest->probe.way);
	guest_phase(guest, "waiting for logins");
	guest->probe.timer.at = deadline_in(LOGIN_USEC);
}

static void forget_jail(struct probe *probe)
{
	jail_process_close(&probe->ssh);
	free(probe->root);
	probe->root = NULL;
}

void probe_child_ended(struct guest *guest)
{
	struct probe *probe = &guest->probe;
	int status;

	if (probe->ssh.pid <= 0 || waitpid(probe->ssh.pid, &status, WNOHANG) != probe->ssh.pid)
		return;
	probe->ssh.pid = 0;
	if (guest->state != GUEST_STARTING)
		return;
	if (status == 0) {
		forget_jail(probe);
		probe->timer.at = DEADLINE_NEVER;
		guest_is_ready(guest);
	} else {
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
	if (probe->ssh.pid > 0) { /* it hangs */
		(void)pidfd_send_signal(probe->ssh.pidfd, SIGKILL, NULL, 0);
		return;
	}
	if (probe->way.dial.fd >= 0 && probe->patience < BANNER_MOST)
		probe->patience *= 2;
	again(guest);
	if (way_in_begin(guest, &probe->way, heard) == 0)
		probe->timer.at = deadline_in(probe->patience);
}

void probe_start(struct guest *guest)
{
	guest->probe = (struct probe){.timer = {.run = knock, .data = guest},
		.way = WAY_IN_NONE,
		.ssh = JAIL_PROCESS_NONE,
		.patience = emulated(guest) ? BANNER_TCG : BANNER_KVM};
	guest->probe.timer.at = deadline_in(emulated(guest) ? USEC : BETWEEN_KVM);
	loop_add_timer(&guest->loop, &guest->probe.timer);
}

void probe_stop(struct guest *guest)
{
	struct probe *probe = &guest->probe;

	if (probe->ssh.pid > 0) {
		(void)kill(probe->ssh.pid, SIGKILL); /* not reaped yet */
		while (waitpid(probe->ssh.pid, NULL, 0) < 0 && errno == EINTR)
			;
		probe->ssh.pid = 0;
	}
	way_in_end(guest, &probe->way);
	forget_jail(probe);
	probe->timer.at = DEADLINE_NEVER;
}
