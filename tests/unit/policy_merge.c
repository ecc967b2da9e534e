// SPDX-License-Identifier: MIT
// what: three layered files give every key its value, and name the right file and line for it
// needs:
// tier: fast
// deadline: 30s
#include "policy/keys.h"
#include "policy_support.h"

static const struct policy_login alice = {
	.user = "alice",
	.uid = 1001,
	.gid = 1001,
	.home = "/home/alice",
	.group = "alice",
	.groups = (char *const[]){"alice", "students", NULL},
	.service = "sshd",
	.rhost = "10.1.2.3",
};

/* Every key once, so that each line is known; the next two files say it differently. */
static const char first[] = "; the first layer\n" /* 1 */
			    "[session]\n"
			    "mode = audit\n"
			    "share = session\n"
			    "max_sessions = 7\n" /* 5 */
			    "on_error = allow\n"
			    "banner = off\n"
			    "linger = 1800s\n"
			    "[cgroup]\n"
			    "cpu.max = 50%\n" /* 10 */
			    "cpu.weight = 10\n"
			    "cpuset.cpus = 7, 0-2 , 3\n"
			    "memory.high = 1536M\n"
			    "memory.max = 25%\n"
			    "memory.swap.max = 0\n" /* 15 */
			    "pids.max = 512\n"
			    "?io.max = /home rbps=50M  wiops=1000 , /scratch wbps=1048576 # c\n"
			    "io.weight = 100\n"
			    "[namespaces]\n"
			    "mount = private\n" /* 20 */
			    "pid = host\n"
			    "ipc = host\n"
			    "uts = private\n"
			    "cgroup = host\n"
			    "net = private\n" /* 25 */
			    "time = private\n"
			    "[guest]\n"
			    "template = small\n"
			    "agent = yes\n"
			    "[mounts]\n"
			    "tmp = host\n"
			    "tmp.size = 64M ; small\n"
			    "shm.size = 1048576\n"
			    "homes = all\n"
			    "homes.show = /home/courses, /home/%u-data\n"
			    "user_manager = show\n"
			    "terminals = host\n"
			    "home = overlay\n"
			    "home.size = 2G\n"
			    "dev = minimal\n"
			    "dev.allow = /dev/fuse, ?/dev/n*\n"
			    "hide = /srv/a, ?/srv/b\n"
			    "readonly = /srv/%u\n"
			    "bind = %h/data:/data, ?/a/%u:/b\n"
			    "[security]\n"
			    "no_new_privs = on\n"
			    "capabilities = cap_net_raw, cap_chown\n"
			    "userns = deny\n"
			    "[network]\n"
			    "reach = none\n" /* 50 */
			    "reach.allow = 10.1.2.0/24:443,  192.0.2.7 , [fd00::/8]:53\n"
			    "reach.deny = 10.1.2.3\n";

static const char second[] = "[match]\n"
			     "user = alice\n"
			     "[session]\n"
			     "mode = sandbox\n"
			     "[cgroup]\n" /* 5 */
			     "  cpu.max\t=\tmax\n"
			     "cpuset.cpus =\n"
			     "memory.max = 4096M\n"
			     "?pids.max = max\n"
			     "[mounts]\n" /* 10 */
			     "homes.show = /home/courses, /home/shared\n"
			     "?hide = /srv/%u\n";

static const char third[] = "[match]\n"
			    "service = sshd\n"
			    "[session]\n"
			    "banner = yes\n"
			    "[mounts]\n" /* 5 */
			    "homes.show =    ; nothing from above\n";

static const char fourth[] = "[mounts]\n"
			     "homes.show = /home/pub\n";

static void says(int line, const struct policy *policy, enum policy_key key, const char *text,
	const char *file, unsigned at)
{
	const struct policy_setting *setting = &policy->setting[key];
	const char *name = setting->origin.file;

	name = name ? strrchr(name, '/') + 1 : "built-in";
	expect_at(line,
		strcmp(setting->text, text) == 0 && strcmp(name, file) == 0 &&
			setting->origin.line == at,
		"[%s] %s = \"%s\" by %s:%u, not \"%s\" by %s:%u", policy_keys[key].section,
		policy_keys[key].name, setting->text, name, setting->origin.line, text, file, at);
}

