// SPDX-License-Identifier: MIT
// what: carrel.ini gives the host's settings, defaults where it is refused, and knows the admins
// needs:
// tier: fast
// deadline: 30s
#include "policy/group.h"
#include "policy_support.h"

static int load(struct host_config *config, struct policy_problems *problems, const char *text)
{
	fresh_dir();
	if (text)
		add_file("carrel.ini", text);
	return host_config_load(in_scratch("d/carrel.ini"), config, problems, NULL);
}

static uid_t uid_min_of(const char *path)
{
	uid_t uid_min = 1000;

	EXPECT_INT(login_defs_uid_min(path, &uid_min), 0);
	return uid_min;
}

static void are_defaults(const struct host_config *config)
{
	EXPECT_INT(config->cgroup_manager, HOST_MANAGER_AUTO);
	EXPECT_TEXT(config->admins[0], "@sudo");
	EXPECT_TEXT(config->admins[1], "@wheel");
	EXPECT_TEXT(config->admins[2], "@carrel-admin");
	EXPECT(!config->admins[3]);
	EXPECT_TEXT(config->homes_roots[0], "/home");
	EXPECT(!config->homes_roots[1]);
	EXPECT_INT(config->deadline, 5000000);
	EXPECT_INT(config->uid_min, uid_min_of("/etc/login.defs"));
	EXPECT_INT(host_config_guest_memory(config, 1000), 500);
	EXPECT_INT(host_config_guest_vcpus(config, 2), 8);
	EXPECT_INT(host_config_guest_disk(config, 1000), 800);
}

static void refuses(int line, const char *text, const char *wanted)
{
	struct policy_problems problems = {0};
	struct host_config config = {0};

	expect_at(line, load(&config, &problems, text) == -EINVAL, "\"%s\" was not refused", text);
	expect_at(line, strcmp(problem_text(&problems, 0), wanted) == 0, "\"%s\", not \"%s\"",
		problem_text(&problems, 0), wanted);
	are_defaults(&config);
	host_config_free(&config);
	policy_problems_free(&problems);
}

#define REFUSES(text, wanted) refuses(__LINE__, text, wanted)

static void test_reading(void)
{
	struct host_config config = {0};
	struct policy_problems problems = {0};

	EXPECT_INT(load(&config, &problems, NULL), 0);
	are_defaults(&config);
	host_config_free(&config);
	EXPECT_INT(load(&config, &problems,
			   "[host]\ncgroup_manager = cgroupfs\nadmins = carol, @ops, @nss:staff\n"
			   "uid_min = 5000\nhomes.roots = /srv/homes, /home\ndeadline = 1m\n"),
		0);
	EXPECT_INT(config.cgroup_manager, HOST_MANAGER_CGROUPFS);
	EXPECT_TEXT(config.admins[0], "carol");
	EXPECT_TEXT(config.admins[2], "@nss:staff");
	EXPECT(!config.admins[3]);
	EXPECT_TEXT(config.homes_roots[0], "/srv/homes");
	EXPECT_TEXT(config.homes_roots[1], "/home");
	EXPECT(!config.homes_roots[2]);
	EXPECT_INT(config.deadline, 60000000);
	EXPECT_INT(config.uid_min, 5000);
	host_config_free(&config);
	EXPECT_INT(
		load(&config, &problems, "[host]\nadmins = ann@corp.example, @nss:domain admins\n"),
		0);
	EXPECT_TEXT(config.admins[0], "ann@corp.example");
	EXPECT_TEXT(config.admins[1], "@nss:domain admins");
	host_config_free(&config);
	EXPECT_INT(load(&config, &problems, "[host]\nadmins =\n"), 0);
	EXPECT(!config.admins);
	host_config_free(&config);
	EXPECT_INT(problems.count, 0);
}

