// SPDX-License-Identifier: MIT
// what: only files that root alone can change are read, a folder as a whole, and errors fail closed
// needs:
// tier: fast
// deadline: 60s
#include "policy_support.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char good[] = "[session]\nmode = audit\n";

/* Loads folder "d" for alice and expects the one problem @problem ("": none) and @mode. */
static void loads(int line, const char *problem, enum policy_mode mode)
{
	const struct policy_login login = {.user = "alice", .uid = 1001};
	struct policy_problems problems = {0};
	struct policy policy = {0};
	struct carrel_error err = {0};
	int r = policy_load(in_scratch("d"), &login, &policy, &problems, &err);

	expect_at(line, r == 0, "policy_load: %d", r);
	expect_at(line, strcmp(problem_text(&problems, 0), problem) == 0, "\"%s\", not \"%s\"",
		problem_text(&problems, 0), problem);
	expect_at(line, problems.count <= 1, "%zu problems", problems.count);
	if (r == 0)
		expect_at(line, policy.setting[POLICY_SESSION_MODE].value.choice == (int)mode,
			"mode is %s", policy.setting[POLICY_SESSION_MODE].text);
	policy_problems_free(&problems);
	policy_free(&policy);
}

#define LOADS(problem, mode) loads(__LINE__, problem, POLICY_MODE_##mode)

static void test_permissions(void)
{
	fresh_dir();
	add_file("a.ini", good);
	LOADS("", AUDIT);
	chmod(in_scratch("d/a.ini"), 0646);
	LOADS("a.ini: can be written by others than root; chmod go-w", SANDBOX);
	chmod(in_scratch("d/a.ini"), 0600);
	LOADS("", AUDIT);
	/* A refused file is left out; the others count. */
	add_file("b.ini", "[session]\nmode = host\n");
	chmod(in_scratch("d/b.ini"), 0666);
	LOADS("b.ini: can be written by others than root; chmod go-w", AUDIT);

	/* Not in a user namespace that has no other uid. */
	fresh_dir();
	add_file("a.ini", good);
	if (chown(in_scratch("d/a.ini"), 1000, 0) == 0) {
		LOADS("a.ini: does not belong to root", SANDBOX);
		EXPECT_INT(chown(in_scratch("d/a.ini"), 0, 1000), 0);
		LOADS("", AUDIT);
		chmod(in_scratch("d/a.ini"), 0664);
		LOADS("a.ini: can be written by others than root; chmod go-w", SANDBOX);
		EXPECT_INT(chown(in_scratch("d/a.ini"), 0, 0), 0);
		LOADS("", AUDIT);
	}
}

static void test_kinds(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	fresh_dir();
	write_or_die(in_scratch("elsewhere.ini"), good);
	EXPECT_INT(symlink("../elsewhere.ini", in_scratch("d/a.ini")), 0);
	LOADS("a.ini: is a symbolic link", SANDBOX);
	fresh_dir();
	EXPECT_INT(symlink("nowhere", in_scratch("d/a.ini")), 0);
	LOADS("a.ini: is a symbolic link", SANDBOX);
	fresh_dir();
	EXPECT_INT(mkfifo(in_scratch("d/a.ini"), 0600), 0);
	LOADS("a.ini: is not a regular file", SANDBOX);
	fresh_dir();
	EXPECT_INT(mkdir(in_scratch("d/a.ini"), 0700), 0);
	LOADS("a.ini: is a folder, not a file", SANDBOX);
	fresh_dir();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(address.sun_path, in_scratch("d/a.ini"));
	EXPECT_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	LOADS("a.ini: cannot be opened: No such device or address", SANDBOX);
	close(fd);
}

static void write_bytes(const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(in_scratch(name), "we");

	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
		give_up(name);
}

