// SPDX-License-Identifier: MIT
#include "faults.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

/* What libpam's caller is told, to be passed on later: not in the midst of what is looked at. */
static char said[4096];

enum { PATIENCE_MS = 1000 };

static int converse(int count, const struct pam_message **messages,
	struct pam_response **ret_replies, void *data)
{
	(void)data;
	for (int i = 0; i < count; i++)
		snprintf(said + strlen(said), sizeof(said) - strlen(said), "said %d %s\n",
			messages[i]->msg_style, messages[i]->msg);
	*ret_replies = calloc((size_t)count, sizeof(**ret_replies));
	return *ret_replies ? PAM_SUCCESS : PAM_BUF_ERR;
}

static pam_handle_t *start(const char *service, const char *user)
{
	struct pam_conv conversation = {.conv = converse};
	pam_handle_t *pamh = NULL;

	if (pam_start(service, user, &conversation, &pamh) != PAM_SUCCESS)
		errx(3, "pam_start");
	pam_set_item(pamh, PAM_RHOST, "192.0.2.7");
	pam_set_item(pamh, PAM_TTY, "ssh");
	return pamh;
}

static void mark(enum phase phase)
{
	prctl(MARK, phase, 0, 0, 0);
}

static int session(
	pam_handle_t *pamh, enum phase phase, const struct fault *fault, bool traced, int out)
{
	bool starve = fault->action == ACTION_STARVE && fault->phase == phase;
	long allocations;
	int code;

	if (traced)
		mark(phase);
	starve_begin(starve ? fault->index : 0);
	code = phase == PHASE_OPEN ? pam_open_session(pamh, 0) : pam_close_session(pamh, 0);
	allocations = starve_end();
	if (traced)
		mark(phase + 1);
	dprintf(out, "%s%s %d %ld\n", said, phase_names[phase], code, allocations);
	said[0] = '\0';
	return code;
}

static void copy_lines(const char *path, const char *before)
{
	FILE *from = fopen(path, "re");
	char line[1024];

	while (from && fgets(line, sizeof(line), from))
		printf("%s %s", before, line);
	if (from)
		fclose(from);
}

static void list(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			printf("view in %s/%s\n", path, entry->d_name);
	if (dir)
		closedir(dir);
}

static const char *const namespaces[] = {"mnt", "pid", "ipc", "cgroup", "uts", "net"};

static void tell_namespaces(const char *before)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		char path[64], target[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		n = readlink(path, target, sizeof(target) - 1);
		printf("%s %s %.*s\n", before, namespaces[i], n > 0 ? (int)n : 0, target);
	}
}

/* All that a user could see of a session. */
static void tell_view(void)
{
	printf("view pid %d uid %d\n", (int)getpid(), (int)getuid());
	tell_namespaces("view ns");
	copy_lines("/proc/self/cgroup", "view cgroup");
	copy_lines("/proc/self/mountinfo", "view mount");
	list("/home");
	list("/tmp");
	list("/dev/shm");
	list("/run/user");
}

/* As sshd does: what it forks now is born inside, as the user. What stays must end with it. */
/* In a sandbox that goes on, what a login leaves goes on as well: with one that joins, the payload
 * ends by itself when nobody holds the other end any more. */
static int leash[2] = {-1, -1};

static void stay(void)
{
	char byte;

	if (leash[0] < 0)
		closefrom(0);
	else if (dup2(leash[0], 0) == 0)
		closefrom(1);
	if (leash[0] >= 0 && read(0, &byte, 1) == 0)
		_exit(0);
	for (;;)
		pause();
}

static pid_t start_payload(const struct passwd *account, int out)
{
	static char all[1 << 16];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setsid();
	if (setgroups(0, NULL) < 0 || setgid(account->pw_gid) < 0 || setuid(account->pw_uid) < 0)
		_exit(4);
	dup2(out, STDOUT_FILENO);
	/* In one write(2), which a SIGKILL does not cut short: what is killed on the way has told
	 * nothing, and not a part of what it sees. */
	setvbuf(stdout, all, _IOFBF, sizeof(all));
	tell_view();
	fflush(stdout);
	stay();
	return -1;
}

/* Forwards what the user sees. Returns the user's process, or -1. */
static pid_t look(const struct passwd *account, int out)
{
	char text[4096];
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		err(3, "pipe2");
	pid = start_payload(account, ends[1]);
	if (pid < 0)
		dprintf(out, "nofork\n");
	close(ends[1]);
	while ((n = read(ends[0], text, sizeof(text))) > 0)
		if (write(out, text, (size_t)n) != n)
			err(3, "write");
	close(ends[0]);
	return pid;
}

