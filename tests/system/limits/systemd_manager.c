// SPDX-License-Identifier: MIT
/*
 * The program of the test systemd_manager: drives the systemd manager as root of a test host, with
 * an account number that nobody has, so without pam_systemd. The argument is a folder on a disk for
 * io.max.
 */
#include "../../unit/cgroup_test.h"
#include "base/cleanup.h"
#include "cgroup/backend.h"
#include "cgroup/tree/node.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

enum { UID_A = 4000001, DEADLINE_USEC = 60000000 };

#define USER_A   "/user.slice/user-4000001.slice"
#define LIMITS_A "/run/carrel/users/4000001.limits"

static struct cgroup_manager *manager;

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void took(const char *what, uint64_t start)
{
	printf("%-40s %6.1f ms\n", what, (double)(now_usec() - start) / 1000);
}

static void reopen(void)
{
	struct carrel_error err = {0};

	cgroup_manager_free(manager);
	if (cgroup_manager_open(CGROUP_MANAGER_AUTO, DEADLINE_NEVER, &manager, &err) < 0) {
		printf("%s\n", why(&err));
		exit(1);
	}
}

static bool in(const char *path)
{
	char now[256] = "";

	CHECK(cgroup_of(0, now, sizeof(now)) == 0, "own cgroup");
	return strcmp(now, path) == 0;
}

static bool exists(const char *path)
{
	return faccessat(manager->root_fd, path + 1, F_OK, 0) == 0;
}

static void wait_gone(const char *path)
{
	deadline_t deadline = deadline_in(DEADLINE_USEC);

	while (exists(path) && deadline_left_usec(deadline) > 0)
		poll(NULL, 0, 5);
	CHECK(!exists(path), "%s is left", path);
}

static int try_attach(
	const char *id, deadline_t deadline, struct cgroup_place *place, struct carrel_error *err)
{
	struct cgroup_request request = {
		.uid = UID_A, .session_id = id, .deadline = deadline, .err = err};

	return manager->ops->attach(manager, &request, place);
}

static int attach(const char *id, struct cgroup_place *place)
{
	struct carrel_error err = {0};
	int r = try_attach(id, deadline_in(DEADLINE_USEC), place, &err);

	CHECK(r == 0, "%s", why(&err));
	return r;
}

static void detach(const struct cgroup_place *place)
{
	struct carrel_error err = {0};

	CHECK(manager->ops->detach(manager, place, &err) == 0, "%s", why(&err));
}

static int apply(const struct cgroup_limits *limits, char *skipped, struct carrel_error *err)
{
	struct cgroup_request request = {
		.uid = UID_A, .limits = limits, .deadline = deadline_in(DEADLINE_USEC), .err = err};
	int r = manager->ops->apply(manager, &request);

	cgroup_limit_names(request.skipped, skipped);
	return r;
}

static void check_limit(enum cgroup_limit_id id, const char *wanted)
{
	cleanup_free char *text = NULL;

	CHECK(cgroup_read_limit(manager, USER_A, id, &text) == 0, "%s", cgroup_limit_name(id));
	CHECK(text && strcmp(text, wanted) == 0, "%s is %s, not %s", cgroup_limit_name(id),
		text ?: "none", wanted);
}

static void test_attach(void)
{
	struct cgroup_place place, again;
	char before[256];
	uint64_t start;

	CHECK(cgroup_of(0, before, sizeof(before)) == 0, "own cgroup");
	start = now_usec();
	if (attach("4000001-1", &place) < 0)
		return;
	took("attach", start);
	CHECK(strcmp(place.user, USER_A) == 0, "%s", place.user);
	CHECK(strcmp(place.session, USER_A "/carrel-4000001-1.scope") == 0, "%s", place.session);
	CHECK(strcmp(place.previous, before) == 0 && place.moved, "%s", place.previous);
	CHECK(in(place.session), "inside");
	/* Delegated: systemd leaves alone what is below. */
	CHECK(mkdirat(manager->root_fd, USER_A "/carrel-4000001-1.scope/below" + 1, 0755) == 0,
		"child");
	CHECK(unlinkat(manager->root_fd, USER_A "/carrel-4000001-1.scope/below" + 1,
		      AT_REMOVEDIR) == 0,
		"child");
	reopen();
	start = now_usec();
	attach("4000001-2", &again);
	took("attach, already there", start);
	CHECK(!again.moved && strcmp(again.session, place.session) == 0, "%s", again.session);
	CHECK(!manager->data, "no call to systemd");
	detach(&place);
	CHECK(in(before), "back");
	wait_gone(place.session);
	wait_gone(place.user);
}

