// SPDX-License-Identifier: MIT
// what: [match] takes the logins that it should: globs, negation, groups, services, networks
// needs:
// tier: fast
// deadline: 30s
#include "policy_support.h"

/* Whether a file with this [match] sets the mode of @login to audit. */
static bool fits(const char *match, const struct policy_login *login)
{
	struct policy_problems problems = {0};
	struct policy policy = {0};
	char text[512];
	bool result;

	fresh_dir();
	snprintf(text, sizeof(text), "[match]\n%s\n[session]\nmode = audit\n", match);
	add_file("a.ini", text);
	if (policy_load(in_scratch("d"), login, &policy, &problems, NULL) < 0)
		give_up("policy_load");
	expect_at(__LINE__, problems.count == 0, "%s", problem_text(&problems, 0));
	result = policy.setting[POLICY_SESSION_MODE].value.choice == POLICY_MODE_AUDIT;
	policy_problems_free(&problems);
	policy_free(&policy);
	return result;
}

static char *const groups_of_alice[] = {"users", "students", "lab-2", NULL};

static struct policy_login some_login(void)
{
	return (struct policy_login){
		.user = "alice",
		.uid = 1001,
		.gid = 100,
		.group = "users",
		.groups = groups_of_alice,
		.service = "sshd",
		.rhost = "10.1.2.3",
	};
}

static bool alice(const char *match)
{
	struct policy_login login = some_login();

	return fits(match, &login);
}

static bool from(const char *rhost, const char *match)
{
	struct policy_login login = some_login();

	login.rhost = rhost;
	return fits(match, &login);
}

static void test_users(void)
{
	EXPECT(alice("user = alice"));
	EXPECT(!alice("user = alic"));
	EXPECT(!alice("user = Alice"));
	EXPECT(alice("user = bob, alice"));
	EXPECT(alice("user = a*"));
	EXPECT(alice("user = [a-c]????"));
	EXPECT(!alice("user = [!a]*"));
	EXPECT(alice("user = !bob"));
	EXPECT(!alice("user = !alice"));
	EXPECT(!alice("user = *, !alice"));
	EXPECT(!alice("user = !alice, *"));
	EXPECT(alice("user = a*, !b*"));
	EXPECT(!alice("user = b*, !c*"));
}

/* One uid by two names: whichever the user logs in by, both count. */
static void test_aliases(void)
{
	struct policy_login login = some_login();

	login.user = "LAB\\alice";
	login.alias = "alice";
	EXPECT(fits("user = alice", &login));
	EXPECT(fits("user = LAB\\alice", &login));
	EXPECT(fits("user = a*", &login));
	EXPECT(!fits("user = bob", &login));
	EXPECT(!fits("user = !alice", &login));
	EXPECT(!fits("user = *, !alice", &login));
	EXPECT(!fits("user = *, !LAB*", &login));
	EXPECT(fits("user = !bob", &login));
}

static void test_groups(void)
{
	struct policy_login login = some_login();

	EXPECT(alice("group = users"));
	EXPECT(alice("group = students"));
	EXPECT(alice("group = lab-*"));
	EXPECT(!alice("group = staff"));
	EXPECT(!alice("group = !students"));
	EXPECT(!alice("group = users, !lab-2"));
	EXPECT(alice("group = !staff"));
	login.groups = (char *const[]){NULL};
	EXPECT(!fits("group = *", &login));
	EXPECT(fits("group = !students", &login));
	login.groups = NULL;
	EXPECT(fits("group = users", &login));
}

static void test_services(void)
{
	struct policy_login login = some_login();

	EXPECT(alice("service = login, sshd"));
	EXPECT(!alice("service = login"));
	EXPECT(!alice("service = !sshd"));
	login.service = NULL;
	EXPECT(!fits("service = sshd", &login));
	EXPECT(fits("service = !sshd", &login));
}

static void test_every_key_must_fit(void)
{
	EXPECT(alice("user = alice\ngroup = students\nservice = sshd\nhost = 10.0.0.0/8"));
	EXPECT(!alice("user = bob\ngroup = students\nservice = sshd\nhost = 10.0.0.0/8"));
	EXPECT(!alice("user = alice\ngroup = staff\nservice = sshd\nhost = 10.0.0.0/8"));
	EXPECT(!alice("user = alice\ngroup = students\nservice = su\nhost = 10.0.0.0/8"));
	EXPECT(!alice("user = alice\ngroup = students\nservice = sshd\nhost = 11.0.0.0/8"));
}