/* Where the session's end could not be told, it ends with this process, and the payload with it. */
static void reap_for(int ms)
{
	struct timespec pause = {.tv_nsec = 1000000};

	while (ms-- > 0 && waitpid(-1, NULL, __WALL | WNOHANG) >= 0)
		nanosleep(&pause, NULL);
}

/* A fork in a dead pid namespace would fail. */
static bool fork_works(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static ino_t namespace_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* What its own /proc shows, and where its children would be born. */
static bool at_home(ino_t mounts)
{
	return namespace_of("/proc/self/ns/mnt") == mounts &&
	       namespace_of("/proc/self/ns/pid") == namespace_of("/proc/self/ns/pid_for_children");
}

/* Only from the namespaces that it was born in: they show it its own /proc, and let it have a
 * child that looks. */
static void check_leaks(bool possible, int out)
{
#ifdef __SANITIZE_ADDRESS__
	if (possible)
		dprintf(out, "leaks %d\n", __lsan_do_recoverable_leak_check());
#else
	(void)possible;
	(void)out;
#endif
}

/* Where it stands and what it has open, once all is over. */
static void look_back(int out)
{
	dup2(out, STDOUT_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++) {
		char path[64], target[256];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n > 0)
			printf("back fd %d %.*s\n", fd, (int)n, target);
	}
	tell_namespaces("back ns");
	copy_lines("/proc/self/cgroup", "back cgroup");
	fflush(stdout);
}

/* Lowers a limit of this process, or puts it back. */
static void limit(const struct run *run, struct rlimit *before, bool lower)
{
	struct rlimit lowered;

	if (run->limited < 0)
		return;
	if (lower && getrlimit((__rlimit_resource_t)run->limited, before) < 0)
		err(3, "getrlimit");
	lowered = (struct rlimit){run->limit, before->rlim_max};
	if (setrlimit((__rlimit_resource_t)run->limited, lower ? &lowered : before) < 0)
		err(3, "setrlimit");
}

void login_run(const char *service, const struct run *run, int out, bool traced)
{
	struct passwd *account = getpwnam(run->user);
	ino_t home = namespace_of("/proc/self/ns/mnt");
	pam_handle_t *pamh;
	struct rlimit limits;
	int opened;

	if (!account)
		errx(3, "no user %s", run->user);
	pamh = start(service, run->user);
	if (traced && (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || raise(SIGSTOP) != 0))
		err(3, "ptrace");
	limit(run, &limits, true);
	opened = session(pamh, PHASE_OPEN, &run->fault, traced, out);
	limit(run, &limits, false);
	if (opened == PAM_SUCCESS) {
		bool sandboxed = !at_home(home);
		pid_t payload;

		if (run->sandbox && pipe2(leash, O_CLOEXEC) < 0)
			err(3, "pipe2");
		payload = look(account, out);
		session(pamh, PHASE_CLOSE, &run->fault, traced, out);
		/* A logout ends nothing that is not in a pid namespace of its own. */
		if (payload > 0 && !sandboxed)
			kill(payload, SIGKILL);
		close(leash[0]);
		close(leash[1]);
	}
	if (traced)
		mark(PHASE_END);
	/* Its own child, and of a namespace that ends: nobody else can reap it. */
	reap_for(PATIENCE_MS);
	dprintf(out, "fork %s\n", fork_works() ? "works" : "fails");
	look_back(out);
	pam_end(pamh, PAM_SUCCESS);
	check_leaks(at_home(home), out);
	_exit(0);
}

void login_hold(const char *service, const char *user, int out, int until)
{
	pam_handle_t *pamh = start(service, user);
	int code = pam_open_session(pamh, 0);
	char byte;

	if (code == PAM_SUCCESS)
		look(getpwnam(user), out);
	dprintf(out, "held %d\n", code);
	close(out);
	while (read(until, &byte, 1) > 0)
		;
	pam_close_session(pamh, 0);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	_exit(0);
}

void login_warm_up(const char *service, const char *user)
{
	static pam_handle_t *kept; /* its end would unload what has just been loaded */

	kept = start(service, user);
	if (pam_open_session(kept, PAM_SILENT) != PAM_SUCCESS ||
		pam_close_session(kept, PAM_SILENT) != PAM_SUCCESS)
		errx(3, "the first login of %s failed", user);
}
