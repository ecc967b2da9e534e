// SPDX-License-Identifier: MIT
#include "session/inventory.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Returns whether a session lives. Its session-init has to live, if it has one. Without one, and
 * where others share it, the process that opened the session has to live. */
static bool record_alive(const struct session_record *record)
{
	bool own = record->sandbox[0] == '\0' || record_is_sandbox(record);

	if (record->init.pid > 0 && !proc_alive(&record->init))
		return false;
	return (record->init.pid > 0 && own) || proc_alive(&record->opener);
}

static int grow_inventory(struct inventory *inventory)
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

/* Adds the sessions that are recorded in the folder of one user. */
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
		if (grow_inventory(inventory) < 0)
			return -ENOMEM;
		session = &inventory->session[inventory->count];
		*session = (struct inventory_session){0};
		/* The session may end while its record is read, and then does not count. */
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

/* Reads the folder of one user, without a look at those of all others. */
static int load_one(uid_t uid, struct inventory *inventory)
{
	cleanup_close int user = -EBADF;
	char path[64];

	snprintf(path, sizeof(path), STATE_DIR "/users/%u", (unsigned)uid);
	user = fd_open_nolinks(path, O_RDONLY | O_DIRECTORY);
	if (user < 0)
		return user == -ENOENT ? 0 : user;
	return load_user(user, inventory);
}

/* Reads every folder that is named by a number. */
static int load_users(int users, struct inventory *inventory)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int r = fd_open_dir(users, &dir);

	while (r == 0 && (entry = readdir(dir))) {
		cleanup_close int user = -EBADF;

		if (entry->d_name[strspn(entry->d_name, "0123456789")] != '\0')
			continue;
		user = fd_open_beneath(users, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (user != -ENOENT)
			r = user < 0 ? user : load_user(user, inventory);
	}
	return r;
}

static int load_all(struct inventory *inventory)
{
	cleanup_close int users = open_users();

	if (users < 0)
		return users == -ENOENT ? 0 : users;
	return load_users(users, inventory);
}

int inventory_load(uid_t uid, struct inventory *ret_inventory, struct carrel_error *err)
{
	struct inventory inventory = {0};
	int r = uid == (uid_t)-1 ? load_all(&inventory) : load_one(uid, &inventory);

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

static size_t logins_in(const struct inventory *inventory, const struct session_record *sandbox)
{
	size_t count = 0;

	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_session *other = &inventory->session[i];

		count += other->alive && !record_is_sandbox(&other->record) &&
			 strcmp(other->record.sandbox, sandbox->id) == 0;
	}
	return count;
}

size_t inventory_logins(const struct inventory *inventory, const struct session_record *record)
{
	size_t count = record_is_sandbox(record) ? logins_in(inventory, record) : 1;

	return count ? count : 1;
}

bool inventory_listed(const struct inventory *inventory, const struct inventory_session *session)
{
	if (!session->alive)
		return false;
	return !record_is_sandbox(&session->record) || logins_in(inventory, &session->record) == 0;
}

int inventory_count(uid_t uid, struct inventory_counts *ret_counts, struct carrel_error *err)
{
	struct inventory inventory = {0};
	struct inventory_counts counts = {0};
	int r = load_one(uid, &inventory);

	for (size_t i = 0; i < inventory.count; i++) {
		if (!inventory.session[i].alive)
			counts.dead++;
		else if (record_is_sandbox(&inventory.session[i].record))
			counts.sandboxes++;
		else
			counts.logins++;
		counts.rescues += inventory.session[i].alive && inventory.session[i].record.rescue;
	}
	inventory_free(&inventory);
	if (r < 0)
		return error_set(err, r, "sessions of user %u", (unsigned)uid);
	*ret_counts = counts;
	return 0;
}
