// SPDX-License-Identifier: MIT
/*
 * guest_view.c - what there is of guests: for list, status and the command's other verbs.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "guest/folder.h"
#include "guest_verbs.h"
#include "output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VIEWS_MAX = 65536, STAT_MAX = 4096 };

/* Of QEMU itself: with a cgroup of v1, the user's node holds all of the user's. */
static void read_use(struct guest_view *view)
{
	cleanup_free char *statm = NULL;
	cleanup_free char *stat = NULL;
	unsigned long long resident = 0, user = 0, system = 0;
	const char *rest;
	char path[48];

	view->memory = view->cpu_usec = UINT64_MAX;
	if (view->record.qemu.pid == 0 || !proc_alive(&view->record.qemu))
		return;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)view->record.qemu.pid);
	if (fd_read_file(AT_FDCWD, path, STAT_MAX, &statm) >= 0 &&
		sscanf(statm, "%*u %llu", &resident) == 1)
		view->memory = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)view->record.qemu.pid);
	rest = fd_read_file(AT_FDCWD, path, STAT_MAX, &stat) >= 0 ? strrchr(stat, ')') : NULL;
	if (rest && sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
			    &system) == 2)
		view->cpu_usec = (user + system) * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* Of one that does not run, what its disk was made from. */
static void read_origin(int state_fd, struct guest_view *view)
{
	struct guest_origin origin;

	if (state_fd < 0 || guest_origin_read(state_fd, &origin) < 0)
		return;
	snprintf(view->record.template, sizeof(view->record.template), "%s", origin.template);
	snprintf(view->record.image, sizeof(view->record.image), "%s", origin.digest);
}

void guest_view(uid_t uid, const char *user, struct guest_view *ret_view)
{
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);
	cleanup_close int state = guest_folder_open(GUEST_STATE_DIR, uid, false, NULL);
	struct account account = {0};
	struct guest_view *view = ret_view;

	*view = (struct guest_view){.uid = uid, .memory = UINT64_MAX, .cpu_usec = UINT64_MAX};
	if (!user && account_find_uid(uid, &account, NULL) == 0)
		user = account.name;
	if (user)
		snprintf(view->user, sizeof(view->user), "%s", user);
	else
		snprintf(view->user, sizeof(view->user), "%u", (unsigned)uid);
	account_free(&account);
	view->disk = state >= 0 && faccessat(state, GUEST_DISK, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (run < 0 || guest_record_read(run, &view->record) < 0) {
		view->record = (struct guest_record){0};
		read_origin(state, view);
		return;
	}
	view->alive =
		strcmp(view->record.state, "failed") != 0 && proc_alive(&view->record.supervisor);
	view->known = view->alive || strcmp(view->record.state, "failed") == 0;
	read_use(view);
}

struct list {
	struct guest_view *view;
	size_t count;
};

static int add(void *data, uid_t uid)
{
	struct list *list = data;
	struct guest_view *grown;

	for (size_t i = 0; i < list->count; i++)
		if (list->view[i].uid == uid)
			return 0;
	grown = reallocarray(list->view, list->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->view = grown;
	guest_view(uid, NULL, &grown[list->count]);
	if (grown[list->count].known || grown[list->count].disk)
		list->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uid_t x = ((const struct guest_view *)a)->uid, y = ((const struct guest_view *)b)->uid;

	return (x > y) - (x < y);
}

int guest_views(struct guest_view **ret_views, size_t *ret_count, struct carrel_error *err)
{
	struct list list = {0};
	int r = guest_folders(GUEST_RUN_DIR, add, &list);

	if (r == 0)
		r = guest_folders(GUEST_STATE_DIR, add, &list);
	if (r < 0) {
		free(list.view);
		return error_set(err, r, "folder %s", GUEST_RUN_DIR);
	}
	if (list.count > 0)
		qsort(list.view, list.count, sizeof(*list.view), compare);
	*ret_views = list.view;
	*ret_count = list.count;
	return 0;
}

static json_t *number_or_null(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

json_t *guest_json(const struct guest_view *view)
{
	const struct guest_record *record = &view->record;

	return json_pack(
		"{s:o, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"user", output_string(view->user), "uid", (json_int_t)view->uid, "template",
		output_string(record->template), "state", view->known ? record->state : "stopped",
		"phase", output_string(view->alive ? record->phase : ""), "why",
		output_string(record->why), "accel",
		view->alive && record->accel[0] ? json_string(record->accel) : json_null(), "pid",
		number_or_null(view->alive ? (uint64_t)record->qemu.pid : 0), "cid",
		number_or_null(record->cid), "port", number_or_null(record->port), "since",
		number_or_null(view->alive ? record->since : 0), "image",
		output_string(record->image), "vcpus", number_or_null(record->vcpus), "cgroup",
		output_string(record->cgroup), "memory", output_number(view->memory), "cpu_usec",
		output_number(view->cpu_usec));
}
