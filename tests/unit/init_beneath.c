// SPDX-License-Identifier: MIT
// what: session-init makes nothing outside of a file system of its own, whatever the names in a plan are
// needs: native-root
// tier: fast
// deadline: 30s
#include "base/rights.h"
#include "expect.h"
#include "plan/builders.h"
#include "plan/plan.h"

#include <errno.h>
#include <libgen.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLAN_SOCKET = 3, MADE = 2 }; /* its first descriptor; the index of the operation */

static char program[4096];

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* session-init in a mount namespace of its own, with a socket to this process. */
static pid_t start_init(int *ret_socket)
{
	int sockets[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		give_up("socketpair");
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) == 0 &&
			mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			(sockets[1] == PLAN_SOCKET ? fcntl(PLAN_SOCKET, F_SETFD, 0)
						   : dup2(sockets[1], PLAN_SOCKET)) >= 0)
			execl(program, "session-init", NULL);
		_exit(127);
	}
	close(sockets[1]);
	*ret_socket = sockets[0];
	return pid;
}

/* What session-init answers to @ops. */
static struct plan_answer carried_out(const struct plan_ops *ops)
{
	struct plan_answer answer = {0};
	void *message = NULL;
	int lease = pidfd_open(getpid(), 0), socket;
	size_t size;
	pid_t pid = start_init(&socket);

	if (lease < 0 || plan_ops_finish(ops, &message, &size) < 0 ||
		rights_send(socket, message, size, lease) < 0)
		give_up("plan");
	do
		if (recv(socket, &answer, sizeof(answer), 0) != sizeof(answer))
			give_up("no answer");
	while (answer.error == PLAN_BEGUN);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(socket);
	close(lease);
	free(message);
	return answer;
}

/* A tmpfs with a folder in it, and one operation more, in which @name is made. */
static void makes(enum plan_op_kind kind, const char *name, int wanted)
{
	const char *const text[] = {kind == PLAN_OP_BIND ? name : "/nowhere", NULL};
	struct plan_ops *ops = calloc(1, sizeof(*ops));
	struct plan_answer answer;
	struct plan_op *op;

	if (!ops)
		give_up("memory");
	plan_add_tmpfs(ops, 0, 0, 0755);
	plan_ops_add(ops, PLAN_OP_MKDIR, "folder", NULL)->perm = 0755;
	op = plan_ops_add(ops, kind, kind == PLAN_OP_BIND ? "/proc/version" : name,
		kind == PLAN_OP_MKDIR ? NULL : text);
	op->perm = 0755;
	op->attrs = MOUNT_ATTR_RDONLY;
	answer = carried_out(ops);
	if (answer.error != wanted || answer.op != (wanted ? (uint32_t)MADE : PLAN_OP_NONE)) {
		expect_failed("operation %d of \"%s\": error %d of operation %u, not %d", (int)kind,
			name, answer.error, answer.op, wanted);
	}
	free(ops);
}

int main(int argc, char *argv[])
{
	static const enum plan_op_kind kinds[] = {
		PLAN_OP_MKDIR, PLAN_OP_FILE, PLAN_OP_SYMLINK, PLAN_OP_BIND};
	static const char *const outside[] = {"../made", "..", "folder/../../made",
		"folder/../made", "folder/..", "/made", "folder//made", "folder/", ""};
	static const char *const within[] = {
		"made", "folder/made", "..made", "folder/...", ".made"};

	(void)argc;
	/* Built beside this program. */
	snprintf(program, sizeof(program), "%s/../../session-init", dirname(argv[0]));
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
			makes(kinds[kind], outside[i], EXDEV);
		for (size_t i = 0; i < sizeof(within) / sizeof(within[0]); i++)
			makes(kinds[kind], within[i], 0);
	}
	return expect_result();
}
