// SPDX-License-Identifier: MIT
// what: the cgroupfs manager makes, enters and removes cgroups, and sets limits or says why not
// needs: native-root
// tier: fast
// deadline: 30s
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/backend.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/node.h"
#include "cgroup_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Nobody's: no account has such numbers. */
enum { UID_A = 4000001, DEADLINE_USEC = 5000000 };

#define USER_A   "/carrel/user-4000001"
#define LIMITS_A "/run/carrel/users/4000001.limits"

static struct cgroup_manager *manager;

/* The v1 hierarchy with the CPU sets, where this machine has one: then it has the others too. */
static const struct cgroup_hierarchy *v1_cpusets(void)
{
	return hierarchy_of(manager, CGROUP_CPUSET_CPUS);
}

static bool node_exists(const char *path)
{
	return faccessat(manager->root_fd, path + 1, F_OK, 0) == 0;
}

static bool caller_is_in(const char *path)
{
	char now[256] = "";

	CHECK(cgroup_of(0, now, sizeof(now)) == 0, "own cgroup");
	return strcmp(now, path) == 0;
}

static int attach_user(uid_t uid, const char *id, struct cgroup_place *place)
{
	struct carrel_error err = {0};
	struct cgroup_request request = {
		.uid = uid, .session_id = id, .deadline = deadline_in(DEADLINE_USEC), .err = &err};
	int r = manager->ops->attach(manager, &request, place);

	CHECK(r == 0, "%s", why(&err));
	return r;
}

static void detach_user(const struct cgroup_place *place)
{
	struct carrel_error err = {0};

	CHECK(manager->ops->detach(manager, place, &err) == 0, "%s", why(&err));
}

static void test_cgroupfs_attach(void)
{
	struct cgroup_place place = {0}, again = {0};
	struct cgroup_usage usage;
	char before[256];

	CHECK(cgroup_of(0, before, sizeof(before)) == 0, "own cgroup");
	if (attach_user(UID_A, "4000001-1", &place) < 0)
		return;
	CHECK(strcmp(place.user, USER_A) == 0, "%s", place.user);
	CHECK(strcmp(place.session, USER_A "/4000001-1") == 0, "%s", place.session);
	CHECK(strcmp(place.previous, before) == 0, "%s", place.previous);
	CHECK(place.made, "made");
	CHECK(caller_is_in(place.session), "inside");

	/* su within the login: nothing moves, and nothing is removed twice. */
	attach_user(UID_A, "4000001-2", &again);
	CHECK(!again.made && strcmp(again.session, place.session) == 0, "%s", again.session);
	detach_user(&again);
	CHECK(caller_is_in(place.session), "still inside");

	CHECK(cgroup_read_usage(manager, place.user, &usage) == 0, "usage");
	CHECK(usage.cpu_usec != UINT64_MAX, "cpu.stat is always there");
	CHECK(cgroup_remove(manager, place.session) == -EBUSY, "not while we live in it");

	detach_user(&place);
	CHECK(caller_is_in(before), "back");
	CHECK(!node_exists(place.session) && !node_exists(place.user), "gone");
	CHECK(cgroup_remove(manager, place.session) == 0, "gone already");
}

/* The first login ends while a process of it lives on, and while another login is there. */
static void test_two_logins(void)
{
	struct cgroup_place first = {0}, second = {0};
	int status = 0, gate[2];
	pid_t pid;
	char c;

	if (attach_user(UID_A, "4000001-1", &first) < 0 || pipe2(gate, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		_exit(read(gate[0], &c, 1) == 0 && caller_is_in(first.session) ? 0 : 1);
	}
	detach_user(&first);
	CHECK(node_exists(first.session), "a process lives in it");
	attach_user(UID_A, "4000001-2", &second);
	CHECK(caller_is_in(second.session), "inside");
	close(gate[0]);
	close(gate[1]);
	waitpid(pid, &status, 0);
	CHECK(status == 0, "the other was left alone");
	CHECK(cgroup_remove(manager, first.session) == 0, "empty now");
	CHECK(!node_exists(first.session) && node_exists(second.session), "only the first");
	detach_user(&second);
	CHECK(!node_exists(USER_A), "gone with the last");
}

static void test_refused_names(void)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "../../x"};
	struct carrel_error err = {0};
	struct cgroup_place place;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cgroup_request request = {.uid = UID_A,
			.session_id = bad[i],
			.deadline = DEADLINE_NEVER,
			.err = &err};

		CHECK(manager->ops->attach(manager, &request, &place) == -EINVAL, "session \"%s\"",
			bad[i]);
	}
	CHECK(cgroup_remove(manager, "/") == -EINVAL, "not carrel's");
	CHECK(cgroup_remove(manager, "/user.slice") == -EINVAL, "not carrel's");
	CHECK(cgroup_remove(manager, "/carrel/user-1/../../x") == -EINVAL, "not carrel's");
}

