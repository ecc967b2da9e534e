// SPDX-License-Identifier: MIT
// what: a session's record survives writing and reading, whatever its strings hold
// needs: native-root
// tier: fast
// deadline: 30s
#include "session/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

static void expect(const char *what, bool ok)
{
	if (ok)
		return;
	failures++;
	fprintf(stderr, "%s\n", what);
}

static void round_trip(int folder)
{
	struct session_record record = {
		.id = "1001-7",
		.user = "CORP\\alice.b@example.org",
		.uid = 4000000000u,
		.service = "sshd",
		.tty = "pts/1\nmode exempt",
		.rhost = "evil\033[2J%n\n%s",
		.mode = "sandbox",
		.since = 1234567890,
		.init = {812, 99999999999ull},
		.opener = {811, 99999999998ull},
		.place = {.user = "/user.slice/user-1001.slice", .made = true},
		.rescue = true,
		.pid_namespace = 4026531836ull,
	};
	struct session_record got;

	expect("write", record_write(folder, &record, NULL) == 0);
	expect("read", record_read(folder, "1001-7", &got) == 0);
	expect("user", strcmp(got.user, record.user) == 0);
	expect("uid", got.uid == record.uid);
	expect("one line each", strcmp(got.tty, "pts/1?mode exempt") == 0);
	expect("printable", strcmp(got.rhost, "evil?[2J%n?%s") == 0);
	expect("mode", strcmp(got.mode, "sandbox") == 0);
	expect("init", got.init.pid == 812 && got.init.start == 99999999999ull);
	expect("made", got.place.made);
	expect("rescue", got.rescue);
	expect("namespace", got.pid_namespace == record.pid_namespace);
	expect("remove", record_remove(folder, "1001-7") == 0);
	expect("gone", record_read(folder, "1001-7", &got) == -ENOENT);
	expect("remove twice", record_remove(folder, "1001-7") == 0);
}

static void ids(int folder)
{
	char first[48], second[48];

	expect("first id", record_new_id(folder, 1001, first, sizeof(first), NULL) == 0);
	expect("second id", record_new_id(folder, 1001, second, sizeof(second), NULL) == 0);
	expect("they differ", strcmp(first, "1001-1") == 0 && strcmp(second, "1001-2") == 0);
	expect("ids are ids", record_is_id(first) && record_is_id("4000000000-18"));
	expect("others are not", !record_is_id("lock") && !record_is_id("next") &&
					 !record_is_id(".1001-1.7") && !record_is_id("1001-") &&
					 !record_is_id("-1") && !record_is_id("../1001-1") &&
					 !record_is_id("1001-1x"));
	expect("nor are they read", record_remove(folder, "../1001-1") == -EINVAL);
}

int main(void)
{
	char path[] = "/run/carrel-test-XXXXXX";
	int folder;

	if (!mkdtemp(path))
		return 1;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	round_trip(folder);
	ids(folder);
	unlinkat(folder, "next", 0);
	close(folder);
	expect("nothing is left", rmdir(path) == 0);
	return failures ? 1 : 0;
}
