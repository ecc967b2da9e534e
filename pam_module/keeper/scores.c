// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "keeper.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <string.h>

enum {
	SCORE_KEPT = -900, /* less than everything of the user's, more than what init(1) protects */
	/* QEMU of the user's guest counts as any process of the host does, see below. */
	SCORE_GUEST = 0,
	SCORE_FIRST = 0,    /* sshd's child of the user, the login's shell */
	SCORE_OTHERS = 500, /* half of the limit: before any of these, whatever their size */
	/* The newest of them have up to this much more. A file in a tmpfs tells nobody who has
	 * written it; but a tenth of the limit more in a process of its own outweighs its age. */
	SCORE_NEWEST = 100,
	/* The other processes of a user who has a guest have nine tenths, or all, of the limit more
	 * than QEMU. */
	SCORE_BESIDE_GUEST = 900,
	SCORE_NONE = 1001, /* stays as it is */
};

/*
 * For each point of the score, oom_badness() of the kernel adds a thousandth of all there is to
 * what a process has: of memory.max, where that is reached, and of the host's memory and swap,
 * where those are used up. A lower score of QEMU's, to have it outlast a hog of its own user, would
 * therefore weigh as many times more where the host is short of memory as the host has more memory
 * than the user: with -500 a guest of half of the host outlasted everybody's smallest process. So
 * QEMU has 0, and the other processes of its user, at whose cost it lives, have more instead.
 *
 * Where memory.max is reached, let Q be QEMU's part of it and H the hog's. The hog goes first if Q
 * < H + 0.9. That holds as long as Q < 0.95, since no more than 1 - Q is left for H. For the newest
 * process Q < H + 1 holds always. The login's shell has 0 as well and is smaller than QEMU. What
 * ssh runs in its place goes first if it is larger.
 *
 * Where the host is short of memory, QEMU goes before every smaller process, except those that its
 * user runs besides, and those of other users who have reached their own limits.
 */

/* Returns whether @pid is the process of @id, and no later one of the same number. */
static bool is_process(const struct proc_id *id, pid_t pid)
{
	return id->pid == pid && pid > 0 && proc_alive(id);
}

/* Returns the session that @pid opened, or NULL. */
static const struct session_record *opened_by(const struct inventory *inventory, pid_t pid)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (is_process(&inventory->session[i].record.opener, pid) &&
			!record_is_sandbox(&inventory->session[i].record))
			return &inventory->session[i].record;
	return NULL;
}

static bool is_session_init(const struct inventory *inventory, pid_t pid)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (is_process(&inventory->session[i].record.init, pid))
			return true;
	return false;
}

/* Returns whether sshd's monitor @pid, which forks for the user once, has done so. The user's
 * process is newer than the monitor, and so has been read. */
static bool has_forked(const struct keeper *keeper, pid_t pid)
{
	for (size_t i = 0; i < keeper->seen.count; i++)
		if (keeper->seen.item[i].parent == pid && keeper->seen.item[i].uid == keeper->uid)
			return true;
	return false;
}

/* Returns the score of @seen. A process that forks for the user must not be lowered: its children
 * would inherit that, and keep it as the least that they may set. session-init never forks. sshd's
 * monitor does so once, but a while after the session was opened, and a user who keeps their memory
 * full has the keeper look just then. */
static int score_of(struct keeper *keeper, const struct inventory *inventory,
	const struct seen *seen, enum keeper_place place)
{
	const struct session_record *session = opened_by(inventory, seen->pid);
	const struct seen *parent;

	/* QEMU's supervisor, and an ssh that tries whether logins work, stand beside QEMU, and both
	 * of them fork. */
	if (place == KEEPER_GUEST)
		return seen->qemu && seen->uid == keeper->uid ? SCORE_GUEST : SCORE_NONE;
	if (is_session_init(inventory, seen->pid))
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

/* Sets the score of @seen. @older: how many of the listed processes are older than this one. */
static void settle_score(
	struct keeper *keeper, const struct inventory *inventory, struct seen *seen, size_t older)
{
	cleanup_close int proc = keeper_read(seen);
	enum keeper_place place = proc < 0 ? KEEPER_OUTSIDE : keeper_place_of(keeper, proc);
	int score = place == KEEPER_OUTSIDE ? SCORE_NONE : score_of(keeper, inventory, seen, place);
	char text[16];

	if (score == SCORE_NONE)
		return;
	if (score == SCORE_OTHERS && keeper->guest)
		score = SCORE_BESIDE_GUEST;
	if (score >= SCORE_OTHERS)
		score += (int)(SCORE_NEWEST * (older + 1) / keeper->seen.count);
	snprintf(text, sizeof(text), "%d", score);
	seen->scored = fd_write_file(proc, "oom_score_adj", text) == 0;
}

void keeper_set_scores(struct keeper *keeper, bool anew)
{
	struct inventory inventory = {0};
	bool guest = keeper_has_guest(keeper);
	size_t newest, count;

	if (inventory_load(keeper->uid, &inventory, NULL) < 0)
		return;
	/* All processes have another score with a guest. */
	anew = anew || guest != keeper->guest;
	keeper->guest = guest;
	if (keeper_list(keeper, anew) < 0)
		keeper->seen.count = 0;
	newest = keeper_newest(keeper);
	count = keeper->seen.count;
	/* The kernel may choose before all scores are set: a hog is mostly among the newest. */
	for (size_t older = count; older-- > 0;) {
		struct seen *seen = &keeper->seen.item[(newest + older) % count];

		if (!seen->scored)
			settle_score(keeper, &inventory, seen, older);
	}
	inventory_free(&inventory);
}
