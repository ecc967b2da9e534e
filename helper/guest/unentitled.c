// SPDX-License-Identifier: MIT
/*
 * unentitled.c - stops guests whose user may have none any more: the account is gone, is
 * another or has expired, or the policies name no template or deny the user. A login is refused by
 * itself; a guest has an sshd of its own, and keys that nobody asks the host about.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "guest/client.h"
#include "guest/folder.h"
#include "guest/settings.h"
#include "verbs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In a guest's run folder, since gc has first found that its user may have none: a deadline_t after
 * which that is so for good. Whoever sets the clock, or suspends the host, has no part in it. */
#define MISSED "missed"

enum { MISSED_SECONDS = 60 * 60, USEC = 1000000, MISSED_MAX = 32 };

struct unentitled_sweep {
	bool dry;
	void (*report)(void *data, const char *line);
	void *data;
	int stopped;
};

/* Whether that has been so for long enough: a name service that is down has no account, or no
 * groups and so another policy, and says so to nobody. */
static bool is_so_for_good(uid_t uid, bool dry)
{
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);
	const deadline_t latest = deadline_in((uint64_t)MISSED_SECONDS * USEC);
	cleanup_free char *text = NULL;
	char now[MISSED_MAX];
	deadline_t deadline;

	if (run < 0)
		return false;
	/* What an earlier version or another boot has left says nothing. */
	if (fd_read_file(run, MISSED, MISSED_MAX, &text) == 0 &&
		sscanf(text, "%" SCNu64, &deadline) == 1 && deadline > 0 && deadline <= latest)
		return deadline_left_usec(deadline) == 0;
	snprintf(now, sizeof(now), "%" PRIu64 "\n", latest);
	if (!dry)
		(void)fd_replace_file(run, MISSED, now, 0600);
	return false;
}

static void forget_missed(uid_t uid)
{
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);

	if (run >= 0)
		(void)unlinkat(run, MISSED, 0);
}

/* Why the user may have no guest any more, as far as can be told now; NULL: they may. */
static const char *reason_now(
	const struct guest_view *view, struct guest_settings *settings, struct carrel_error *err)
{
	if (view->ownership == GUEST_NO_ACCOUNT)
		return "its user has no account any more";
	if (view->ownership == GUEST_OF_ANOTHER)
		return "its user's uid is another's by now";
	if (account_find_uid(view->uid, &settings->account, NULL) < 0)
		return NULL;
	/* A file that cannot be read ends nobody's work. */
	return guest_settings_entitled(settings, err) == 0 ? err->why : NULL;
}

/* Why the guest is to be stopped; NULL: it is not. */
static const char *reason_to_stop(const struct guest_view *view, bool dry, struct carrel_error *err)
{
	cleanup(guest_settings_free) struct guest_settings settings = {0};
	const char *why = reason_now(view, &settings, err);

	if (settings.account.name && account_expired(settings.account.name))
		return "its user's account has expired";
	if (why)
		return is_so_for_good(view->uid, dry) ? why : NULL;
	if (!dry)
		forget_missed(view->uid);
	return NULL;
}

/* True where it is being stopped, or would be. */
static bool sweep_guest(struct unentitled_sweep *sweep, const struct guest_view *view)
{
	struct carrel_error err = {0};
	const char *why = reason_to_stop(view, sweep->dry, &err);
	cleanup_close int fd = -EBADF;
	char line[CARREL_ERROR_TEXT_MAX + GUEST_OWNER_SIZE + 64];

	if (!why)
		return false;
	/* It goes down by itself from here on. One that was started meanwhile may have been for
	 * good reason. */
	if (!sweep->dry)
		fd = guest_client_ask(view->uid, &view->record.supervisor, "stop", NULL);
	if (!sweep->dry && fd < 0)
		return false;
	snprintf(line, sizeof(line), "guest of user %s: %s: %s",
		view->owner[0] ? view->owner : view->user, why,
		sweep->dry ? "would be stopped" : "is stopped");
	sweep->report(sweep->data, line);
	sweep->stopped++;
	return true;
}

/* What is left for the admin to do: said to who asks, and not every ten minutes. */
static void name_orphan(const struct unentitled_sweep *sweep, const struct guest_view *view)
{
	char line[GUEST_OWNER_SIZE + 256];

	if (sweep->dry && guest_orphan(view, line, sizeof(line)))
		sweep->report(sweep->data, line);
}

int guest_sweep_unentitled(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err)
{
	struct unentitled_sweep sweep = {.dry = dry, .report = report, .data = data};
	cleanup_free struct guest_view *views = NULL;
	size_t count = 0;
	int r = guest_views(&views, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		bool up = views[i].alive && strcmp(views[i].record.state, "stopping") != 0;

		if (!up || !sweep_guest(&sweep, &views[i]))
			name_orphan(&sweep, &views[i]);
	}
	return sweep.stopped;
}
