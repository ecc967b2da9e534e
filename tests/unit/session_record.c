// SPDX-License-Identifier: MIT
// what: a session's record survives writing and reading, whatever its strings hold
// needs: native-root
// tier: fast
// deadline: 30s
#include "expect.h"
#include "session/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

	expect_true("write", record_write(folder, &record, NULL) == 0);
	expect_true("read", record_read(folder, "1001-7", &got) == 0);
	expect_true("user", strcmp(got.user, record.user) == 0);
	expect_true("uid", got.uid == record.uid);
	expect_true("one line each", strcmp(got.tty, "pts/1?mode exempt") == 0);
	expect_true("printable", strcmp(got.rhost, "evil?[2J%n?%s") == 0);
	expect_true("mode", strcmp(got.mode, "sandbox") == 0);
	expect_true("init", got.init.pid == 812 && got.init.start == 99999999999ull);
	expect_true("made", got.place.made);
	expect_true("rescue", got.rescue);
	expect_true("namespace", got.pid_namespace == record.pid_namespace);
	expect_true("remove", record_remove(folder, "1001-7") == 0);
	expect_true("gone", record_read(folder, "1001-7", &got) == -ENOENT);
	expect_true("remove twice", record_remove(folder, "1001-7") == 0);
}

static void ids(int folder)
{
	char first[48], second[48];

	expect_true("first id", record_new_id(folder, 1001, first, sizeof(first), NULL) == 0);
	expect_true("second id", record_new_id(folder, 1001, second, sizeof(second), NULL) == 0);
	expect_true("they differ", strcmp(first, "1001-1") == 0 && strcmp(second, "1001-2") == 0);
	expect_true("ids are ids", record_is_id(first) && record_is_id("4000000000-18"));
	expect_true("others are not",
		!record_is_id("lock") && !record_is_id("next") && !record_is_id(".1001-1.7") &&
			!record_is_id("1001-") && !record_is_id("-1") &&
			!record_is_id("../1001-1") && !record_is_id("1001-1x"));
	expect_true("nor are they read", record_remove(folder, "../1001-1") == -EINVAL);
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
	expect_true("nothing is left", rmdir(path) == 0);
	return expect_result();
}