static void test_contents(void)
{
	static char big[300 * 1024];

	fresh_dir();
	memset(big, ';', sizeof(big));
	for (size_t i = 99; i < sizeof(big); i += 100)
		big[i] = '\n';
	write_bytes("d/a.ini", big, 256 * 1024);
	LOADS("", SANDBOX);
	write_bytes("d/a.ini", big, 256 * 1024 + 1);
	LOADS("a.ini: is larger than 256K", SANDBOX);

	write_bytes("d/a.ini", "", 0);
	LOADS("", SANDBOX);
	write_bytes("d/a.ini", "[session]\nmode = audit\0\n", 24);
	LOADS("a.ini:2: [session]: the line contains a NUL byte", SANDBOX);
	write_bytes("d/a.ini", "\0", 1);
	LOADS("a.ini:1: the line contains a NUL byte", SANDBOX);
	write_bytes("d/a.ini", "[session]\nmode = audit", 22);
	LOADS("", AUDIT);
	write_bytes("d/a.ini", "[session]\r\nmode = audit\r\n", 25);
	LOADS("a.ini:1: the line has a carriage return in it; save the file with Unix line endings",
		SANDBOX);

	/* The longest line that is allowed, and one byte more. */
	memset(big, 'x', 1010);
	memcpy(big, "[session]\nmode = audit ;", 24);
	big[10 + 1000] = '\n';
	write_bytes("d/a.ini", big, 1011);
	LOADS("", AUDIT);
	big[10 + 1000] = 'x';
	write_bytes("d/a.ini", big, 1011);
	LOADS("a.ini:2: [session]: the line is longer than 1000 bytes", SANDBOX);
}

static void test_many_keys(void)
{
	char text[16384] = "[session]\n";

	for (int i = 0; i < 257; i++)
		sprintf(text + strlen(text), "k%d = %d\n", i, i);
	fresh_dir();
	add_file("a.ini", text);
	LOADS("a.ini:258: [session] k256: the file has more than 256 keys", SANDBOX);
	strcpy(text, "");
	for (int i = 0; i < 65; i++)
		sprintf(text + strlen(text), "[s%d]\n", i);
	add_file("a.ini", text);
	LOADS("a.ini:65: [s64]: the file has more than 64 sections", SANDBOX);
}

static void test_folder(void)
{
	const struct policy_login login = {.user = "alice", .uid = 1001};
	struct policy policy = {0};
	struct carrel_error err = {0};
	char text[2048], wanted[256];

	fresh_dir();
	chmod(in_scratch("d"), 0777);
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, &err), -EPERM);
	snprintf(wanted, sizeof(wanted), "policy folder %s: can be written by others than root",
		in_scratch("d"));
	EXPECT_TEXT(error_format(&err, text, sizeof(text)), wanted);
	write_or_die(in_scratch("file"), "");
	EXPECT_INT(policy_load(in_scratch("file"), &login, &policy, NULL, &err), -ENOTDIR);
}

/* All wrong lines of a file are reported, and its path is the one that was given. */
static void test_check_file(void)
{
	struct policy_problems problems = {0};
	struct carrel_error err = {0};
	char text[2048];

	fresh_dir();
	add_file("a.ini", "[match]\nusr = x\n[session]\nmode = sandbx\n[cgroup]\nmemry.max = 1G\n");
	EXPECT_INT(policy_check_file(in_scratch("d/a.ini"), &problems, &err), -EINVAL);
	EXPECT_INT(problems.count, 3);
	EXPECT_TEXT(problem_text(&problems, 0),
		"a.ini:2: [match] usr: unknown key; did you mean user?");
	EXPECT_TEXT(problem_text(&problems, 1), "a.ini:4: [session] mode: \"sandbx\" is not one of "
						"sandbox, guest, host, audit, exempt, "
						"deny; did you mean \"sandbox\"?");
	EXPECT_TEXT(problem_text(&problems, 2),
		"a.ini:6: [cgroup] memry.max: unknown key; did you mean memory.max?");
	EXPECT(strstr(error_format(&err, text, sizeof(text)), "did you mean user?"));
	policy_problems_free(&problems);
	EXPECT_INT(policy_check_file(in_scratch("d/b.ini"), &problems, &err), -EINVAL);
	EXPECT_TEXT(problem_text(&problems, 0), "b.ini: there is no such file");
	policy_problems_free(&problems);
	EXPECT_INT(policy_check_file(in_scratch("d/b.ini"), NULL, NULL), -EINVAL);
}

