// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "keeper.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <string.h>

enum {
	SCORE_KEPT = -900, /* less than everything of the user's, more than what init(1) protects */
	/* QEMU of the user's guest: as any process of the host, see below. */
	SCORE_GUEST = 0,
	SCORE_FIRST = 0,    /* sshd's child of the user, the login's shell */
	SCORE_OTHERS = 500, /* half of the limit: before any of these, whatever their size */
	/* More for the newest of them. A file in a tmpfs tells nobody who has written it; but
	 * a tenth of the limit more in a process of its own outweighs its age. */
	SCORE_NEWEST = 100,
	/* The others of a user who has a guest: nine tenths, or all, of the limit before QEMU. */
	SCORE_BESIDE_GUEST = 900,
	SCORE_NONE = 1001, /* stays as it is */
};

/*
 * oom_badness() of the kernel takes what a process has, and adds a thousandth of all there is for
 * each point: of memory.max, where that is reached, and of the host's memory and swap, where those
 * are used up. So what is taken off QEMU to have it outlast a hog of its user would, as many times
 * over as the host has more memory than the user, be taken off it where the host is short of it:
 * with -500 a guest of half of the host outlasted everybody's smallest process. It has 0, and the
 * others of its user have more instead, at whose cost it is.
 *
 * memory.max: with Q of it QEMU's and H the hog's, H + 0.9 > Q as long as Q < 0.95, since no more
 * than 1 - Q is left for H; H + 1 > Q, for the newest, always. The login's shell has 0 as well and
 * is smaller than QEMU; what ssh runs in its place goes first if it is larger.
 *
 * The host: QEMU goes before whatever is smaller, but for what its user runs besides, and for
 * others of users who have reached their own limits.
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

/* Returns whether sshd's monitor @pid, which forks for the user once, has done so. That process is
 * newer, and so has been read. */
static bool has_forked(const struct keeper *keeper, pid_t pid)
{
	for (size_t i = 0; i < keeper->seen.count; i++)
		if (keeper->seen.item[i].parent == pid && keeper->seen.item[i].uid == keeper->uid)
			return true;
	return false;
}

/* Returns the score of @seen. A process that forks for the user must not be lowered: its children
 * would inherit that, and keep it as the least that they may set. session-init never forks, and
 * sshd's monitor does so once, but a while after the session was opened: a user who keeps their
 * memory full has the keeper look just then. */
static int score_of(struct keeper *keeper, const struct inventory *inventory,
	const struct seen *seen, enum keeper_place place)
{
	const struct session_record *session = opened_by(inventory, seen->pid);
	const struct seen *parent;

	/* QEMU's supervisor, and an ssh that tries whether logins work, stand beside it: both
	 * fork. */
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