static void test_admission(void)
{
	struct host_config config = {0};

	EXPECT_INT(load(&config, NULL, "[admission]\nguest_memory = 3G\nguest_vcpus = 25%\n"), 0);
	EXPECT_INT(host_config_guest_memory(&config, 1 << 20), UINT64_C(3) << 30);
	EXPECT_INT(host_config_guest_vcpus(&config, 9), 2);
	EXPECT_INT(host_config_guest_vcpus(&config, 2), 1);
	EXPECT_INT(config.deadline, 5000000);
	host_config_free(&config);
	EXPECT_INT(load(&config, NULL, "[admission]\nguest_disk = 500G\n"), 0);
	EXPECT_INT(host_config_guest_disk(&config, 1000), UINT64_C(500) << 30);
	host_config_free(&config);
	EXPECT_INT(load(&config, NULL, "[admission]\nguest_disk = max\n"), 0);
	EXPECT(host_config_guest_disk(&config, 1000) == POLICY_UNLIMITED);
	host_config_free(&config);
	EXPECT_INT(load(&config, NULL, "[admission]\nguest_memory = max\n"), 0);
	EXPECT(host_config_guest_memory(&config, 1 << 20) == POLICY_UNLIMITED);
	EXPECT_INT(host_config_guest_vcpus(&config, 2), 8);
	host_config_free(&config);
}

static void test_refusing(void)
{
	struct policy_problems problems = {0};
	struct host_config config = {0};

	REFUSES("[host]\ndeadline = 10s\nmanager = auto\n",
		"carrel.ini:3: [host] manager: unknown key");
	REFUSES("[host]\ncgroup_manger = auto\n",
		"carrel.ini:2: [host] cgroup_manger: unknown key; did you mean cgroup_manager?");
	REFUSES("[host]\ndeadline = 900ms\n",
		"carrel.ini:2: [host] deadline: \"900ms\" is out of bounds: 1s to 10m");
	REFUSES("[host]\ndeadline = 11m\n",
		"carrel.ini:2: [host] deadline: \"11m\" is out of bounds: 1s to 10m");
	REFUSES("[host]\nuid_min = 0\n",
		"carrel.ini:2: [host] uid_min: \"0\" is out of bounds: 1 to 2147483647");
	REFUSES("[host]\nhomes.roots =\n",
		"carrel.ini:2: [host] homes.roots: is empty; homes = own would hide nothing");
	REFUSES("[host]\nhomes.roots = /home/\n",
		"carrel.ini:2: [host] homes.roots: \"/home/\" has a doubled or trailing slash");
	REFUSES("[host]\nhomes.roots = /home/%u\n",
		"carrel.ini:2: [host] homes.roots: \"/home/%u\" contains a %; roots are the same for all users");
	REFUSES("[host]\nhomes.roots = /srv, /srv/homes\n",
		"carrel.ini:2: [host] homes.roots: \"/srv/homes\" lies below another root");
	REFUSES("[host]\nadmins = @@ops\n",
		"carrel.ini:2: [host] admins: \"@@ops\" is neither a user, nor a @group, nor a "
		"@nss:group; globs are not supported here");
	REFUSES("[host]\nadmins = a*\n",
		"carrel.ini:2: [host] admins: \"a*\" is neither a user, nor a @group, nor a "
		"@nss:group; globs are not supported here");
	REFUSES("[host]\nadmins = @nss:\n",
		"carrel.ini:2: [host] admins: \"@nss:\" has no name after the @");
	REFUSES("[session]\nmode = host\n", "carrel.ini:1: [session]: unknown section");
	REFUSES("[match]\nuser = x\n", "carrel.ini:1: [match]: unknown section");
	REFUSES("[admission]\nguest_vcpus = 4\n",
		"carrel.ini:2: [admission] guest_vcpus: \"4\" is not a percentage");
	REFUSES("[admission]\nguest_memory = 101%\n",
		"carrel.ini:2: [admission] guest_memory: \"101%\" is out of bounds: 1% to 100%");
	REFUSES("[host]\n?deadline = 5s\n",
		"carrel.ini:2: [host] deadline: this key cannot have a leading ?");
	EXPECT_INT(load(&config, NULL, "[host]\n"), 0);
	host_config_free(&config);
	chmod(in_scratch("d/carrel.ini"), 0666);
	EXPECT_INT(host_config_load(in_scratch("d/carrel.ini"), &config, &problems, NULL), -EINVAL);
	EXPECT_TEXT(problem_text(&problems, 0),
		"carrel.ini: can be written by others than root; chmod go-w");
	are_defaults(&config);
	host_config_free(&config);
	policy_problems_free(&problems);
}

