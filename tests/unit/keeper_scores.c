// SPDX-License-Identifier: MIT
// what: the keeper protects what keeps a login, and nothing that has yet to fork for the user
// needs:
// tier: fast
// deadline: 30s
#include "../../pam_module/keeper/scores.c"
#include "../../pam_module/keeper/seen.c"
#include "expect.h"

#include "base/proc.h"

#include <stdio.h>
#include <unistd.h>

enum { UID = 1001, CHILD = 1 << 23, SHELL, HOG }; /* beyond every number that is given */

static void expect_score(const char *what, int got, int wanted)
{
	if (got == wanted)
		return;
	expect_failed("%s: score %d, not %d", what, got, wanted);
}

static int score_in(
	struct keeper *keeper, const struct inventory *inventory, const struct seen *seen)
{
	return score_of(keeper, inventory, seen, KEEPER_MEMBER);
}

/* A login whose monitor is this process: it has been recorded, and the monitor forks a while later.
 */
static void monitor_of_sshd(void)
{
	struct inventory_session session = {
		.alive = true, .record = {.id = "1001-1", .service = "sshd"}};
	const struct inventory inventory = {.session = &session, .count = 1};
	struct seen seen[] = {
		{.pid = getpid(), .read = true, .parent = 1},
		{.pid = CHILD, .read = true, .parent = getpid(), .uid = UID},
		{.pid = SHELL, .read = true, .parent = CHILD, .uid = UID},
		{.pid = HOG, .read = true, .parent = SHELL, .uid = UID},
	};
	struct keeper keeper = {.uid = UID, .seen = {.item = seen, .count = 1}};

	if (proc_identify(getpid(), &session.record.opener) < 0)
		expect_failed("this process has no start time");
	expect_score("sshd's monitor, not forked yet", score_in(&keeper, &inventory, &seen[0]),
		SCORE_NONE);
	/* Forked, but root still: it may fork for PAM. */
	seen[1].uid = 0;
	keeper.seen.count = 2;
	expect_score(
		"one with a child of root's", score_in(&keeper, &inventory, &seen[0]), SCORE_NONE);
	seen[1].uid = UID;
	keeper.seen.count = 4;
	expect_score("sshd's monitor", score_in(&keeper, &inventory, &seen[0]), SCORE_KEPT);
	expect_score("sshd's child", score_in(&keeper, &inventory, &seen[1]), SCORE_FIRST);
	expect_score("the login's shell", score_in(&keeper, &inventory, &seen[2]), SCORE_FIRST);
	expect_score("what it starts", score_in(&keeper, &inventory, &seen[3]), SCORE_OTHERS);
	snprintf(session.record.service, sizeof(session.record.service), "su");
	expect_score("su", score_in(&keeper, &inventory, &seen[0]), SCORE_NONE);
	/* Another process of the same number. */
	snprintf(session.record.service, sizeof(session.record.service), "sshd");
	expect_score("sshd's monitor again", score_in(&keeper, &inventory, &seen[0]), SCORE_KEPT);
	session.record.opener.start++;
	expect_score("no opener", score_in(&keeper, &inventory, &seen[0]), SCORE_NONE);
}

/* Whatever the guest has of the limit, a hog in another session of the user goes first; and
 * whatever a process is called, only what is in the guest's cgroup is the guest. */
static void guest(void)
{
	const struct inventory inventory = {.count = 0};
	struct seen qemu = {.pid = CHILD, .read = true, .uid = UID, .qemu = true};
	const struct seen ssh = {.pid = SHELL, .read = true, .uid = UID};
	struct keeper keeper = {.uid = UID, .seen = {.item = &qemu, .count = 1}};

	expect_score("QEMU", score_of(&keeper, &inventory, &qemu, KEEPER_GUEST), SCORE_GUEST);
	expect_score(
		"a try to log in", score_of(&keeper, &inventory, &ssh, KEEPER_GUEST), SCORE_NONE);
	expect_score("what is called like QEMU",
		score_of(&keeper, &inventory, &qemu, KEEPER_MEMBER), SCORE_OTHERS);
	qemu.uid = 0;
	expect_score("what has not become the user yet",
		score_of(&keeper, &inventory, &qemu, KEEPER_GUEST), SCORE_NONE);
}

/* As oom_badness() of the kernel has it: what a process has, and its score, in thousandths of what
 * there is. The larger is killed. */
static int badness(int has, int score)
{
	return has + score;
}

/* Where the user's limit is reached, in thousandths of that, a hog goes before their guest; where
 * the host's memory is used up, the guest is anybody's. */
static void guest_and_others(void)
{
	enum { LIMIT = 1000, SMALL = 1, HALF = 500 };

	for (int qemu = 0; qemu <= LIMIT; qemu += 10) {
		int hog = LIMIT - qemu;

		expect_score("a guest outlasts the newest of its user",
			badness(hog, SCORE_BESIDE_GUEST + SCORE_NEWEST) >=
				badness(qemu, SCORE_GUEST),
			1);
		if (qemu < 950)
			expect_score("a guest outlasts an older hog of its user",
				badness(hog, SCORE_BESIDE_GUEST) > badness(qemu, SCORE_GUEST), 1);
	}
	expect_score("a guest of half of the host against a small process of somebody's",
		badness(HALF, SCORE_GUEST) > badness(SMALL, 0), 1);
	expect_score("a guest is never spared for less than it has", SCORE_GUEST >= 0, 1);
	expect_score("all scores are the kernel's", SCORE_BESIDE_GUEST + SCORE_NEWEST <= 1000, 1);
	expect_score("a login against a guest without memory", SCORE_KEPT < SCORE_GUEST, 1);
}

int main(void)
{
	monitor_of_sshd();
	guest();
	guest_and_others();
	return expect_result();
}
