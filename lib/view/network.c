// SPDX-License-Identifier: MIT
/*
 * network.c - a network of the session's own that a program (pasta) connects with the host's.
 *
 * session-init forks two processes for it. The holder makes the two namespaces, and keeps them
 * until session-init holds them. The connector stays in the host's network, and becomes the
 * program.
 *
 * The program runs as the user and configures the new network, for which it needs a capability in
 * the user namespace that the network belongs to. That namespace is made by root and maps the user
 * alone. So its owner is root, and to be its user gives no right in it: nobody in the session can
 * change the network, its addresses, or the rules that say what is reached from there. Only what
 * session-init has started in it has capabilities, and those reach no further.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_MAX = 64, ERRNO_BASE = 128 };

/* The process that keeps the namespaces, as long as @alive is open. */
struct holder {
	pid_t pid;
	int alive;
	int user, network; /* its namespaces */
};

static char *put_word(char *at, const char *word)
{
	return stpcpy(at, word);
}

static char *put_decimal(char *at, uint32_t number)
{
	char digits[12];
	int n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	while (n > 0)
		*at++ = digits[--n];
	*at = '\0';
	return at;
}

/* Opens a file of the process @pid by the session's own /proc, where nobody else is yet. Names of
 * namespaces are links that lead to no path, and have to be followed. */
static int open_of(pid_t pid, const char *name, int flags)
{
	char path[TEXT_MAX];

	put_word(put_decimal(put_word(path, "/proc/"), (uint32_t)pid), name);
	return open(path, flags | O_CLOEXEC);
}

/* Maps @id to itself, and no other. */
static int map_id(pid_t pid, const char *name, uint32_t id)
{
	char text[TEXT_MAX];
	int fd = open_of(pid, name, O_WRONLY);
	size_t size;
	bool done;

	if (fd < 0)
		return -1;
	put_word(put_decimal(put_word(put_decimal(text, id), " "), id), " 1");
	size = strlen(text);
	done = write(fd, text, size) == (ssize_t)size;
	close(fd);
	return done ? 0 : -1;
}

/* Returns 0 for a child that has ended well; or -1, with the errno that it gave, or ECHILD. */
static int await_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	errno = WIFEXITED(status) && WEXITSTATUS(status) > ERRNO_BASE
			? WEXITSTATUS(status) - ERRNO_BASE
			: ECHILD;
	return -1;
}

static void fail_with_errno(void)
{
	_exit(ERRNO_BASE + (errno & (ERRNO_BASE - 1)));
}

static void hold_namespaces(int alive)
{
	char byte = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		fail_with_errno();
	if (send(alive, &byte, 1, MSG_NOSIGNAL) != 1)
		fail_with_errno();
	_exit(recv(alive, &byte, 1, 0) != 0);
}

static int start_holder(struct holder *holder)
{
	int ends[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	holder->pid = fork();
	if (holder->pid == 0) {
		close(ends[0]);
		hold_namespaces(ends[1]);
	}
	close(ends[1]);
	holder->alive = ends[0];
	if (holder->pid < 0)
		return -1;
	if (recv(ends[0], &byte, 1, 0) == 1)
		return 0;
	/* It has ended, and says why. */
	close(ends[0]);
	holder->alive = -1;
	if (await_child(holder->pid) == 0)
		errno = ECHILD;
	holder->pid = -1;
	return -1;
}

static int take_namespaces(struct holder *holder, uid_t uid, gid_t gid)
{
	if (map_id(holder->pid, "/uid_map", uid) < 0 || map_id(holder->pid, "/gid_map", gid) < 0)
		return -1;
	holder->user = open_of(holder->pid, "/ns/user", O_RDONLY);
	holder->network = open_of(holder->pid, "/ns/net", O_RDONLY);
	return holder->user < 0 || holder->network < 0 ? -1 : 0;
}

static void end_holder(struct holder *holder)
{
	const int error = errno;

	if (holder->alive >= 0)
		close(holder->alive);
	if (holder->user >= 0)
		close(holder->user);
	if (holder->network >= 0)
		close(holder->network);
	if (holder->pid > 0)
		(void)await_child(holder->pid);
	errno = error;
}

/* Becomes the user in the namespace @user, with capabilities that hold there and nowhere else, and
 * keeps them over execve(2). Returns 0, or -1 and errno. */
static int become_connector(int user, uid_t uid, gid_t gid)
{
	static const int needed[] = {CAP_SYS_ADMIN, CAP_NET_ADMIN};
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (setgroups(0, NULL) < 0 || setns(user, CLONE_NEWUSER) < 0 ||
		prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid(gid, gid, gid) < 0 ||
		setresuid(uid, uid, uid) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		data[0].permitted |= 1u << needed[i];
	data[0].effective = data[0].inheritable = data[0].permitted;
	if (syscall(SYS_capset, &head, data) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, needed[i], 0, 0) < 0)
			return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Executes pasta(1), which finds the network at its standard input: it closes all others. It would
 * look every second whether the path is still there, and end. Its process ends once the network is
 * there, and another one goes on. */
static void execute_connector(const char *path, const struct holder *holder, uid_t uid, gid_t gid)
{
	static char *const envp[] = {NULL};
	static char *const argv[] = {"pasta", "--quiet", "--no-netns-quit", "--netns-only",
		"--netns", "/proc/self/fd/0", "--config-net", "-t", "none", "-u", "none", "-T",
		"none", "-U", "none", "--no-map-gw", "--dns-forward", PLAN_RESOLVER_IPV4,
		"--dns-forward", PLAN_RESOLVER_IPV6, NULL};
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	if (nowhere < 0 || become_connector(holder->user, uid, gid) < 0)
		fail_with_errno();
	/* session-init was born without the first three, and may have others in their place. */
	if (fcntl(holder->network, F_DUPFD, 0) < 0 || dup2(holder->network, 0) < 0 ||
		dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0)
		fail_with_errno();
	if (syscall(SYS_close_range, 3, ~0u, 0) < 0)
		fail_with_errno();
	umask(077);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, argv, envp);
	fail_with_errno();
}

static int connect_network(const char *path, const struct holder *holder, uid_t uid, gid_t gid)
{
	pid_t pid = fork();

	if (pid == 0)
		execute_connector(path, holder, uid, gid);
	return pid < 0 ? -1 : await_child(pid);
}

int view_network(const char *path, uid_t uid, gid_t gid)
{
	struct holder holder = {.pid = -1, .alive = -1, .user = -1, .network = -1};
	int outside = -1, r = start_holder(&holder);

	if (r == 0)
		r = take_namespaces(&holder, uid, gid);
	if (r == 0)
		r = connect_network(path, &holder, uid, gid);
	if (r == 0)
		r = outside = view_routes_open();
	if (r >= 0)
		r = setns(holder.network, CLONE_NEWNET);
	if (r == 0)
		r = view_routes_refuse_host(outside);
	if (outside >= 0)
		close(outside);
	end_holder(&holder);
	return r;
}