static void test_networks(void)
{
	EXPECT(from("10.1.2.3", "host = 10.0.0.0/8"));
	EXPECT(!from("11.1.2.3", "host = 10.0.0.0/8"));
	EXPECT(from("10.1.2.3", "host = 10.1.2.3"));
	EXPECT(!from("10.1.2.4", "host = 10.1.2.3"));
	EXPECT(from("10.1.2.3", "host = 10.1.2.2/31"));
	EXPECT(!from("10.1.2.4", "host = 10.1.2.2/31"));
	EXPECT(from("1.2.3.4", "host = 0.0.0.0/0"));
	EXPECT(!from("::1", "host = 0.0.0.0/0"));
	EXPECT(from("::ffff:10.1.2.3", "host = 10.0.0.0/8"));
	EXPECT(from("10.1.2.3", "host = ::ffff:10.0.0.0/104"));
	EXPECT(from("::FFFF:0a01:0203", "host = 10.1.2.3"));
	EXPECT(from("2001:db8::1", "host = 2001:db8::/32"));
	EXPECT(!from("2001:db9::1", "host = 2001:db8::/32"));
	EXPECT(from("2001:DB8:0::0:1", "host = 2001:db8::1"));
	EXPECT(from("fe80::1%eth0", "host = fe80::/10"));
	EXPECT(!from("10.1.2.3", "host = !10.0.0.0/8"));
	EXPECT(from("192.168.1.1", "host = !10.0.0.0/8"));
	EXPECT(!from("10.9.0.1", "host = 10.0.0.0/8, !10.9.0.0/16"));
	/* Not an address, however much it looks like one. */
	EXPECT(!from("10.1.2.3.evil.org", "host = 10.0.0.0/8"));
	EXPECT(!from("010.1.2.3", "host = 10.0.0.0/8"));
}

static void test_host_names(void)
{
	EXPECT(from("pc7.lab", "host = *.lab"));
	EXPECT(from("PC7.Lab", "host = *.lab"));
	EXPECT(!from("pc7.lab.evil.org", "host = *.lab"));
	EXPECT(from("10.1.2.3", "host = *"));
	EXPECT(!from("", "host = *"));
	EXPECT(!from(NULL, "host = *"));
	EXPECT(from(NULL, "host = !*"));
	EXPECT(!from("pc7.lab", "host = !*"));
}

static void test_names_of_directories(void)
{
	struct policy_login login = some_login();

	login.user = "CORP\\alice";
	login.groups = (char *const[]){"CORP\\domain users", "staff@corp.example", NULL};
	EXPECT(fits("user = CORP\\alice", &login));
	EXPECT(fits("user = CORP\\*", &login));
	EXPECT(!fits("user = CORPalice", &login));
	EXPECT(!fits("user = corp\\alice", &login));
	EXPECT(fits("group = CORP\\domain users", &login));
	EXPECT(fits("group = *@corp.example", &login));
	login.user = "CORPalice";
	EXPECT(!fits("user = CORP\\alice", &login));
	login.user = "1234";
	EXPECT(fits("user = 1234", &login));
	EXPECT(!fits("user = 123", &login));
}

static void test_no_file_fits(void)
{
	struct policy_login login = some_login();
	struct policy policy = {0};

	struct carrel_error err = {0};

	EXPECT_INT(policy_load(in_scratch("nowhere"), &login, &policy, NULL, &err), -ENOENT);
	EXPECT_INT(policy_load(in_scratch("nowhere"), &login, &policy, NULL, NULL), -ENOENT);

	fresh_dir();
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), 0);
	EXPECT(!policy.any_file);
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_EXEMPT);
	EXPECT_TEXT(policy.setting[POLICY_SESSION_MODE].text, "exempt");
	EXPECT(!policy.setting[POLICY_SESSION_MODE].set);
	policy_free(&policy);

	add_file("a.ini", "[match]\nuser = bob\n[session]\nmode = sandbox\n");
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), 0);
	EXPECT(policy.any_file);
	EXPECT(!policy.files[0]);
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_EXEMPT);
	policy_free(&policy);

	/* Fitting without setting the mode is the sandbox. */
	add_file("b.ini", "[match]\nuser = alice\n");
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), 0);
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_SANDBOX);
	policy_free(&policy);
}

static void test_system_accounts(void)
{
	struct policy_login login = some_login();

	login.user = "git";
	login.groups = (char *const[]){"git", NULL};
	login.system_account = true;
	EXPECT(fits("user = git", &login));
	EXPECT(fits("user = g*", &login));
	EXPECT(fits("group = git", &login));
	EXPECT(fits("user = git\nservice = sshd", &login));
	EXPECT(!fits("user = git\nservice = su", &login));
	EXPECT(!fits("service = sshd", &login));
	EXPECT(!fits("user = !bob", &login));
	login.system_account = false;
	EXPECT(fits("user = !bob", &login));
}

static void expands(const struct policy_login *login, const char *text, const char *wanted)
{
	char *got = policy_expand(text, login);

	EXPECT_TEXT(got, wanted);
	free(got);
}

static void test_expansion(void)
{
	struct policy_login login = some_login();

	login.home = "/home/alice";
	expands(&login, "", "");
	expands(&login, "/a/b", "/a/b");
	expands(&login, "/scratch/%u", "/scratch/alice");
	expands(&login, "%h/x-%U-%g-%%u", "/home/alice/x-1001-users-%u");
	expands(&login, "/a/%", NULL);
	expands(&login, "/a/%x", NULL);
	login.user = "../../etc";
	expands(&login, "/scratch/%u", NULL);
	login.user = "..";
	expands(&login, "/scratch/%u", NULL);
	login.user = NULL;
	expands(&login, "/scratch/%u", NULL);
	login.home = "home";
	expands(&login, "%h", NULL);
	login.group = "";
	errno = 0;
	expands(&login, "/g/%g", NULL);
	EXPECT_INT(errno, EINVAL);
}

int main(void)
{
	scratch_make();
	test_users();
	test_aliases();
	test_groups();
	test_services();
	test_every_key_must_fit();
	test_networks();
	test_host_names();
	test_names_of_directories();
	test_no_file_fits();
	test_system_accounts();
	test_expansion();
	return finish();
}
