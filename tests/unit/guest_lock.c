// SPDX-License-Identifier: MIT
// what: whoever looks whether a guest lives is never taken for a guest, however many look, and a guest always is one
// needs:
// tier: fast
// deadline: 60s
#include "../../guest/folder.c"
#include "expect.h"

#include "session/guest.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { LOOKS = 20000, LOOKERS = 2, NOBODYS_UID = 424242 };

static int starts;

/* As admission, gc and destroy look, without a pause. */
static pid_t start_looking(int folder)
{
	pid_t pid = fork();

	while (pid == 0)
		if (guest_lives(folder) < 0)
			_exit(1);
	return pid;
}

static int count_start(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
	struct carrel_error *err)
{
	(void)manager;
	(void)unit;
	(void)deadline;
	(void)err;
	starts++;
	return 0;
}

/* Returns how many guests are started for @logins logins of a user. */
static int starts_for(int folder, int logins)
{
	const struct cgroup_manager_ops ops = {.start = count_start};
	struct cgroup_manager manager = {.ops = &ops};

	starts = 0;
	for (int i = 0; i < logins; i++)
		if (guest_ensure(
			    &manager, "nobody-here", NOBODYS_UID, folder, DEADLINE_NEVER, NULL) < 0)
			expect_failed("a login");
	return starts;
}

int main(void)
{
	char path[] = "/tmp/guest_lock.XXXXXX", lock[64];
	cleanup_close int folder = -EBADF;
	cleanup_close int held = -EBADF;
	pid_t looker[LOOKERS];
	int mistaken = 0;

	if (!mkdtemp(path))
		return 1;
	folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	expect_number("guests that a login starts where there is none", starts_for(folder, 1), 1);
	for (int i = 0; i < LOOKERS; i++)
		looker[i] = start_looking(folder);
	expect_number(
		"guests that logins start while others look", starts_for(folder, LOOKS), LOOKS);
	for (int i = 0; i < LOOKS; i++)
		mistaken += guest_lives(folder) != 0;
	expect_number("guests that were counted though nobody has one", mistaken, 0);
	for (int i = 0; i < LOOKERS; i++) {
		kill(looker[i], SIGKILL);
		expect_number("somebody who looks", waitpid(looker[i], NULL, 0), looker[i]);
	}
	held = guest_lock(folder);
	expect_number("a guest's lock", held < 0, 0);
	expect_number("guests that a login starts beside one", starts_for(folder, 1), 0);
	expect_number("all others, of a guest", guest_lives(folder), 1);
	expect_number("another guest", guest_lock(folder), -EWOULDBLOCK);
	(void)unlinkat(folder, GUEST_ORDERED, 0);
	snprintf(lock, sizeof(lock), "%s/" GUEST_LOCK, path);
	if (unlink(lock) < 0 || rmdir(path) < 0)
		expect_failed("something is left in %s: %s", path, strerror(errno));
	return expect_result();
}