/* Login upon login while the slice of the one before is on its way out. */
static void test_in_a_row(void)
{
	uint64_t start = now_usec();

	for (int i = 0; i < 10; i++) {
		struct cgroup_place place;
		char id[32];

		snprintf(id, sizeof(id), "4000001-%d", 100 + i);
		if (attach(id, &place) < 0)
			return;
		CHECK(in(place.session), "inside");
		detach(&place);
		if (i % 3 == 0)
			wait_gone(place.session);
	}
	took("10 logins", start);
	wait_gone(USER_A);
}

static void test_no_slice(void)
{
	struct cgroup_limits limits = {.limit[CGROUP_PIDS_MAX] = {.set = true, .value = 10}};
	char skipped[CGROUP_LIMIT_NAMES_MAX];
	struct carrel_error err = {0};

	CHECK(apply(&limits, skipped, &err) == -ENOENT, "%s", why(&err));
}

static char left_out[CGROUP_LIMIT_NAMES_MAX];
static struct cgroup_io io = {
	.rbps = 50 << 20,
	.wbps = 20 << 20,
	.riops = CGROUP_UNLIMITED,
	.wiops = 1000,
};
static struct cgroup_limits all_limits = {
	.limit =
		{
			[CGROUP_CPU_MAX] = {.set = true, .value = 333333},
			[CGROUP_CPU_WEIGHT] = {.set = true, .value = 50},
			[CGROUP_CPUSET_CPUS] = {.set = true},
			[CGROUP_MEMORY_MAX] = {.set = true, .value = (200 << 20) + 1},
			[CGROUP_MEMORY_SWAP_MAX] = {.set = true, .value = 0},
			[CGROUP_PIDS_MAX] = {.set = true, .value = 100},
			[CGROUP_IO_MAX] = {.set = true},
			[CGROUP_IO_WEIGHT] = {.set = true, .value = 200},
		},
	.cpus = (char[]){"1"},
	.io = &io,
	.n_io = 1,
};

/* Applies all_limits, and says how long that took. */
static void apply_all(const char *what)
{
	struct carrel_error err = {0};
	uint64_t start = now_usec();

	CHECK(apply(&all_limits, left_out, &err) == 0, "%s", why(&err));
	took(what, start);
}

static void check_io(const char *rates)
{
	char line[128];

	snprintf(line, sizeof(line), "%u:%u %s", major(io.device), minor(io.device), rates);
	check_limit(CGROUP_IO_MAX, line);
}

static void test_first_login(void)
{
	reopen();
	apply_all("apply, all limits");
	CHECK(!left_out[0], "%s", left_out);
	check_limit(CGROUP_CPU_MAX, "33333 100000");
	check_limit(CGROUP_CPU_WEIGHT, "50");
	check_limit(CGROUP_CPUSET_CPUS, "1");
	check_limit(CGROUP_MEMORY_MAX, "209715200");
	check_limit(CGROUP_MEMORY_HIGH, "206438400");
	check_limit(CGROUP_MEMORY_SWAP_MAX, "0");
	check_limit(CGROUP_PIDS_MAX, "100");
	check_limit(CGROUP_IO_WEIGHT, "default 200");
	check_io("rbps=52428800 wbps=20971520 riops=max wiops=1000");
}

/* The second login of the day finds all as it should be; for another one key changes, one goes. */
static void test_later_logins(void)
{
	reopen();
	apply_all("apply, nothing to do");
	CHECK(!manager->data, "no call to systemd");
	all_limits.limit[CGROUP_PIDS_MAX].value = 200;
	all_limits.limit[CGROUP_CPU_MAX].set = false;
	io.wbps = CGROUP_UNLIMITED;
	apply_all("apply, three changes");
	check_limit(CGROUP_PIDS_MAX, "200");
	check_limit(CGROUP_CPU_MAX, "max 100000");
	check_io("rbps=52428800 wbps=max riops=max wiops=1000");
}

static void test_below_use(void)
{
	struct carrel_error err = {0};
	size_t size = 64 << 20;
	char *held = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(held, 1, size);
	all_limits.limit[CGROUP_MEMORY_MAX].value = 32 << 20;
	CHECK(apply(&all_limits, left_out, &err) == -EBUSY, "%s", why(&err));
	printf("%s\n", why(&err));
	all_limits.limit[CGROUP_MEMORY_MAX].optional = true;
	CHECK(apply(&all_limits, left_out, &err) == 0, "%s", why(&err));
	CHECK(strcmp(left_out, "memory.max") == 0, "%s", left_out);
	munmap(held, size);
	check_limit(CGROUP_MEMORY_MAX, "209715200");
}

