// SPDX-License-Identifier: MIT
/*
 * view.c - what there is of guests: for list, status and the command's other verbs.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/owner.h"
#include "guest/dial.h"
#include "guest/folder.h"
#include "guest/hold.h"
#include "helper/cli/output.h"
#include "missed.h"
#include "session/guest.h"
#include "verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STATM_MAX = 4096 };

/* Of QEMU itself: with a cgroup of v1, the user's node holds all of the user's. */
static void read_use(struct guest_view *view)
{
	cleanup_free char *statm = NULL;
	unsigned long long resident = 0;
	struct proc_stat stat;
	char path[48];

	view->memory = view->cpu_usec = UINT64_MAX;
	if (view->record.qemu.pid == 0 || !proc_alive(&view->record.qemu))
		return;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)view->record.qemu.pid);
	if (fd_read_file(AT_FDCWD, path, STATM_MAX, &statm) >= 0 &&
		sscanf(statm, "%*u %llu", &resident) == 1)
		view->memory = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	if (proc_stat(view->record.qemu.pid, &stat) == 0)
		view->cpu_usec = stat.cpu_usec;
}

static void set_owner(struct guest_view *view, const char *owner)
{
	snprintf(view->owner, sizeof(view->owner), "%s", owner);
}

/* Only root can look into the folder of the disk: guest.json tells the others that there is one. */
static bool has_disk(int state_fd)
{
	int r = fd_look(state_fd, GUEST_DISK);

	if (r == -EACCES)
		r = fd_look(state_fd, GUEST_JSON);
	return r == 0 || fd_look(state_fd, GUEST_OLD_DISK) == 0;
}

/* Of one that does not run, what its disk was made from; of all, whose it is. */
static int read_origin(int state_fd, struct guest_view *view)
{
	struct guest_origin origin;
	int r = guest_origin_read(state_fd, &origin);

	view->disk = has_disk(state_fd);
	/* What cannot be told keeps it from being started as well. */
	view->held = guest_is_held(state_fd) != 0;
	/* On a file system without ACLs it is root's alone (share.h). */
	if (r == -ENOENT || (r == -EACCES && (view->known || geteuid() == view->uid)))
		return 0;
	if (r < 0)
		return r;
	set_owner(view, origin.user);
	if (!view->known) {
		snprintf(view->record.template, sizeof(view->record.template), "%s",
			origin.template);
		snprintf(view->record.image, sizeof(view->record.image), "%s", origin.digest);
	}
	return 0;
}

/* Its user may not see the supervisor, which is root's: in a sandbox, or with hidepid (proc(5)). */
static bool supervisor_answers(uid_t uid)
{
	cleanup_close int fd = geteuid() == uid ? guest_knock(uid) : -EACCES;

	return fd >= 0 || fd == -EAGAIN;
}

static int read_record(int run_fd, struct guest_view *view)
{
	int r = guest_record_read(run_fd, &view->record);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	view->alive = strcmp(view->record.state, "failed") != 0 &&
		      (proc_alive(&view->record.supervisor) || supervisor_answers(view->uid));
	view->known = view->alive || strcmp(view->record.state, "failed") == 0;
	read_use(view);
	return 0;
}

/* What the uid is called, and whether that is the one that guest or disk was made for. */
static void look_up(struct guest_view *view, const char *user)
{
	struct account account = {0};
	int r = account_find_uid(view->uid, &account, NULL);

	if (r == 0 && (!user || view->ownership == GUEST_OWNED))
		user = account.name;
	if (user)
		snprintf(view->user, sizeof(view->user), "%s", user);
	else
		snprintf(view->user, sizeof(view->user), "%u", (unsigned)view->uid);
	/* A name service that does not answer has taken no account away. */
	if (r == -ENOENT)
		view->ownership = GUEST_NO_ACCOUNT;
	else if (r == 0 && view->owner[0] && owner_is(view->owner, account.name, view->uid) == 0)
		view->ownership = GUEST_OF_ANOTHER;
	account_free(&account);
}

static int cannot_look(
	const struct guest_view *view, const char *user, int r, struct carrel_error *err)
{
	if (user)
		error_set(err, r, "guest of user %s", user);
	else
		error_set(err, r, "guest of uid %u", (unsigned)view->uid);
	if (r == -EACCES)
		error_why(err, "only that user, root and members of " GUEST_ADMINS " see it");
	return r;
}

int guest_view(uid_t uid, const char *user, struct guest_view *ret_view, struct carrel_error *err)
{
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, err);
	cleanup_close int state = guest_folder_open(GUEST_STATE_DIR, uid, false, err);
	struct guest_view *view = ret_view;
	int r = 0;

	*view = (struct guest_view){.uid = uid, .memory = UINT64_MAX, .cpu_usec = UINT64_MAX};
	look_up(view, user);
	if ((run < 0 && run != -ENOENT) || (state < 0 && state != -ENOENT))
		return run < 0 && run != -ENOENT ? run : state;
	if (run >= 0)
		r = read_record(run, view);
	if (r == 0 && !view->known)
		view->record = (struct guest_record){0};
	if (r == 0 && state >= 0)
		r = read_origin(state, view);
	/* Of one that runs, whoever it was started for: it may have no disk that is kept. */
	if (view->alive && view->record.owner[0])
		set_owner(view, view->record.owner);
	look_up(view, user);
	view->missed = view->ownership != GUEST_OWNED && missed_for_good(uid, MISSED_OWNER);
	return r < 0 ? cannot_look(view, user, r, err) : 0;
}