static int apply_limits_of_a(struct cgroup_limits *limits, char *skipped, struct carrel_error *err)
{
	struct cgroup_request request = {
		.uid = UID_A, .limits = limits, .deadline = deadline_in(DEADLINE_USEC), .err = err};
	int r = manager->ops->apply(manager, &request);

	cgroup_limit_names(request.skipped, skipped);
	return r;
}

/* v1 has nothing like memory.high, and no limit on swap without one on memory. */
static void test_refused_by_v1(void)
{
	struct cgroup_limits limits = {0};
	struct cgroup_place place;
	struct carrel_error err = {0};
	char skipped[CGROUP_LIMIT_NAMES_MAX] = "";

	if (attach_user(UID_A, "4000001-1", &place) < 0)
		return;
	CHECK(apply_limits_of_a(&limits, skipped, &err) == 0, "%s", why(&err));
	limits.limit[CGROUP_MEMORY_HIGH] = (struct cgroup_limit){.set = true, .value = 1 << 20};
	CHECK(apply_limits_of_a(&limits, skipped, &err) == -ENOTSUP, "%s", why(&err));
	CHECK(strstr(why(&err), "memory.high of user 4000001: cgroup v1"), "%s", why(&err));
	limits.limit[CGROUP_MEMORY_HIGH].optional = true;
	limits.limit[CGROUP_MEMORY_SWAP_MAX] =
		(struct cgroup_limit){.set = true, .optional = true, .value = 0};
	CHECK(apply_limits_of_a(&limits, skipped, &err) == 0, "%s", why(&err));
	CHECK(strcmp(skipped, "memory.high, memory.swap.max") == 0, "%s", skipped);
	limits.limit[CGROUP_MEMORY_SWAP_MAX].optional = false;
	CHECK(apply_limits_of_a(&limits, skipped, &err) == -ENOTSUP, "%s", why(&err));
	CHECK(strstr(why(&err), "it needs a memory.max"), "%s", why(&err));
	limits.limit[CGROUP_MEMORY_HIGH].value = CGROUP_UNLIMITED;
	limits.limit[CGROUP_MEMORY_SWAP_MAX].value = CGROUP_UNLIMITED;
	CHECK(apply_limits_of_a(&limits, skipped, &err) == 0, "%s", why(&err));
	CHECK(!skipped[0], "what nobody limits holds: %s", skipped);
	CHECK(access(LIMITS_A, F_OK) < 0, LIMITS_A);
	detach_user(&place);
}

static void check_node_limit(enum cgroup_limit_id id, const char *wanted)
{
	cleanup_free char *text = NULL;

	CHECK(cgroup_read_limit(manager, USER_A, id, &text) == 0, "%s", cgroup_limit_name(id));
	CHECK(text && strcmp(text, wanted) == 0, "%s is %s", cgroup_limit_name(id), text ?: "none");
}

/* What cannot hold changes nothing. */
static void check_refusals(struct cgroup_limits *limits)
{
	struct carrel_error err = {0};
	char skipped[CGROUP_LIMIT_NAMES_MAX] = "";
	size_t size = 64 << 20;
	char *held = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* Not below what is held. */
	memset(held, 1, size);
	limits->limit[CGROUP_MEMORY_MAX].value = 32 << 20;
	CHECK(apply_limits_of_a(limits, skipped, &err) == -EBUSY, "%s", why(&err));
	CHECK(strstr(why(&err), "memory.max of user 4000001: uses "), "%s", why(&err));
	check_node_limit(CGROUP_MEMORY_MAX, "209715200");
	limits->limit[CGROUP_MEMORY_MAX].optional = true;
	limits->limit[CGROUP_MEMORY_SWAP_MAX].optional = true; /* v1: goes with the other */
	CHECK(apply_limits_of_a(limits, skipped, &err) == 0, "%s", why(&err));
	CHECK(strncmp(skipped, "memory.max", strlen("memory.max")) == 0, "%s", skipped);
	check_node_limit(CGROUP_MEMORY_MAX, "209715200");
	if (!v1_cpusets())
		check_node_limit(CGROUP_MEMORY_HIGH, "206438400");
	munmap(held, size);

	/* No such CPU: the kernel would take it for "all". */
	limits->cpus = (char[]){"4000"};
	CHECK(apply_limits_of_a(limits, skipped, &err) == -EINVAL, "%s", why(&err));
}

