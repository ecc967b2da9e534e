// SPDX-License-Identifier: MIT
// what: users of directories have a name in their guest that systemd takes, everybody else has their own; the guest has one that is a label of DNS
// needs:
// tier: fast
// deadline: 30s
#include "../../guest/launch/credentials.c"

static const struct {
	const char *user, *wanted;
} names[] = {
	{"alice", "alice"},
	{"_alice-2", "_alice-2"},
	{"Alice", "Alice"},
	{"first.last", "first_last"},
	{"DOMAIN\\first.last", "DOMAIN_first_last"},
	{"alice@example.org", "alice_example_org"},
	{"1001", "_1001"},
	{"-rf", "_-rf"},
	{"ren\xc3\xa9", "ren__"},
	{"a b\"%u\n", "a_b__u_"},
	{"abcdefghijklmnopqrstuvwxyz12345", "abcdefghijklmnopqrstuvwxyz12345"},
	{"abcdefghijklmnopqrstuvwxyz123456", "abcdefghijklmnopqrstuvwxyz12345"},
	{"0123456789012345678901234567890123", "_012345678901234567890123456789"},
};

static const struct {
	const char *user, *wanted;
} machines[] = {
	{"alice", "carrel-alice"},
	{"_alice-2", "carrel--alice-2"},
	{"Alice", "carrel-alice"},
	{"DOMAIN\\first.last", "carrel-domain-first-last"},
	{"host$", "carrel-host"},
	{"1001", "carrel-1001"},
	{"ren\xc3\xa9", "carrel-ren"},
	{"a,b=\"%u\n", "carrel-a-b---u"},
	{"$", "carrel"},
	{"0123456789012345678901234567890123456789012345678901234567890123",
		"carrel-01234567890123456789012345678901234567890123456789012345"},
};

static int name_machines(void)
{
	int failures = 0;

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		char name[GUEST_MACHINE_SIZE];

		guest_machine_name(machines[i].user, name);
		if (strcmp(name, machines[i].wanted) == 0)
			continue;
		failures++;
		fprintf(stderr, "%s: %s, not %s\n", machines[i].user, name, machines[i].wanted);
	}
	return failures;
}

int main(void)
{
	int failures = name_machines();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[GUEST_USER_SIZE];

		guest_user_name(names[i].user, name);
		if (strcmp(name, names[i].wanted) == 0)
			continue;
		failures++;
		fprintf(stderr, "%s: %s, not %s\n", names[i].user, name, names[i].wanted);
	}
	return failures != 0;
}
