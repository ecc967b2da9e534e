// SPDX-License-Identifier: MIT
// what: a guest's state comes back as it was written, also from the JSON of an earlier version, and no text in it passes for a member
// needs:
// tier: fast
// deadline: 30s
#include "session/guest_record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "expect.h"
#include "plan/guest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* As guest-launch of 0.1.0 wrote it before its states were lines. */
#define BY_JSON                                                                                    \
	"{\"version\":1,\"state\":\"paused\",\"phase\":\"a {\\\"b\\\"}: \\\\,\\\"state\\\":"       \
	"\\\"ready\\\"\",\"why\":\"\",\"template\":\"small\",\"owner\":\":72e9\","                 \
	"\"memory\":335544320,\"pid\":4711,\"pid_start\":18446744073709551615,"                    \
	"\"cid\":4294967295,\"port\":65535,\"exit\":3}"

static int folder;

static int read_back(const char *text, struct guest_record *ret_record)
{
	int r = fd_replace_file(folder, GUEST_STATE, text, 0600);

	*ret_record = (struct guest_record){0};
	return r < 0 ? r : guest_record_read(folder, ret_record);
}

static void expect_text(const char *what, const char *got, const char *wanted)
{
	if (strcmp(got, wanted) != 0)
		expect_failed("%s: \"%s\", not \"%s\"", what, got, wanted);
}

static void written(void)
{
	struct guest_record record = {.state = "failed",
		.why = "it said\nstate ready\n\033[2J",
		.owner = "ren\xe9\nstate ready",
		.memory = UINT64_MAX,
		.qemu = {.pid = 4711, .start = UINT64_MAX},
		.port = UINT16_MAX};
	struct guest_record back;
	cleanup_free char *text = guest_record_print(&record);

	expect_number("one that is written", read_back(text, &back), 0);
	expect_text("state", back.state, "failed");
	expect_text("why", back.why, "it said?state ready??[2J");
	expect_text("owner", back.owner, record.owner);
	expect_number("memory", back.memory == UINT64_MAX, 1);
	expect_number("pid", back.qemu.pid, 4711);
	expect_number("port", back.port, UINT16_MAX);
	strcpy(record.owner, "ren\xe9");
	free(text);
	text = guest_record_print(&record);
	expect_number("one of a plain name", read_back(text, &back), 0);
	expect_text("plain owner", back.owner, "ren\xe9");
}

static void by_json(void)
{
	struct guest_record back;

	expect_number("JSON", read_back(BY_JSON, &back), 0);
	expect_text("its state", back.state, "paused");
	expect_text("its phase", back.phase, "a {\"b\"}: \\,\"state\":\"ready\"");
	expect_text("its why", back.why, "");
	expect_text("its template", back.template, "small");
	expect_text("its owner", back.owner, "r\xe9");
	expect_number("its memory", (int64_t)back.memory, 320 << 20);
	expect_number("its start", back.qemu.start == UINT64_MAX, 1);
	expect_number("its cid", back.cid, UINT32_MAX);
	expect_number("its exit code", back.exit_code, 3);
}

static void damaged(void)
{
	static const char *const bad[] = {"", "{", "{}", "state\n", "phase ready\n",
		"state ready\nport 65536\n", "state ready\npid -1\n", "state ready\npid 1x\n",
		"state 0123456789abcdef\n", "state ready\nowner :7\n"};
	struct guest_record back;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_number(bad[i], read_back(bad[i], &back), -EBADMSG);
	expect_number(
		"a later one", read_back("version 2\nstate ready\n", &back), -EPROTONOSUPPORT);
	expect_number("a later one's", read_back("state ready\nmore of it\n", &back), 0);
	unlinkat(folder, GUEST_STATE, 0);
	expect_number("none", guest_record_read(folder, &back), -ENOENT);
}

int main(void)
{
	char path[] = "/tmp/guest-record-XXXXXX";

	folder = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (folder < 0)
		return 1;
	written();
	by_json();
	damaged();
	if (rmdir(path) < 0)
		expect_failed("something is left in %s: %s", path, strerror(errno));
	return expect_result();
}
