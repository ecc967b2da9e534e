// SPDX-License-Identifier: MIT
// what: the keeper sees every process of a user's cgroup, one with thousands of groups too, and finds one of many
// needs: native-root
// tier: fast
// deadline: 30s
#include "../../pam_module/keeper/seen.c"
#include "expect.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { UID = 1001, GROUPS = 20000, PROCESSES = 200000 };

/* A process of a user's with as many groups as somebody with subordinate ids may take
 * (user_namespaces(7)). */
static pid_t start_member(void)
{
	static gid_t groups[GROUPS];
	int pipes[2];
	pid_t pid;
	char ready;

	for (size_t i = 0; i < GROUPS; i++)
		groups[i] = (gid_t)(100000 + i);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (setgroups(GROUPS, groups) == 0 && setresgid(UID, UID, UID) == 0 &&
			setresuid(UID, UID, UID) == 0 && write(pipes[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	close(pipes[1]);
	if (read(pipes[0], &ready, 1) != 1)
		pid = -1;
	close(pipes[0]);
	return pid;
}

/* Whoever has a score is not read again, but for a look at all of them. */
static void again(struct keeper *keeper, pid_t pid)
{
	struct seen *scored = search_seen(&keeper->seen, pid);

	if (!scored)
		return;
	scored->scored = true;
	scored->tty = -1; /* as no process has it */
	expect_true("list", keeper_list(keeper, false) == 0 && keeper->seen.count == 2);
	scored = search_seen(&keeper->seen, pid);
	expect_true("who has a score stays known", scored && scored->scored && scored->tty == -1);
	expect_true("who has none is unread", !search_seen(&keeper->seen, getpid())->read);
	expect_true("list anew", keeper_list(keeper, true) == 0 && keeper->seen.count == 2);
	scored = search_seen(&keeper->seen, pid);
	expect_true("nobody is known", scored && !scored->scored && !scored->read);
	expect_true("it is read", keeper_find(keeper, pid) && scored->tty != -1);
}

/* @folder is to stand for a cgroup. */
static void look(int folder)
{
	struct keeper keeper = {.uid = UID, .node_fd = folder};
	const pid_t pid = start_member();
	const struct seen *seen;
	char text[64];

	expect_true("a process with many groups", pid > 0);
	if (pid <= 0)
		return;
	snprintf(text, sizeof(text), "%d\n%d\n", (int)pid, (int)getpid());
	expect_true("cgroup.procs", fd_replace_file(folder, "cgroup.procs", text, 0600) == 0);
	expect_true("look", keeper_look(&keeper) == 0 && keeper.seen.count == 2);
	seen = keeper_find(&keeper, pid);
	expect_true("the process with many groups is seen",
		seen && seen->uid == UID && seen->parent == getpid());
	expect_true("this one", keeper_find(&keeper, getpid()) != NULL);
	expect_true("none of that number", !keeper_find(&keeper, 1 << 23));
	again(&keeper, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	expect_true("it has ended", keeper_list(&keeper, true) == 0 && !keeper_find(&keeper, pid));
	free(keeper.seen.item);
}

/* A look at many processes must not take the square of it: the keeper has a small part of a CPU. */
static void find(void)
{
	struct keeper keeper = {.uid = UID};
	clock_t began;
	bool found = true;

	for (pid_t pid = 0; pid < PROCESSES; pid++) {
		found = found && add_seen(&keeper.seen, pid) == 0;
		if (found)
			keeper.seen.item[pid].read = true;
	}
	began = clock();
	for (pid_t pid = 0; pid < PROCESSES && found; pid++)
		found = keeper_find(&keeper, pid) && keeper_find(&keeper, pid)->pid == pid;
	expect_true("each of many", found);
	expect_true("each of many is found at once", clock() - began < 2 * CLOCKS_PER_SEC);
	free(keeper.seen.item);
}

/* Numbers begin anew: what is beyond the last one that was given is of the time before. */
static void newest(void)
{
	struct seen seen[] = {{.pid = 1}, {.pid = getpid()}, {.pid = 1 << 23}, {.pid = 1 << 24}};
	struct keeper keeper = {.uid = UID, .seen = {.item = seen, .count = 4}};

	expect_true("the newest is this process", keeper_newest(&keeper) == 2);
	keeper.seen.count = 2;
	expect_true("the newest is the last", keeper_newest(&keeper) == 2);
	keeper.seen = (struct seen_list){.item = seen + 2, .count = 2};
	expect_true("all are of the time before", keeper_newest(&keeper) == 2);
	keeper.seen.count = 0;
	expect_true("none is the newest", keeper_newest(&keeper) == 0);
}

/* This process is in whatever cgroup it is in, and in none beside it. */
static void members(void)
{
	struct keeper keeper = {.uid = UID};
	cleanup_close int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[128];

	if (cgroup_of(0, path, sizeof(path)) < 0)
		return expect_true("/proc/self/cgroup", false);
	snprintf(keeper.node, sizeof(keeper.node), "%s", path);
	expect_true("a member", keeper_place_of(&keeper, proc) == KEEPER_MEMBER);
	snprintf(keeper.node, sizeof(keeper.node), "%sx", path);
	expect_true("no member of a longer name", keeper_place_of(&keeper, proc) == KEEPER_OUTSIDE);
	snprintf(keeper.node, sizeof(keeper.node), "/carrel-none");
	expect_true("no member of another", keeper_place_of(&keeper, proc) == KEEPER_OUTSIDE);
}

/* Only the folder that carrel or systemd makes, not one that a user could name so further below. */
static void guests(void)
{
	static const struct {
		const char *path;
		enum keeper_place place;
	} places[] = {
		{"/carrel-guest@1001.service", KEEPER_GUEST},
		{"/1001-guest", KEEPER_GUEST},
		{"/1001-7", KEEPER_MEMBER},
		{"/carrel-guest@1002.service", KEEPER_MEMBER},
		{"/session-7.scope/1001-guest", KEEPER_MEMBER},
		{"/user@1001.service/carrel-guest@1001.service", KEEPER_MEMBER},
		{"/1001-guest/below", KEEPER_MEMBER},
		{"x/1001-guest", KEEPER_OUTSIDE},
		{"", KEEPER_MEMBER},
	};
	struct keeper keeper = {.uid = 1001, .node = "/user.slice/user-1001.slice"};
	char text[256];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(text, sizeof(text), "/user.slice/user-1001.slice%s", places[i].path);
		expect_true(places[i].path, place_in(&keeper, text) == places[i].place);
	}
}

int main(void)
{
	char path[] = "/tmp/carrel-seen-XXXXXX";
	cleanup_close int folder =
		mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (folder < 0)
		return 1;
	look(folder);
	find();
	newest();
	members();
	guests();
	unlinkat(folder, "cgroup.procs", 0);
	rmdir(path);
	return expect_result();
}