/* Without limits everything is as it was before carrel came. */
static void check_give_back(void)
{
	struct cgroup_limits none = {0};
	struct carrel_error err = {0};
	char skipped[CGROUP_LIMIT_NAMES_MAX] = "";
	cleanup_free char *all_cpus = NULL;

	CHECK(fd_read_file(v1_cpusets() ? v1_cpusets()->fd : manager->root_fd,
		      v1_cpusets() ? "cpuset.effective_cpus" : "cpuset.cpus.effective", 4096,
		      &all_cpus) == 0,
		"cpus");
	all_cpus[strcspn(all_cpus, "\n")] = '\0';
	CHECK(apply_limits_of_a(&none, skipped, &err) == 0, "%s", why(&err));
	check_node_limit(CGROUP_CPU_MAX, "max 100000");
	check_node_limit(CGROUP_CPU_WEIGHT, "100");
	CHECK(strlen(all_cpus) > 0, "cpuset.cpus.effective");
	check_node_limit(CGROUP_CPUSET_CPUS, all_cpus);
	check_node_limit(CGROUP_MEMORY_MAX, "max");
	if (!v1_cpusets())
		check_node_limit(CGROUP_MEMORY_HIGH, "max");
	check_node_limit(CGROUP_PIDS_MAX, "max");
	CHECK(access(LIMITS_A, F_OK) < 0, LIMITS_A);
}

static void test_cgroupfs_limits(void)
{
	struct cgroup_limits limits = {
		.limit =
			{
				[CGROUP_CPU_MAX] = {.set = true, .value = 1500000},
				[CGROUP_CPU_WEIGHT] = {.set = true, .value = 50},
				[CGROUP_CPUSET_CPUS] = {.set = true},
				[CGROUP_MEMORY_MAX] = {.set = true, .value = 200 << 20},
				[CGROUP_MEMORY_SWAP_MAX] = {.set = true, .value = 0},
				[CGROUP_PIDS_MAX] = {.set = true, .value = 100},
			},
		.cpus = (char[]){"0"},
	};
	struct cgroup_place place;
	struct carrel_error err = {0};
	char skipped[CGROUP_LIMIT_NAMES_MAX] = "";

	if (attach_user(UID_A, "4000001-1", &place) < 0)
		return;
	CHECK(apply_limits_of_a(&limits, skipped, &err) == 0, "%s", why(&err));
	CHECK(!skipped[0], "%s", skipped);
	check_node_limit(CGROUP_CPU_MAX, "150000 100000");
	check_node_limit(CGROUP_CPU_WEIGHT, "50");
	check_node_limit(CGROUP_CPUSET_CPUS, "0");
	check_node_limit(CGROUP_MEMORY_MAX, "209715200");
	if (!v1_cpusets())
		check_node_limit(CGROUP_MEMORY_HIGH, "206438400");
	check_node_limit(CGROUP_MEMORY_SWAP_MAX, "0");
	check_node_limit(CGROUP_PIDS_MAX, "100");
	CHECK(access(LIMITS_A, F_OK) == 0, LIMITS_A);

	check_refusals(&limits);
	check_give_back();
	detach_user(&place);
}

static int count_open_fds(void)
{
	cleanup_closedir DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	return count;
}

/* Runs this program again in a host of its own (tests/native), below which all its cgroups are. */
static int run_in_host(char *program)
{
	execlp("python3", "python3", "-m", "native", program, (char *)NULL);
	perror("python3");
	return 1;
}

int main(int argc, char **argv)
{
	struct carrel_error err = {0};
	int fds = count_open_fds();
	bool controllers;

	if (argc > 0 && access("/sys/fs/cgroup/memory/tasks", F_OK) == 0 &&
		access("/run/native", F_OK) < 0)
		return run_in_host(argv[0]);
	if (cgroup_manager_open(
		    CGROUP_MANAGER_CGROUPFS, deadline_in(DEADLINE_USEC), &manager, &err) < 0) {
		printf("%s\n", why(&err));
		return 1;
	}
	CHECK(strcmp(manager->ops->name, "cgroupfs") == 0, "%s", manager->ops->name);
	mkdir("/run/carrel", 0711);
	mkdir("/run/carrel/users", 0700);
	controllers =
		v1_cpusets() || node_has_word(manager, "/", "cgroup.controllers", "memory") > 0;
	test_cgroupfs_attach();
	test_two_logins();
	test_refused_names();
	if (controllers)
		test_cgroupfs_limits();
	if (v1_cpusets())
		test_refused_by_v1();
	/* Only what other users' carrels do not need. */
	unlinkat(manager->root_fd, "carrel", AT_REMOVEDIR);
	cgroup_manager_free(manager);
	CHECK(count_open_fds() == fds, "descriptors are left open");
	return failures ? 1 : 0;
}
