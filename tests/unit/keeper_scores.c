// SPDX-License-Identifier: MIT
// what: the keeper protects what keeps a login, and nothing that has yet to fork for the user
// needs:
// tier: fast
// deadline: 30s
#include "../../pam_module/keeper/scores.c"
#include "../../pam_module/keeper/seen.c"

#include "base/proc.h"

#include <stdio.h>
#include <unistd.h>

enum { UID = 1001, CHILD = 1 << 23, SHELL, HOG }; /* beyond every number that is given */

static int failures;

static void expect(const char *what, int got, int wanted)
{
	if (got == wanted)
		return;
	failures++;
	fprintf(stderr, "%s: score %d, not %d\n", what, got, wanted);
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
		failures++;
	expect("sshd's monitor, not forked yet", score_of(&keeper, &inventory, &seen[0]),
		SCORE_NONE);
	/* Forked, but root still: it may fork for PAM. */
	seen[1].uid = 0;
	keeper.seen.count = 2;
	expect("one with a child of root's", score_of(&keeper, &inventory, &seen[0]), SCORE_NONE);
	seen[1].uid = UID;
	keeper.seen.count = 4;
	expect("sshd's monitor", score_of(&keeper, &inventory, &seen[0]), SCORE_KEPT);
	expect("sshd's child", score_of(&keeper, &inventory, &seen[1]), SCORE_FIRST);
	expect("the login's shell", score_of(&keeper, &inventory, &seen[2]), SCORE_FIRST);
	expect("what it starts", score_of(&keeper, &inventory, &seen[3]), SCORE_OTHERS);
	snprintf(session.record.service, sizeof(session.record.service), "su");
	expect("su", score_of(&keeper, &inventory, &seen[0]), SCORE_NONE);
	/* Another process of the same number. */
	snprintf(session.record.service, sizeof(session.record.service), "sshd");
	expect("sshd's monitor again", score_of(&keeper, &inventory, &seen[0]), SCORE_KEPT);
	session.record.opener.start++;
	expect("no opener", score_of(&keeper, &inventory, &seen[0]), SCORE_NONE);
}

int main(void)
{
	monitor_of_sshd();
	return failures != 0;
}