#define SAYS(key, text, file, line) says(__LINE__, &policy, POLICY_##key, text, file, line)

static void load(struct policy *policy)
{
	struct policy_problems problems = {0};
	struct carrel_error err = {0};

	EXPECT_INT(policy_load(in_scratch("d"), &alice, policy, &problems, &err), 0);
	EXPECT_TEXT(problem_text(&problems, 0), "");
	policy_problems_free(&problems);
}

static void test_defaults(void)
{
	struct policy policy = {0};

	fresh_dir();
	add_file("00.ini", "");
	load(&policy);
	EXPECT(policy.any_file);
	EXPECT(policy.files[0] && !policy.files[1]);
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++)
		EXPECT(!policy.setting[i].set && !policy.setting[i].origin.file);
	SAYS(SESSION_MODE, "sandbox", "built-in", 0);
	SAYS(SESSION_SHARE, "session", "built-in", 0);
	SAYS(SESSION_MAX_SESSIONS, "20", "built-in", 0);
	SAYS(SESSION_ON_ERROR, "deny", "built-in", 0);
	SAYS(SESSION_BANNER, "yes", "built-in", 0);
	for (size_t i = POLICY_CGROUP_CPU_MAX; i <= POLICY_CGROUP_IO_WEIGHT; i++)
		says(__LINE__, &policy, (enum policy_key)i, "", "built-in", 0);
	SAYS(NAMESPACES_MOUNT, "private", "built-in", 0);
	SAYS(NAMESPACES_UTS, "host", "built-in", 0);
	SAYS(MOUNTS_TMP, "private", "built-in", 0);
	SAYS(MOUNTS_TMP_SIZE, "512M", "built-in", 0);
	SAYS(MOUNTS_SHM_SIZE, "256M", "built-in", 0);
	SAYS(MOUNTS_HOMES, "own", "built-in", 0);
	SAYS(MOUNTS_USER_MANAGER, "hide", "built-in", 0);
	SAYS(MOUNTS_TERMINALS, "private", "built-in", 0);
	SAYS(GUEST_TEMPLATE, "", "built-in", 0);
	EXPECT_INT(policy.setting[POLICY_MOUNTS_TMP_SIZE].value.number, 512 << 20);
	EXPECT_INT(policy.setting[POLICY_SESSION_BANNER].value.choice, 1);
	policy_free(&policy);
}

static void expect_network(const struct policy *policy)
{
	static const char allow[] = "10.1.2.0/24:443, 192.0.2.7, [fd00::/8]:53";

	says(__LINE__, policy, POLICY_NETWORK_REACH, "none", "00.ini", 50);
	says(__LINE__, policy, POLICY_NETWORK_REACH_ALLOW, allow, "00.ini", 51);
	says(__LINE__, policy, POLICY_NETWORK_REACH_DENY, "10.1.2.3", "00.ini", 52);
}

static void expect_view(const struct policy *policy)
{
	says(__LINE__, policy, POLICY_NAMESPACES_TIME, "private", "00.ini", 26);
	says(__LINE__, policy, POLICY_SECURITY_NO_NEW_PRIVS, "yes", "00.ini", 46);
	says(__LINE__, policy, POLICY_SECURITY_CAPABILITIES, "cap_chown, cap_net_raw", "00.ini",
		47);
	says(__LINE__, policy, POLICY_SECURITY_USERNS, "deny", "00.ini", 48);
	says(__LINE__, policy, POLICY_MOUNTS_HOME, "overlay", "00.ini", 38);
	says(__LINE__, policy, POLICY_MOUNTS_HOME_SIZE, "2G", "00.ini", 39);
	says(__LINE__, policy, POLICY_MOUNTS_DEV, "minimal", "00.ini", 40);
	says(__LINE__, policy, POLICY_MOUNTS_DEV_ALLOW, "/dev/fuse, ?/dev/n*", "00.ini", 41);
	says(__LINE__, policy, POLICY_MOUNTS_HIDE, "/srv/a, ?/srv/b", "00.ini", 42);
	says(__LINE__, policy, POLICY_MOUNTS_READONLY, "/srv/%u", "00.ini", 43);
	says(__LINE__, policy, POLICY_MOUNTS_BIND, "%h/data:/data, ?/a/%u:/b", "00.ini", 44);
}

