// SPDX-License-Identifier: MIT
#include "prober.h"
#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/rights.h"
#include "guest/jail/jail.h"
#include "guest/privileges.h"
#include "guest/ssh.h"
#include "plan/guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOGIN_MS = 60 * 1000,
	END_MS = 2000, /* for it to end its ssh and itself, unless ssh is just being put into its
			  jail */
	WHY_MAX = 256,
	LINK = STDERR_FILENO + 1,
};

struct answer {
	bool works;
	char why[WHY_MAX];
};

/* ---- the prober itself ---- */

/* Starts ssh over @connection, which is its stdin and stdout ("ProxyCommand=-"). */
static int start_ssh(const struct guest_settings *settings, const char *user, int connection,
	struct jail_process *ret_ssh, struct carrel_error *err)
{
	static const char *const rest[] = {"-T", "-n", "--", GUEST_HOST_NAME, "true", NULL};
	const struct ssh_call call = {.caller = SSH_PROBE,
		.key = JAIL_KEY,
		.known_hosts = JAIL_KNOWN_HOSTS,
		.proxy = "-",
		.user = user};
	const struct policy_login *login = &settings->account.login;
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	cleanup(words_free) struct words argv = {0};
	cleanup_free struct plan_ops *root = NULL;
	struct jail_program program = {.path = GUEST_SSH,
		.own_network = true,
		.uid = login->uid,
		.standard = {connection, connection, null},
		.file_size = 0};
	int r = jail_root_for_ssh(login->uid, &root, err);

	guest_ssh_words(&argv, &call);
	words_add_all(&argv, rest);
	if (r == 0 && argv.failed)
		r = error_set(err, -ENOMEM, "%s", GUEST_SSH);
	if (r == 0 && (null < 0 || fcntl(connection, F_SETFL, 0) < 0))
		r = error_set(err, -errno, "%s", GUEST_SSH);
	if (r < 0)
		return r;
	program.argv = argv.word;
	program.root = root;
	r = jail_start(&program, ret_ssh, err);
	if (r == 0)
		(void)jail_open_gate(ret_ssh); /* one that has died already is reaped */
	return r;
}

/* Returns whether ssh exits with 0 in time, and while guest-launch is there. */
static bool await_ssh(struct jail_process *ssh, int link)
{
	struct pollfd ready[] = {{.fd = ssh->pidfd, .events = POLLIN}, {.fd = link}};
	deadline_t deadline = deadline_in(LOGIN_MS * 1000ull);
	int status = -1, r;

	do
		r = poll(ready, 2, deadline_left_ms(deadline));
	while (r < 0 && errno == EINTR);
	(void)kill(ssh->pid, SIGKILL); /* not reaped yet */
	while (waitpid(ssh->pid, &status, 0) < 0 && errno == EINTR)
		;
	jail_process_close(ssh);
	return status == 0;
}

static void try_login(const struct guest_settings *settings, const char *user, int connection,
	struct answer *ret_answer)
{
	struct jail_process ssh = JAIL_PROCESS_NONE;
	struct carrel_error err = {0};

	if (start_ssh(settings, user, connection, &ssh, &err) == 0)
		ret_answer->works = await_ssh(&ssh, LINK);
	else
		error_format(&err, ret_answer->why, sizeof(ret_answer->why));
}

/* Gives up all of guest-launch's but this side of the link: there is no lock, disk or console
 * left. */
static int become_prober(int link)
{
	static const cap_value_t kept[] = {
		CAP_KILL, CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_SYS_ADMIN};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
		(link != LINK && dup2(link, LINK) < 0) || fcntl(LINK, F_SETFD, FD_CLOEXEC) < 0 ||
		close_range(LINK + 1, ~0u, 0) < 0)
		return -errno;
	return drop_to_capabilities(kept, sizeof(kept) / sizeof(kept[0]));
}

static void serve_tries(const struct guest_settings *settings, const char *user, int link)
	__attribute__((noreturn));

static void serve_tries(const struct guest_settings *settings, const char *user, int link)
{
	if (become_prober(link) < 0)
		_exit(EXIT_FAILURE);
	for (;;) {
		struct answer answer = {0};
		int connection = -EBADF;
		char byte;

		/* The link ends with guest-launch. */
		if (rights_receive(LINK, &byte, 1, &connection) != 1 || connection < 0)
			_exit(EXIT_SUCCESS);
		try_login(settings, user, connection, &answer);
		fd_closep(&connection);
		if (send(LINK, &answer, sizeof(answer), MSG_NOSIGNAL) != (ssize_t)sizeof(answer))
			_exit(EXIT_SUCCESS);
	}
}

/* ---- guest-launch ---- */

int prober_start(const struct guest_settings *settings, const char *user, struct prober *ret_prober,
	struct carrel_error *err)
{
	struct prober prober;
	int link[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link) < 0)
		return error_set(err, -errno, "process that tries logins");
	prober = (struct prober){.pid = fork(), .fd = link[0]};
	if (prober.pid == 0)
		serve_tries(settings, user, link[1]);
	close(link[1]);
	if (prober.pid < 0) {
		int r = error_set(err, -errno, "process that tries logins");

		close(prober.fd);
		return r;
	}
	*ret_prober = prober;
	return 0;
}

int prober_try(const struct prober *prober, int connection)
{
	return rights_send(prober->fd, "", 1, connection);
}

int prober_answer(const struct prober *prober, char *why, size_t size)
{
	struct answer answer;
	ssize_t n = recv(prober->fd, &answer, sizeof(answer), MSG_DONTWAIT);

	if (n != (ssize_t)sizeof(answer))
		return n < 0 ? -errno : -EPIPE;
	answer.why[WHY_MAX - 1] = '\0';
	snprintf(why, size, "%s", answer.why);
	return answer.works;
}

void prober_end(struct prober *prober)
{
	struct pollfd gone = {.fd = -EBADF, .events = POLLIN};

	fd_closep(&prober->fd); /* the prober hears this */
	if (prober->pid <= 0)
		return;
	gone.fd = pidfd_open(prober->pid, 0);
	if (gone.fd >= 0)
		(void)poll(&gone, 1, END_MS);
	fd_closep(&gone.fd);
	(void)kill(prober->pid, SIGKILL); /* not reaped yet */
	while (waitpid(prober->pid, NULL, 0) < 0 && errno == EINTR)
		;
	prober->pid = 0;
}
