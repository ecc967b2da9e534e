// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "keeper.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <string.h>

enum {
	SCORE_KEPT = -900, /* less than everything of the user's, more than what init(1) protects */
	SCORE_FIRST = 0,   /* sshd's child of the user, the login's shell */
	SCORE_OTHERS = 500, /* half of the limit: before any of these, whatever their size */
	SCORE_NONE = 1001,  /* stays as it is */
};

/* Whether @pid is that process and no later one of the same number. */
static bool is_process(const struct proc_id *id, pid_t pid)
{
	return id->pid == pid && pid > 0 && proc_alive(id);
}

/* The session that @pid opened. */
static const struct session_record *opened_by(const struct inventory *inventory, pid_t pid)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (is_process(&inventory->session[i].record.opener, pid) &&
			!record_is_sandbox(&inventory->session[i].record))
			return &inventory->session[i].record;
	return NULL;
}

static bool is_init(const struct inventory *inventory, pid_t pid)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (is_process(&inventory->session[i].record.init, pid))
			return true;
	return false;
}

/* Whether sshd's monitor @pid, which forks for the user once, has done so. */
static bool has_forked(const struct keeper *keeper, pid_t pid)
{
	for (size_t i = 0; i < keeper->seen.count; i++)
		if (keeper->seen.item[i].parent == pid && keeper->seen.item[i].uid == keeper->uid)
			return true;
	return false;
}

/*
 * What forks for the user must not be lowered: its children would inherit that, and keep it as the
 * least that they may set. session-init never forks, and sshd's monitor does so once, but a while
 * after the session was opened: whoever keeps their memory full has the keeper look just then.
 */
static int score_of(
	const struct keeper *keeper, const struct inventory *inventory, const struct seen *seen)
{
	const struct session_record *session = opened_by(inventory, seen->pid);
	const struct seen *parent;

	if (is_init(inventory, seen->pid))
		return SCORE_KEPT;
	if (session)
		return strcmp(session->service, "sshd") == 0 && seen->uid == 0 &&
				       has_forked(keeper, seen->pid)
			       ? SCORE_KEPT
			       : SCORE_NONE;
	if (seen->uid == 0)
		return SCORE_NONE; /* su and sudo of the session */
	if (opened_by(inventory, seen->parent))
		return SCORE_FIRST;
	parent = keeper_find(keeper, seen->parent);
	session = parent ? opened_by(inventory, parent->parent) : NULL;
	return session && strcmp(session->service, "sshd") == 0 ? SCORE_FIRST : SCORE_OTHERS;
}

static void set_score(const struct seen *seen, int score)
{
	cleanup_close int proc = -EBADF;
	struct seen now = {0};
	char path[32], text[16];

	snprintf(path, sizeof(path), "/proc/%d", (int)seen->pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(text, sizeof(text), "%d", score);
	/* It may have ended, and its number be another's by now. */
	if (proc >= 0 && keeper_read_stat(proc, &now) == 0 && now.start == seen->start)
		(void)fd_write_file(proc, "oom_score_adj", text);
}

void keeper_set_scores(struct keeper *keeper)
{
	struct inventory inventory = {0};

	if (inventory_load(keeper->uid, &inventory, NULL) < 0 || keeper_look(keeper) < 0)
		return;
	/* The kernel may choose before all is said: a hog is mostly among the newest. */
	for (size_t i = keeper->seen.count; i > 0; i--) {
		const struct seen *seen = &keeper->seen.item[i - 1];
		int score = score_of(keeper, &inventory, seen);

		if (score != SCORE_NONE)
			set_score(seen, score);
	}
	inventory_free(&inventory);
}
