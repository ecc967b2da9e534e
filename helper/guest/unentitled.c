// SPDX-License-Identifier: MIT
/*
 * unentitled.c - stops guests whose user may have none any more: the account is gone, is
 * another or has expired, or the policies name no template or deny the user. A login is refused by
 * itself; a guest has an sshd of its own, and keys that nobody asks the host about.
 */
#include "base/cleanup.h"
#include "guest/client.h"
#include "guest/settings.h"
#include "missed.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

struct unentitled_sweep {
	bool dry;
	void (*report)(void *data, const char *line);
	void *data;
	int stopped;
};

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
	enum missed_kind kind = view->ownership == GUEST_OWNED ? MISSED_POLICY : MISSED_OWNER;
	const char *why = reason_now(view, &settings, err);

	if (settings.account.name && account_expired(settings.account.name))
		return "its user's account has expired";
	if (!dry && why)
		missed_note(view->uid, kind);
	else if (!dry)
		missed_forget(view->uid);
	return why && missed_for_good(view->uid, kind) ? why : NULL;
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

/* Notes whose disk is left of a guest that does not run. */
static void note_owner(const struct guest_view *view)
{
	if (view->disk && view->ownership != GUEST_OWNED)
		missed_note(view->uid, MISSED_OWNER);
	else
		missed_forget(view->uid);
}

/* Says what is left for the admin to do, to those who ask, and not every ten minutes. */
static void name_orphan(const struct unentitled_sweep *sweep, const struct guest_view *view)
{
	char line[GUEST_ORPHAN_MAX];

	if (sweep->dry && guest_orphan(view, line))
		sweep->report(sweep->data, line);
}

struct viewed {
	const struct guest_view *view;
	size_t count;
};

static bool is_viewed(const void *data, uid_t uid)
{
	const struct viewed *views = data;

	for (size_t i = 0; i < views->count; i++)
		if (views->view[i].uid == uid)
			return true;
	return false;
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

		if (!up && !dry)
			note_owner(&views[i]);
		if (!up || !sweep_guest(&sweep, &views[i]))
			name_orphan(&sweep, &views[i]);
	}
	if (!dry)
		missed_forget_others(is_viewed, &(struct viewed){views, count});
	return sweep.stopped;
}