static bool group_has(const char *path, const char *name, const char *user, gid_t gid)
{
	char *const names[] = {(char *)"wheel", (char *)name, NULL};

	return groups_have(path, names, user, gid);
}

static void test_groups(void)
{
	const char *group;

	fresh_dir();
	add_file("group", "root:x:0:\nsudo:x:27:carol,dave\nempty:x:50:\n+staff:x:60:eve\n"
			  "short:x:70\nlong:x:80:eve:more\nbad:x:8x:eve\n# carol\nlast:x:90:zoe");
	group = in_scratch("d/group");
	EXPECT(group_has(group, "sudo", "carol", 1001));
	EXPECT(group_has(group, "sudo", "dave", 1001));
	EXPECT(!group_has(group, "sudo", "eve", 1001));
	EXPECT(!group_has(group, "sudo", "car", 1001));
	EXPECT(!group_has(group, "sudo", "carol,dave", 1001));
	EXPECT(!group_has(group, "sudo", "", 1001));
	EXPECT(group_has(group, "sudo", "eve", 27));
	EXPECT(!group_has(group, "empty", "", 1001));
	EXPECT(!group_has(group, "", "eve", 1001));
	EXPECT(!group_has(group, "staff", "eve", 1001));
	EXPECT(!group_has(group, "short", "eve", 70));
	EXPECT(!group_has(group, "long", "eve", 80));
	EXPECT(!group_has(group, "bad", "eve", 8));
	EXPECT(group_has(group, "last", "zoe", 1));
	EXPECT(!group_has(in_scratch("d/none"), "sudo", "carol", 27));
}

static void test_login_defs(void)
{
	const char *path;

	fresh_dir();
	path = in_scratch("d/login.defs");
	EXPECT_INT(uid_min_of(path), 1000);
	add_file("login.defs", "# UID_MIN 1\nSYS_UID_MIN\t\t  101\nUID_MIN\t\t\t 500\n");
	EXPECT_INT(uid_min_of(in_scratch("d/login.defs")), 500);
	add_file("login.defs", "UID_MIN 0x10\nUID_MIN\n");
	EXPECT_INT(uid_min_of(in_scratch("d/login.defs")), 1000);
}

static void test_admins(void)
{
	struct host_config config = {.admins = (char *[]){"carol", "@root", "@nss:ops", NULL}};
	struct policy_login login = {.user = "alice", .uid = 1001, .gid = 1001};

	EXPECT(!host_config_is_admin(&config, &login));
	login.user = "carol";
	EXPECT(host_config_is_admin(&config, &login));
	login.user = "alice";
	login.groups = (char *const[]){"ops", NULL};
	EXPECT(host_config_is_admin(&config, &login));
	/* What NSS says of a group counts for @nss: alone. */
	login.groups = (char *const[]){"root", NULL};
	EXPECT(!host_config_is_admin(&config, &login));
	login.gid = 0;
	EXPECT(host_config_is_admin(&config, &login));
	config.admins = NULL;
	EXPECT(!host_config_is_admin(&config, &login));
	login.uid = 0;
	login.user = NULL;
	EXPECT(host_config_is_admin(&config, &login));
}

int main(void)
{
	scratch_make();
	test_reading();
	test_admission();
	test_refusing();
	test_groups();
	test_login_defs();
	test_admins();
	return finish();
}
