// SPDX-License-Identifier: MIT
// what: what an operation's own error is, on_error = allow does not take for a session-init of another version
// needs:
// tier: fast
// deadline: 30s
#include "plan/plan.h"
#include "session/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is made of an answer that names operation @op, where there is one. */
static int await_answer_of(uint32_t op, int error, struct carrel_error *err)
{
	const struct plan_answer answer = {.version = PLAN_VERSION, .op = op, .error = error};
	struct plan_ops *ops = calloc(1, sizeof(*ops));
	struct init_process init = INIT_PROCESS_NONE;
	int sockets[2], r;

	if (!ops || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -ENOMEM;
	plan_ops_add(ops, PLAN_OP_KEEP_DIR, "/home/alice/mount", NULL);
	init.socket = sockets[0];
	r = send(sockets[1], &answer, sizeof(answer), 0) < 0
		    ? -errno
		    : init_await(&init, ops, deadline_in(1000000), err);
	close(sockets[1]);
	init_forget(&init);
	free(ops);
	return r;
}

static int expect(const char *what, uint32_t op, int error, bool installation)
{
	struct carrel_error err = {0};
	int r = await_answer_of(op, error, &err);

	if (r == -error && err.installation == installation)
		return 0;
	fprintf(stderr, "%s: %d, %s, %s\n", what, r, err.text,
		err.installation ? "a broken installation" : "no broken installation");
	return 1;
}

int main(void)
{
	int bad = expect("another version", PLAN_OP_NONE, EPROTO, true);

	/* A file system of a user's may answer with any error (fuse(4)). */
	bad += expect("the user's file system", 0, EPROTO, false);
	bad += expect("another error", 0, EACCES, false);
	return bad != 0;
}