const char *guest_orphan(const struct guest_view *view, char buf[static GUEST_ORPHAN_MAX])
{
	const char *what = view->alive ? "guest" : "disk of the guest";
	char now[sizeof(view->user) + 16] = "has no account";
	char remedy[160] =
		"a name service out of reach gives the same answer, so wait until carrel "
		"gc has got no other for an hour: then this line says what to do";

	if (view->ownership == GUEST_OWNED || (!view->alive && !view->disk))
		return NULL;
	if (view->ownership == GUEST_OF_ANOTHER)
		snprintf(now, sizeof(now), "is %s by now", view->user);
	if (view->missed)
		snprintf(remedy, sizeof(remedy), "carrel guest %s %u ends that",
			view->alive ? "stop" : "destroy", (unsigned)view->uid);
	snprintf(buf, GUEST_ORPHAN_MAX, "%s of uid %u: made for %s, and that uid %s; %s", what,
		(unsigned)view->uid, view->owner[0] ? view->owner : "somebody", now, remedy);
	return buf;
}

struct list {
	struct guest_view *view;
	size_t count;
};

static void cannot_tell(struct guest_view *view, const struct carrel_error *err)
{
	char text[2 * CARREL_ERROR_TEXT_MAX];

	view->known = true;
	snprintf(view->record.state, sizeof(view->record.state), "unknown");
	snprintf(view->record.why, sizeof(view->record.why), "%.250s",
		error_format(err, text, sizeof(text)));
	if (!view->user[0])
		snprintf(view->user, sizeof(view->user), "%u", (unsigned)view->uid);
}

static int add_guest_view(void *data, uid_t uid)
{
	struct list *list = data;
	struct guest_view *grown;
	struct carrel_error err = {0};

	for (size_t i = 0; i < list->count; i++)
		if (list->view[i].uid == uid)
			return 0;
	grown = reallocarray(list->view, list->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->view = grown;
	if (guest_view(uid, NULL, &grown[list->count], &err) < 0)
		cannot_tell(&grown[list->count], &err);
	if (grown[list->count].known || grown[list->count].disk || grown[list->count].held)
		list->count++;
	return 0;
}

static int compare_views(const void *a, const void *b)
{
	uid_t x = ((const struct guest_view *)a)->uid, y = ((const struct guest_view *)b)->uid;

	return (x > y) - (x < y);
}

int guest_views(struct guest_view **ret_views, size_t *ret_count, struct carrel_error *err)
{
	struct list list = {0};
	int r = guest_folders(GUEST_RUN_DIR, add_guest_view, &list);

	if (r == 0)
		r = guest_folders(GUEST_STATE_DIR, add_guest_view, &list);
	if (r < 0) {
		free(list.view);
		error_set(err, r, "guests");
		return r == -EACCES ? error_why(err, "only root and members of " GUEST_ADMINS
						     " see all guests; carrel guest status USER "
						     "shows one's own")
				    : r;
	}
	if (list.count > 0)
		qsort(list.view, list.count, sizeof(*list.view), compare_views);
	*ret_views = list.view;
	*ret_count = list.count;
	return 0;
}

const char *guest_state_word(const struct guest_view *view)
{
	/* One that has failed to start may have done so because it is held. */
	if (view->held && !view->alive)
		return strcmp(view->record.state, "unknown") == 0 ? "unknown" : "held";
	return view->known ? view->record.state : "stopped";
}

static json_t *number_or_null(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

json_t *guest_json(const struct guest_view *view)
{
	const struct guest_record *record = &view->record;

	return json_pack(
		"{s:o, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:b}",
		"user", output_string(view->user), "uid", (json_int_t)view->uid, "template",
		output_string(record->template), "state", guest_state_word(view), "phase",
		output_string(view->alive ? record->phase : ""), "why", output_string(record->why),
		"accel", view->alive && record->accel[0] ? json_string(record->accel) : json_null(),
		"pid", number_or_null(view->alive ? (uint64_t)record->qemu.pid : 0), "cid",
		number_or_null(record->cid), "port",
		number_or_null(record->port == GUEST_PRIVATE_PORT ? 0 : record->port), "since",
		number_or_null(view->alive ? record->since : 0), "image",
		output_string(record->image), "vcpus", number_or_null(record->vcpus), "cgroup",
		output_string(record->cgroup), "memory", output_number(view->memory), "cpu_usec",
		output_number(view->cpu_usec), "owner",
		view->owner[0] ? output_string(view->owner) : json_null(), "note",
		output_string(view->alive ? record->note : ""), "held", view->held);
}
