// SPDX-License-Identifier: MIT
/*
 * probe.c - is the guest ready? A real login is what tells: sshd answers before systemd lets users
 * in. sshd itself is asked first, which costs less than an ssh that waits in vain.
 */
#include "base/cleanup.h"
#include "dial.h"
#include "drop.h"
#include "folder.h"
#include "supervise.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
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
	struct probe *probe = &guest->probe;

	if (probe->fd >= 0)
		loop_forget(&guest->loop, probe->fd);
	fd_closep(&probe->fd);
	fd_closep(&probe->pidfd);
	probe->timer.at = deadline_in(emulated(guest) ? BETWEEN_TCG : BETWEEN_KVM);
}

static void run_ssh(const struct guest *guest)
{
	const struct policy_login *login = &guest->settings->account.login;
	unsigned uid = (unsigned)login->uid;
	char key[96], hosts[96], proxy[160], *environment[] = {NULL};
	char *const argv[] = {(char *)"ssh", (char *)"-F", (char *)"none", (char *)"-T",
		(char *)"-n", (char *)"-q", (char *)"-i", key, (char *)"-l",
		(char *)guest->record.user, (char *)"-o", hosts, (char *)"-o", proxy, (char *)"-o",
		(char *)"ProxyUseFdpass=yes", (char *)"-o", (char *)"BatchMode=yes", (char *)"-o",
		(char *)"IdentitiesOnly=yes", (char *)"-o", (char *)"StrictHostKeyChecking=yes",
		(char *)"-o", (char *)"GlobalKnownHostsFile=none", (char *)"-o",
		(char *)"ControlPath=none", (char *)GUEST_HOST_NAME, (char *)"true", NULL};
	const char *step;

	snprintf(key, sizeof(key), GUEST_RUN_DIR "/%u/" GUEST_KEY, uid);
	snprintf(hosts, sizeof(hosts), "UserKnownHostsFile=" GUEST_RUN_DIR "/%u/" GUEST_KNOWN_HOSTS,
		uid);
	snprintf(proxy, sizeof(proxy), "ProxyCommand=" GUEST_LAUNCH " --pass %u %u",
		(unsigned)guest->record.cid, (unsigned)guest->record.port);
	if (drop_to_user(login->uid, login->gid, 0, guest->record.supervisor.pid, &step) == 0)
		execve(GUEST_SSH, argv, environment);
}

/* sshd answers: as the user, ssh tries to run "true" there. */
static void log_in(struct guest *guest)
{
	struct probe *probe = &guest->probe;
	pid_t pid;

	again(guest);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		sigset_t none;

		sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)setsid();
		if (null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2 &&
			close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
			run_ssh(guest);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0)
		return;
	probe->pid = pid;
	probe->pidfd = pidfd_open(pid, 0);
	probe->timer.at = deadline_in(LOGIN_USEC);
}

void probe_child_ended(struct guest *guest)
{
	struct probe *probe = &guest->probe;
	int status;

	if (probe->pid <= 0 || waitpid(probe->pid, &status, WNOHANG) != probe->pid)
		return;
	probe->pid = 0;
	if (guest->state != GUEST_STARTING)
		return;
	if (status == 0) {
		fd_closep(&probe->pidfd);
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
	ssize_t n = recv(guest->probe.fd, text, sizeof(text), MSG_DONTWAIT);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == (ssize_t)sizeof(text) && memcmp(text, banner, sizeof(text)) == 0) {
		guest_phase(guest, "waiting for logins");
		log_in(guest);
	} else {
		again(guest);
	}
}

static void knock(void *data)
{
	struct guest *guest = data;
	struct probe *probe = &guest->probe;

	if (guest->state != GUEST_STARTING)
		return;
	if (probe->pid > 0) { /* an ssh that hangs */
		(void)pidfd_send_signal(probe->pidfd, SIGKILL, NULL, 0);
		return;
	}
	if (probe->fd >= 0 && probe->patience < BANNER_MOST)
		probe->patience *= 2;
	again(guest);
	probe->fd = guest_dial(guest->record.cid, guest->record.port);
	if (probe->fd < 0)
		return;
	if (loop_watch(&guest->loop, probe->fd, POLLIN, heard, guest) < 0)
		fd_closep(&probe->fd);
	else
		probe->timer.at = deadline_in(probe->patience);
}

void probe_start(struct guest *guest)
{
	guest->probe = (struct probe){.timer = {.run = knock, .data = guest},
		.fd = -EBADF,
		.pidfd = -EBADF,
		.patience = emulated(guest) ? BANNER_TCG : BANNER_KVM};
	guest->probe.timer.at = deadline_in(emulated(guest) ? USEC : BETWEEN_KVM);
	loop_add_timer(&guest->loop, &guest->probe.timer);
}

void probe_stop(struct guest *guest)
{
	struct probe *probe = &guest->probe;

	if (probe->pid > 0) {
		(void)kill(probe->pid, SIGKILL); /* not reaped yet */
		while (waitpid(probe->pid, NULL, 0) < 0 && errno == EINTR)
			;
		probe->pid = 0;
	}
	if (probe->fd >= 0)
		loop_forget(&guest->loop, probe->fd);
	fd_closep(&probe->fd);
	fd_closep(&probe->pidfd);
	probe->timer.at = DEADLINE_NEVER;
}
