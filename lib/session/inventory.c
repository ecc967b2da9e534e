// SPDX-License-Identifier: MIT
#include "session/inventory.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* session-init is the session; without one the process that opened it is. */
static bool record_alive(const struct session_record *record)
{
	return proc_alive(record->init.pid > 0 ? &record->init : &record->opener);
}

static int grow(struct inventory *inventory)
{
	struct inventory_session *grown;

	if (inventory->count & (inventory->count - 1))
		return 0; /* there is room up to the next power of two */
	grown = reallocarray(
		inventory->session, inventory->count ? inventory->count * 2 : 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	inventory->session = grown;
	return 0;
}

/* Adds what is recorded in the folder of one user. */
static int load_user(int user_fd, struct inventory *inventory)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int r = fd_open_dir(user_fd, &dir);

	if (r < 0)
		return r;
	while ((entry = readdir(dir))) {
		struct inventory_session *session;

		if (!record_is_id(entry->d_name))
			continue;
		if (grow(inventory) < 0)
			return -ENOMEM;
		session = &inventory->session[inventory->count];
		*session = (struct inventory_session){0};
		/* It may end while we read: then it is no session any more. */
		r = record_read(user_fd, entry->d_name, &session->record);
		if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
			return r;
		if (r < 0)
			continue;
		session->alive = record_alive(&session->record);
		inventory->count++;
	}
	return 0;
}

static int compare_sessions(const void *a, const void *b)
{
	const struct inventory_session *x = a, *y = b;

	if (x->record.uid != y->record.uid)
		return x->record.uid < y->record.uid ? -1 : 1;
	return strverscmp(x->record.id, y->record.id);
}

/* Opens /run/carrel/users without making it. */
static int open_users(void)
{
	return fd_open_nolinks(STATE_DIR "/users", O_RDONLY | O_DIRECTORY);
}

/* Calls load_user() for one folder, or for every folder that is named by a number. */
static int load_users(int users, uid_t uid, struct inventory *inventory)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int r = fd_open_dir(users, &dir);

	while (r == 0 && (entry = readdir(dir))) {
		cleanup_close int user = -EBADF;

		if (entry->d_name[strspn(entry->d_name, "0123456789")] != '\0')
			continue;
		if (uid != (uid_t)-1 && strtoul(entry->d_name, NULL, 10) != uid)
			continue;
		user = fd_open_beneath(users, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (user >= 0)
			r = load_user(user, inventory);
	}
	return r;
}

int inventory_load(uid_t uid, struct inventory *ret_inventory, struct carrel_error *err)
{
	struct inventory inventory = {0};
	cleanup_close int users = open_users();
	int r = 0;

	if (users >= 0)
		r = load_users(users, uid, &inventory);
	else if (users != -ENOENT)
		r = users;
	if (r < 0) {
		inventory_free(&inventory);
		return error_set(err, r, "sessions in %s", STATE_DIR);
	}
	if (inventory.count > 0)
		qsort(inventory.session, inventory.count, sizeof(*inventory.session),
			compare_sessions);
	*ret_inventory = inventory;
	return 0;
}

void inventory_free(struct inventory *inventory)
{
	free(inventory->session);
	*inventory = (struct inventory){0};
}

int inventory_count(uid_t uid, size_t *ret_alive, size_t *ret_dead, struct carrel_error *err)
{
	cleanup_close int user = -EBADF;
	struct inventory inventory = {0};
	size_t alive = 0;
	char path[64];
	int r = 0;

	snprintf(path, sizeof(path), STATE_DIR "/users/%u", (unsigned)uid);
	user = fd_open_nolinks(path, O_RDONLY | O_DIRECTORY);
	if (user >= 0)
		r = load_user(user, &inventory);
	else if (user != -ENOENT)
		r = user;
	for (size_t i = 0; i < inventory.count; i++)
		alive += inventory.session[i].alive;
	*ret_dead = inventory.count - alive;
	inventory_free(&inventory);
	if (r < 0)
		return error_set(err, r, "sessions of user %u", (unsigned)uid);
	*ret_alive = alive;
	return 0;
}
