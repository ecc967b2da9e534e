// SPDX-License-Identifier: MIT
/*
 * destroy.c - carrel guest destroy: removes a guest's disk, and all that is kept of it.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "guest/folder.h"
#include "missed.h"
#include "verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_YES, LOCK_USEC = 30000000, DYING_USEC = 2000000 };

static bool confirm_destroy(const struct guest_view *view)
{
	const char *owner = view->ownership == GUEST_OWNED ? "" : view->owner;
	char answer[16] = "";

	printf("Remove the disk of %s's guest, %s%s%swith all that is on it? [y/N] ", view->user,
		owner[0] ? "which was made for " : "", owner, owner[0] ? ", " : "");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int remove_disk(int folder)
{
	cleanup_close int fd = fd_open_beneath(folder, GUEST_DISK_DIR, O_RDONLY | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : guest_folder_clear(fd, false, NULL, NULL);

	if (r == 0 && unlinkat(folder, GUEST_DISK_DIR, AT_REMOVEDIR) < 0)
		r = -errno;
	return r == -ENOENT ? 0 : r;
}

/* What is in it first: a folder that is left half-way is removed by the next try. */
static int remove_guest_folder(const char *top, uid_t uid)
{
	cleanup_close int folder = guest_folder_open(top, uid, false, NULL);
	char path[96];
	int r;

	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	r = remove_disk(folder);
	if (r == 0)
		r = guest_folder_clear(folder, false, NULL, NULL);
	if (r < 0)
		return r;
	(void)unlinkat(folder, GUEST_LOCK, 0);
	snprintf(path, sizeof(path), "%s/%u", top, (unsigned)uid);
	return rmdir(path) < 0 ? -errno : 1;
}

static int destroy_guest(const struct account *account, bool *ret_removed, struct carrel_error *err)
{
	uid_t uid = account->login.uid;
	cleanup_close int all = guest_lock_all(deadline_in(LOCK_USEC), err);
	cleanup_close int run = all < 0 ? all : guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);
	int r = all < 0 ? all : 0;

	if (r < 0)
		return r;
	if (run >= 0 && guest_lives(run) != 0) {
		error_set(err, -EBUSY, "guest of user %s", account->name);
		error_why(err, "it runs; stop it first: carrel guest stop %s", account->name);
		return -EBUSY;
	}
	r = run >= 0 ? guest_end_last(run, deadline_in(DYING_USEC)) : 0;
	if (r < 0)
		return error_set(err, r, "QEMU of user %s's last guest", account->name);
	fd_closep(&run);
	r = remove_guest_folder(GUEST_STATE_DIR, uid);
	*ret_removed = r > 0;
	if (r >= 0)
		r = remove_guest_folder(GUEST_RUN_DIR, uid);
	if (r >= 0)
		missed_forget(uid);
	return r < 0 ? error_set(err, r, "guest of user %s", account->name) : 0;
}

static int remove_guest(const struct account *account, bool yes)
{
	struct guest_view view;
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	bool removed = false;
	int r;

	/* What cannot be read can be removed: whether it runs, its lock says. */
	if (guest_view(account->login.uid, account->name, &view, &err) < 0)
		err = (struct carrel_error){0};
	if (view.alive)
		return command_error(COMMAND_REFUSED,
			"guest of user %s: it runs; stop it first: carrel guest stop %s",
			account->name, account->name);
	if (!yes && !confirm_destroy(&view))
		return command_error(COMMAND_REFUSED, "guest destroy: nothing has been removed");
	r = destroy_guest(account, &removed, &err);
	if (r < 0)
		return command_error(r == -EBUSY ? COMMAND_REFUSED : COMMAND_FAILED, "%s",
			error_format(&err, text, sizeof(text)));
	if (!removed)
		return command_error(
			COMMAND_FAILED, "guest of user %s: there is none", account->name);
	printf("The guest of %s has been removed.\n", account->name);
	return COMMAND_DONE;
}

static int run_destroy(const struct command_input *input)
{
	struct account account = {0};
	int code = guest_account(input->operand[0], &account);

	if (code == COMMAND_DONE)
		code = remove_guest(&account, input->option[OPTION_YES] != NULL);
	account_free(&account);
	return code;
}

const struct command_verb verb_guest_destroy = {
	.name = "guest destroy",
	.operands = "USER",
	.summary = "remove the disk of a user's guest, for good",
	.details = "Asks first. The next start makes a new one. Refused while the guest runs.\n"
		   "USER may be the uid of an account that is gone.\n",
	.min_operands = 1,
	.max_operands = 1,
	.root = true,
	.root_why = "whose guests' disks are",
	.options = {[OPTION_YES] = {"yes", NULL, "do not ask"}},
	.run = run_destroy,
};
