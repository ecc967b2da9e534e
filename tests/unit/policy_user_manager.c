// SPDX-License-Identifier: MIT
// what: the user's systemd manager is hidden unless the user is unconfined in every service
// needs:
// tier: fast
// deadline: 30s
#include "policy_support.h"

static const struct policy_login alice = {
	.user = "alice",
	.uid = 1001,
	.groups = (char *const[]){"students", NULL},
};

/* The files are numbered in the order of merging; NULL ends them. */
static bool hidden(const struct policy_login *login, const char *const *files)
{
	bool result = false;
	char name[16];

	fresh_dir();
	for (int i = 0; files[i]; i++) {
		snprintf(name, sizeof(name), "%02d.ini", i);
		add_file(name, files[i]);
	}
	EXPECT_INT(policy_user_manager_hidden(
			   in_scratch("d"), login, HOST_UNMATCHED_EXEMPT, &result, NULL),
		0);
	return result;
}

#define HIDDEN(...) hidden(&alice, (const char *const[]){__VA_ARGS__, NULL})

int main(void)
{
	static const char all[] = "[session]\nmode = sandbox\n";
	static const char host[] = "[session]\nmode = host\n";
	static const char sshd[] = "[match]\nservice = sshd\n[session]\nmode = sandbox\n";
	static const char sshd_host[] = "[match]\nservice = sshd\n[session]\nmode = host\n";
	static const char lab[] = "[match]\nhost = *.lab\n";
	static const char show[] = "[mounts]\nuser_manager = show\n";
	static const char bob[] = "[match]\nuser = bob\n[session]\nmode = sandbox\n";
	static const char git[] = "[match]\nuser = git\n";
	struct policy_login system = {.user = "git", .uid = 107, .system_account = true};
	struct carrel_error err = {0};
	bool result = false;

	scratch_make();
	EXPECT_INT(policy_user_manager_hidden(
			   in_scratch("none"), &alice, HOST_UNMATCHED_EXEMPT, &result, &err),
		-ENOENT);
	EXPECT(!result);
	EXPECT(HIDDEN(all));
	EXPECT(HIDDEN(""));
	EXPECT(!HIDDEN(bob));
	EXPECT(!HIDDEN(all, host));
	EXPECT(HIDDEN(host, all));
	EXPECT(!HIDDEN("[session]\nmode = exempt\n"));
	EXPECT(!HIDDEN("[session]\nmode = audit\n"));
	EXPECT(HIDDEN("[session]\nmode = deny\n"));
	/* Whom no policy fits. */
	fresh_dir();
	add_file("00.ini", bob);
	EXPECT_INT(policy_user_manager_hidden(
			   in_scratch("d"), &alice, HOST_UNMATCHED_DENY, &result, NULL),
		0);
	EXPECT(result);
	EXPECT_INT(policy_user_manager_hidden(
			   in_scratch("d"), &alice, HOST_UNMATCHED_HOST, &result, NULL),
		0);
	EXPECT(!result);
	EXPECT(HIDDEN(host, "[match]\nservice = sshd\n[session]\nmode = guest\n"));
	/* A file for one way of coming in may count, or not. */
	EXPECT(HIDDEN(sshd));
	EXPECT(HIDDEN(host, sshd));
	EXPECT(HIDDEN(all, sshd_host));
	EXPECT(!HIDDEN(all, sshd_host, host));
	EXPECT(!HIDDEN(sshd_host));
	EXPECT(HIDDEN(lab));
	EXPECT(!HIDDEN(lab, host));
	EXPECT(!HIDDEN("[match]\nservice = sshd\nuser = bob\n"));
	EXPECT(!HIDDEN(all, show));
	EXPECT(!HIDDEN(show, sshd));
	EXPECT(HIDDEN(show, "[mounts]\nuser_manager = hide\n"));
	/* Fail closed. */
	EXPECT(HIDDEN(host, "junk"));
	EXPECT(HIDDEN(show, "[match]\nuser = bob\n[session]\nmode = junk\n"));
	EXPECT(!hidden(&system, (const char *const[]){all, sshd, NULL}));
	EXPECT(hidden(&system, (const char *const[]){all, git, NULL}));
	return finish();
}