/* A refused file must not make somebody exempt who is confined by it. */
static void test_refused_files_fail_closed(void)
{
	struct policy_login login = {.user = "git", .uid = 107, .system_account = true};
	struct policy policy = {0};

	fresh_dir();
	add_file("a.ini", "[match]\nuser = alice\n[session]\nmode = junk\n");
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), 0);
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_EXEMPT);
	policy_free(&policy);
	add_file("a.ini", "[match]\nuser = git\n[session]\nmode = junk\n");
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), 0);
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_SANDBOX);
	policy_free(&policy);
	add_file("a.ini", "[match]\nuser = alice\njunk\n");
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), 0);
	EXPECT_INT(policy.setting[POLICY_SESSION_MODE].value.choice, POLICY_MODE_SANDBOX);
	policy_free(&policy);
}

static void make_set(const char *folder, const char *mode)
{
	char name[64], text[64];

	if (mkdir(in_scratch(folder), 0755) < 0)
		give_up(folder);
	snprintf(text, sizeof(text), "[session]\nmode = %s\n[mounts]\ntmp = host\n", mode);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%s/%02d.ini", folder, i);
		write_or_die(in_scratch(name), text);
	}
	snprintf(name, sizeof(name), "%s/zz.ini", folder);
	snprintf(text, sizeof(text), "[match]\nuser = *\n[mounts]\nhomes.show = /home/%s\n", mode);
	write_or_die(in_scratch(name), text);
}

/* Whoever asks for no text is told the same number. */
static void test_no_folder(void)
{
	const struct policy_login login = {.user = "alice", .uid = 1001};
	struct carrel_error err = {0};
	struct policy policy = {0};

	rmdir(fresh_dir());
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, &err), -ENOENT);
	EXPECT_INT(policy_load(in_scratch("d"), &login, &policy, NULL, NULL), -ENOENT);
}

/*
 * Swaps "d" for a new folder and takes the old one apart, over and over. Whatever a reader gets has
 * all of its files, of one set.
 */
static void test_swap(void)
{
	const struct policy_login login = {.user = "alice", .uid = 1001};
	pid_t child;
	int loaded = 0, busy = 0, status;

	rmdir(fresh_dir());
	make_set("d", "deny");
	child = fork();
	if (child < 0)
		give_up("fork");
	if (child == 0) {
		for (int turn = 0;; turn++) {
			make_set("new", turn % 2 ? "deny" : "host");
			if (rename(in_scratch("d"), in_scratch("old")) < 0 ||
				rename(in_scratch("new"), in_scratch("d")) < 0)
				_exit(1);
			nftw(in_scratch("old"), remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		}
	}
	for (int i = 0; i < 2000; i++) {
		struct policy_problems problems = {0};
		struct policy policy = {0};
		int r = policy_load(in_scratch("d"), &login, &policy, &problems, NULL);

		/* It may go on changing for as long as a reader tries; the next one finds it. */
		if (r == -EBUSY || r == -ENOENT) {
			busy++;
			continue;
		}
		EXPECT_INT(r, 0);
		EXPECT_INT(problems.count, 0);
		EXPECT(policy.any_file);
		if (r == 0 && policy.any_file) {
			const char *mode = policy.setting[POLICY_SESSION_MODE].text;
			const char *shown = policy.setting[POLICY_MOUNTS_HOMES_SHOW].text;
			int files = 0;

			while (policy.files[files])
				files++;
			EXPECT_INT(files, 21);
			EXPECT(strlen(shown) > 6 && strcmp(shown + 6, mode) == 0);
			loaded++;
		}
		policy_problems_free(&problems);
		policy_free(&policy);
		if (failures)
			break;
	}
	EXPECT_INT(loaded + busy, 2000);
	EXPECT(busy < 200);
	printf("%d of 2000 loads found a folder, and it was whole\n", loaded);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	EXPECT(WIFSIGNALED(status));
}

int main(void)
{
	scratch_make();
	test_permissions();
	test_kinds();
	test_contents();
	test_many_keys();
	test_folder();
	test_check_file();
	test_refused_files_fail_closed();
	test_no_folder();
	test_swap();
	return finish();
}