static void test_one_file(void)
{
	struct policy policy = {0};
	const struct policy_value *value;

	fresh_dir();
	add_file("00.ini", first);
	load(&policy);
	SAYS(SESSION_MODE, "audit", "00.ini", 3);
	SAYS(SESSION_SHARE, "session", "00.ini", 4);
	SAYS(SESSION_MAX_SESSIONS, "7", "00.ini", 5);
	SAYS(SESSION_ON_ERROR, "allow", "00.ini", 6);
	SAYS(SESSION_BANNER, "no", "00.ini", 7);
	SAYS(SESSION_LINGER, "30m", "00.ini", 8);
	SAYS(CGROUP_CPU_MAX, "50%", "00.ini", 10);
	SAYS(CGROUP_CPU_WEIGHT, "10", "00.ini", 11);
	SAYS(CGROUP_CPUSET_CPUS, "0-3,7", "00.ini", 12);
	SAYS(CGROUP_MEMORY_HIGH, "1536M", "00.ini", 13);
	SAYS(CGROUP_MEMORY_MAX, "25%", "00.ini", 14);
	SAYS(CGROUP_MEMORY_SWAP_MAX, "0", "00.ini", 15);
	SAYS(CGROUP_PIDS_MAX, "512", "00.ini", 16);
	SAYS(CGROUP_IO_MAX, "/home rbps=50M wiops=1000, /scratch wbps=1M", "00.ini", 17);
	SAYS(CGROUP_IO_WEIGHT, "100", "00.ini", 18);
	SAYS(NAMESPACES_MOUNT, "private", "00.ini", 20);
	SAYS(NAMESPACES_PID, "host", "00.ini", 21);
	SAYS(NAMESPACES_IPC, "host", "00.ini", 22);
	SAYS(NAMESPACES_UTS, "private", "00.ini", 23);
	SAYS(NAMESPACES_CGROUP, "host", "00.ini", 24);
	SAYS(NAMESPACES_NET, "private", "00.ini", 25);
	SAYS(MOUNTS_TMP, "host", "00.ini", 31);
	SAYS(MOUNTS_TMP_SIZE, "64M", "00.ini", 32);
	SAYS(MOUNTS_SHM_SIZE, "1M", "00.ini", 33);
	SAYS(MOUNTS_HOMES, "all", "00.ini", 34);
	SAYS(MOUNTS_HOMES_SHOW, "/home/courses, /home/%u-data", "00.ini", 35);
	SAYS(MOUNTS_USER_MANAGER, "show", "00.ini", 36);
	SAYS(MOUNTS_TERMINALS, "host", "00.ini", 37);
	expect_view(&policy);
	expect_network(&policy);
	SAYS(GUEST_TEMPLATE, "small", "00.ini", 28);
	SAYS(GUEST_AGENT, "yes", "00.ini", 29);
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		EXPECT(policy.setting[i].set);
		EXPECT_INT(policy.setting[i].optional, i == POLICY_CGROUP_IO_MAX);
	}
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_AUDIT);
	EXPECT_INT(policy.setting[POLICY_SESSION_BANNER].value.choice, 0);
	EXPECT_INT(policy.setting[POLICY_CGROUP_CPU_MAX].value.number, 500000);
	value = &policy.setting[POLICY_CGROUP_MEMORY_MAX].value;
	EXPECT_INT(value->unit, POLICY_SIZE_PERCENT);
	EXPECT_INT(value->number, 25);
	EXPECT_TEXT(policy.setting[POLICY_CGROUP_CPUSET_CPUS].value.list[0], "0-3,7");
	value = &policy.setting[POLICY_CGROUP_IO_MAX].value;
	EXPECT_INT(value->n_io, 2);
	EXPECT_TEXT(value->io[0].path, "/home");
	EXPECT_INT(value->io[0].rbps, 50 << 20);
	EXPECT(value->io[0].wbps == POLICY_UNLIMITED && value->io[0].riops == POLICY_UNLIMITED);
	EXPECT_INT(value->io[0].wiops, 1000);
	EXPECT_INT(value->io[1].wbps, 1 << 20);
	policy_free(&policy);
}

