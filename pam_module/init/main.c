// SPDX-License-Identifier: MIT
/*
 * main.c - session-init: PID 1 of a carrel.
 *
 * The module starts it with clone(2) and execve(2) in its new namespaces, with one descriptor: a
 * socket. By that it is sent the plan together with a pidfd of the process that opened the session.
 * It carries the plan out, answers, and from then on reaps. The sandbox lives as long as one of its
 * leases (lease.h), of which there may be more where a user's logins share it, and a while longer
 * where the policy says so. It also ends when its user asks for that, by connecting to a second
 * socket (carrel kill).
 *
 * At the end every process in the pid namespace is killed and reaped, what is left on the host is
 * removed, and the kernel does the rest when PID 1 exits.
 */
#include "base/rights.h"
#include "lease.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Gives up every capability but that to end the session's processes. Returns 0 or a positive
 * errno. */
static int keep_cap_kill_alone(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	/* A program that it executed would get no more than it has, and it executes none. Emptying
	 * the bounding set would say the same in eighty system calls. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	data[0].effective = data[0].permitted = 1u << CAP_KILL;
	return syscall(SYS_capset, &head, data) < 0 ? errno : 0;
}

/* Reaps a bounded number of processes at a time: a user who makes orphans without end must not keep
 * us from ending. */
static void reap_children(void)
{
	enum { AT_A_TIME = 64 };

	for (int i = 0; i < AT_A_TIME; i++)
		if (waitpid(-1, NULL, WNOHANG | __WALL) <= 0)
			return;
	/* There may be more, and their SIGCHLD has been read. */
	kill(getpid(), SIGCHLD);
}

/* Reads the signal that made the descriptor ready. Returns true if it asks for the end. */
static bool end_signalled(int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return false;
	reap_children();
	return info.ssi_signo == SIGTERM;
}

/* Takes one connection. Returns true if its owner may ask for the end, and is not of this session,
 * whose processes log out instead. The connection stays open, because its end tells the other side
 * that every process is gone. */
static bool end_asked(struct view_plan *plan)
{
	int fd = accept4(plan->control, NULL, NULL, SOCK_CLOEXEC);
	static const char accepted = PLAN_MESSAGE_ENDING;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (fd < 0)
		return false;
	/* A process of another pid namespace has no number here. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == 0 &&
		(peer.uid == 0 || peer.uid == plan->control_uid)) {
		plan->asker = fd;
		/* An asker who sees the connection closed without this has been refused. */
		send(fd, &accepted, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		return true;
	}
	close(fd);
	return false;
}

/* Returns the shorter of two waits; -1 is one without an end. */
static int sooner_of(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void wait_for_end(struct view_plan *plan, struct leases *leases, int signals)
{
	enum { SIGNALS, CONTROL, JOIN, LEASES };
	static struct pollfd ready[LEASES + 2 * LEASES_MAX];
	static struct watch watch;

	ready[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
	ready[CONTROL] = (struct pollfd){.fd = plan->control, .events = POLLIN};
	ready[JOIN] = (struct pollfd){.fd = plan->join, .events = POLLIN};
	watch_begin(&watch, plan);
	for (;;) {
		nfds_t n = LEASES + leases_watch(leases, &ready[LEASES]);
		int wait = leases_patience(leases);

		if (wait == 0)
			return;
		if (poll(ready, n, sooner_of(wait, watch_patience(&watch, plan))) < 0)
			continue;
		leases_look(leases, &ready[LEASES], plan);
		leases_tidy(leases, plan);
		if (ready[JOIN].revents)
			leases_accept(leases, plan->join);
		if (ready[CONTROL].revents && end_asked(plan))
			return;
		if (ready[SIGNALS].revents && end_signalled(signals))
			return;
		watch_look(&watch, plan);
	}
}

/* Kills and reaps all processes of the session. Returns false where some may live, which the kernel
 * kills when we end. */
static bool end_processes(void)
{
	/* In a pid namespace of its own, and there alone, -1 means "all of this session". */
	if (getpid() != 1)
		return true;
	if (kill(-1, SIGKILL) < 0 && errno != ESRCH)
		return false;
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	return true;
}

static int open_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Only these signals end or wake session-init. Faults stay what they are. */
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	sigaddset(&all, SIGTERM);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Sets up the session's view. Returns 0, or a positive errno and in *ret_op the operation that
 * failed. */
static int set_up_view(
	struct view_plan *plan, const char *message, ssize_t size, int terminals, uint32_t *ret_op)
{
	int error = view_plan_parse(message, (size_t)size, plan);

	plan->terminals = terminals;
	if (!error)
		error = view_plan_apply(plan, ret_op);
	/* The descriptor may be the mount namespace of another session, which must not be kept
	 * alive here. */
	if (terminals >= 0)
		close(terminals);
	if (!error)
		error = keep_cap_kill_alone();
	return error;
}

/* This is all of another program, which waits in its starter's stead (session/head_start.h). */
static int move_to_where_it_is(const char *path)
{
	/* Nobody should take this process for a session. */
	prctl(PR_SET_NAME, "head-start", 0, 0, 0);
	return view_cgroup_leave(AT_FDCWD, path) < 0;
}

int main(int argc, char *argv[])
{
	enum { PATIENCE_MS = 2000 };
	static char message[PLAN_BYTES_MAX] __attribute__((aligned(8)));
	static struct view_plan plan;
	static struct leases leases;
	struct plan_answer answer = {.version = PLAN_VERSION, .op = PLAN_OP_NONE};
	int signals, lease, rights[RIGHTS_MAX] = {-1, -1};
	ssize_t size;
	bool ended;

	if (argc == 2)
		return move_to_where_it_is(argv[1]);
	signals = open_signals();
	size = rights_receive_all(VIEW_SOCKET, message, sizeof(message), rights);
	lease = rights[0];
	if (size <= 0 || lease < 0 || signals < 0)
		return 1;
	umask(0);
	answer.error = set_up_view(&plan, message, size, rights[1], &answer.op);
	if (chdir("/") < 0 && !answer.error)
		answer.error = errno;
	if (send(VIEW_SOCKET, &answer, sizeof(answer), MSG_NOSIGNAL) < 0) {
		/* The opener has died, and cannot take back what it made. */
		if (plan.setup) {
			/* The next login, which has the user's lock, must not wait for us. */
			if (plan.join >= 0)
				close(plan.join);
			view_plan_lost(&plan, plan.name);
			view_plan_tidy(&plan, plan.name, PATIENCE_MS);
			view_plan_finish(&plan);
		}
		return 1;
	}
	if (answer.error)
		return 1;
	view_plan_settle(&plan);

	leases_begin(&leases, &plan, lease);
	wait_for_end(&plan, &leases, signals);
	ended = end_processes();
	/* A login that waits for the end, to make a sandbox anew, need not wait for the rest. */
	if (plan.join >= 0)
		close(plan.join);
	leases_end(&leases);
	if (ended && plan.asker >= 0)
		close(plan.asker);
	leases_await(&leases, &plan, PATIENCE_MS);
	view_plan_finish(&plan);
	return 0;
}