/* The next session has other limits: all the old ones are given back. */
static void test_given_back(const char *pids)
{
	check_limit(CGROUP_PIDS_MAX, "200");
	memset(&all_limits, 0, sizeof(all_limits));
	apply_all("apply, all given back");
	check_limit(CGROUP_PIDS_MAX, pids);
	check_limit(CGROUP_MEMORY_MAX, "max");
	check_limit(CGROUP_MEMORY_HIGH, "max");
	check_limit(CGROUP_MEMORY_SWAP_MAX, "max");
	check_limit(CGROUP_CPUSET_CPUS, "0-1");
	check_limit(CGROUP_CPU_WEIGHT, "100");
	check_limit(CGROUP_IO_MAX, "");
	check_limit(CGROUP_IO_WEIGHT, "default 100");
	CHECK(access(LIMITS_A, F_OK) < 0, LIMITS_A);
}

static void test_limits(const char *folder)
{
	struct cgroup_place place;
	struct carrel_error err = {0};
	cleanup_free char *pids = NULL;

	if (attach("4000001-3", &place) < 0)
		return;
	CHECK(cgroup_read_limit(manager, USER_A, CGROUP_PIDS_MAX, &pids) == 0, "pids.max");
	CHECK(pids && strcmp(pids, "max") != 0, "systemd's own TasksMax=33%%: %s", pids ?: "none");
	CHECK(cgroup_block_device(folder, &io.device, &err) == 0, "%s", why(&err));
	test_first_login();
	test_later_logins();
	test_below_use();
	detach(&place);
	wait_gone(USER_A);
	CHECK(access(LIMITS_A, F_OK) == 0, "remembered, because systemd's drop-ins are there too");
	if (attach("4000001-4", &place) < 0)
		return;
	test_given_back(pids ?: "");
	detach(&place);
	wait_gone(USER_A);
}

/* systemd reads its configuration, and starts itself anew, while we talk to it. */
static void test_restarts(void)
{
	struct cgroup_limits limits = {.limit[CGROUP_PIDS_MAX] = {.set = true}};
	struct cgroup_place place;
	struct carrel_error err = {0};
	char skipped[CGROUP_LIMIT_NAMES_MAX];
	uint64_t start, longest = 0;
	pid_t pid;

	if (attach("4000001-5", &place) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "systemctl daemon-reload; systemctl daemon-reexec",
			NULL);
		_exit(127);
	}
	for (uint64_t i = 0; waitpid(pid, NULL, WNOHANG) == 0; i++) {
		limits.limit[CGROUP_PIDS_MAX].value = 100 + i;
		start = now_usec();
		CHECK(apply(&limits, skipped, &err) == 0, "%s", why(&err));
		if (now_usec() - start > longest)
			longest = now_usec() - start;
	}
	took("the slowest apply over restarts", now_usec() - longest);
	limits.limit[CGROUP_PIDS_MAX].set = false;
	CHECK(apply(&limits, skipped, &err) == 0, "%s", why(&err));
	detach(&place);
	wait_gone(USER_A);
}

/* Without systemd's own socket by the bus, and without either a plain error. */
static void test_sockets(void)
{
	struct cgroup_place place;
	struct carrel_error err = {0};
	uint64_t start;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("/dev/null", "/run/systemd/private", NULL, MS_BIND, NULL) < 0) {
		CHECK(false, "mounts: %s", strerror(errno));
		return;
	}
	reopen();
	start = now_usec();
	if (attach("4000001-6", &place) == 0) {
		took("attach by the bus", start);
		detach(&place);
		wait_gone(USER_A);
	}
	reopen();
	CHECK(mount("/dev/null", "/run/dbus/system_bus_socket", NULL, MS_BIND, NULL) == 0, "bind");
	CHECK(try_attach("4000001-7", deadline_in(DEADLINE_USEC), &place, &err) == -ECONNREFUSED,
		"%s", why(&err));
	printf("%s\n", why(&err));
}

int main(int argc, char *argv[])
{
	struct cgroup_place place;
	struct carrel_error err = {0};
	bool state;

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	state = access("/run/carrel/users", F_OK) == 0;
	mkdir("/run/carrel", 0711);
	mkdir("/run/carrel/users", 0700);
	reopen();
	CHECK(strcmp(manager->ops->name, "systemd") == 0, "%s", manager->ops->name);
	CHECK(try_attach("a/b", deadline_in(DEADLINE_USEC), &place, &err) == -EINVAL, "a bad id");
	CHECK(try_attach("4000001-0", deadline_in(1), &place, &err) == -ETIMEDOUT, "%s", why(&err));
	test_attach();
	test_in_a_row();
	test_no_slice();
	test_limits(argv[1]);
	test_restarts();
	test_sockets();
	cgroup_manager_free(manager);
	if (!state) {
		rmdir("/run/carrel/users");
		rmdir("/run/carrel");
	}
	return failures ? 1 : 0;
}