static void test_layers(void)
{
	struct policy policy = {0};

	fresh_dir();
	add_file("90.ini", third);
	add_file("00.ini", first);
	add_file("50.ini", second);
	add_file("60-other.ini", "[match]\nuser = bob\n[session]\nmode = deny\n");
	add_file(".hidden.ini", "junk");
	add_file("README", "junk");
	add_file("99.ini~", "junk");
	load(&policy);
	EXPECT_TEXT(strrchr(policy.files[1], '/'), "/50.ini");
	EXPECT_TEXT(strrchr(policy.files[2], '/'), "/90.ini");
	EXPECT(!policy.files[3]);
	SAYS(SESSION_MODE, "sandbox", "50.ini", 4);
	SAYS(SESSION_SHARE, "session", "00.ini", 4);
	SAYS(SESSION_MAX_SESSIONS, "7", "00.ini", 5);
	SAYS(SESSION_BANNER, "yes", "90.ini", 4);
	SAYS(CGROUP_CPU_MAX, "max", "50.ini", 6);
	SAYS(CGROUP_CPUSET_CPUS, "", "50.ini", 7);
	EXPECT(!policy.setting[POLICY_CGROUP_CPUSET_CPUS].set);
	SAYS(CGROUP_MEMORY_MAX, "4G", "50.ini", 8);
	SAYS(CGROUP_PIDS_MAX, "max", "50.ini", 9);
	EXPECT(policy.setting[POLICY_CGROUP_PIDS_MAX].value.number == POLICY_UNLIMITED);
	EXPECT(policy.setting[POLICY_CGROUP_PIDS_MAX].optional);
	SAYS(CGROUP_IO_WEIGHT, "100", "00.ini", 18);
	SAYS(MOUNTS_HOMES_SHOW, "", "90.ini", 6);
	policy_free(&policy);

	/* Lists append, without saying anything twice; after a reset they begin anew. */
	unlink(in_scratch("d/90.ini"));
	load(&policy);
	SAYS(MOUNTS_HOMES_SHOW, "/home/courses, /home/%u-data, /home/shared", "50.ini", 11);
	SAYS(MOUNTS_HIDE, "/srv/a, ?/srv/b, ?/srv/%u", "50.ini", 12);
	EXPECT_TEXT(policy.setting[POLICY_MOUNTS_HOMES_SHOW].value.list[2], "/home/shared");
	policy_free(&policy);
	add_file("90.ini", third);
	add_file("95.ini", fourth);
	load(&policy);
	SAYS(MOUNTS_HOMES_SHOW, "/home/pub", "95.ini", 2);
	policy_free(&policy);
}

static void test_canonical_texts_read_back(void)
{
	struct policy policy = {0}, again = {0};
	char text[4096] = "";
	const char *section = "";

	fresh_dir();
	add_file("00.ini", first);
	load(&policy);
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		size_t used = strlen(text);

		if (strcmp(section, policy_keys[i].section) != 0)
			used += (size_t)sprintf(text + used, "[%s]\n", policy_keys[i].section);
		section = policy_keys[i].section;
		sprintf(text + used, "%s = %s\n", policy_keys[i].name, policy.setting[i].text);
	}
	add_file("00.ini", text);
	load(&again);
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++)
		EXPECT_TEXT(again.setting[i].text, policy.setting[i].text);
	policy_free(&policy);
	policy_free(&again);
}

static void test_examples_of_the_table(void)
{
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		const struct key *key = &policy_keys[i];
		struct policy_problems problems = {0};
		char text[1024];

		EXPECT(key->section && key->name && key->default_text && key->doc && key->example);
		fresh_dir();
		snprintf(text, sizeof(text), "[%s]\n%s = %s\n", key->section, key->name,
			key->example);
		add_file("a.ini", text);
		EXPECT_INT(policy_check_file(in_scratch("d/a.ini"), &problems, NULL), 0);
		EXPECT_TEXT(problem_text(&problems, 0), "");
		policy_problems_free(&problems);
	}
}

int main(void)
{
	scratch_make();
	test_defaults();
	test_one_file();
	test_layers();
	test_canonical_texts_read_back();
	test_examples_of_the_table();
	return finish();
}
