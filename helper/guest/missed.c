// SPDX-License-Identifier: MIT
#include "missed.h"
#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "guest/folder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MISSED_DIR "/run/carrel/missed"

enum { MISSED_SECONDS = 60 * 60, USEC = 1000000, NOTE_MAX = 64, NOTE_MODE = 0644, PATH_ROOM = 48 };

static const char *const kind_names[] = {[MISSED_OWNER] = "owner", [MISSED_POLICY] = "policy"};

static deadline_t an_hour_from_now(void)
{
	return deadline_in((uint64_t)MISSED_SECONDS * USEC);
}

static const char *note_path(uid_t uid, char path[static PATH_ROOM])
{
	snprintf(path, PATH_ROOM, MISSED_DIR "/%u", (unsigned)uid);
	return path;
}

/* Returns the deadline that is noted of @uid, or DEADLINE_NEVER where none of that kind is. Whoever
 * sets the clock, or suspends the host, has no part in it. */
static deadline_t noted_deadline(uid_t uid, enum missed_kind kind)
{
	cleanup_free char *text = NULL;
	char path[PATH_ROOM], name[16];
	deadline_t deadline;

	if (fd_read_file(AT_FDCWD, note_path(uid, path), NOTE_MAX, &text) < 0 ||
		sscanf(text, "%" SCNu64 " %15s", &deadline, name) != 2 || deadline == 0 ||
		deadline > an_hour_from_now() || strcmp(name, kind_names[kind]) != 0)
		return DEADLINE_NEVER;
	return deadline;
}

void missed_note(uid_t uid, enum missed_kind kind)
{
	cleanup_close int folder = -EBADF;
	char name[16], note[NOTE_MAX];

	if (noted_deadline(uid, kind) != DEADLINE_NEVER)
		return;
	folder = guest_top_open(MISSED_DIR, NULL);
	snprintf(name, sizeof(name), "%u", (unsigned)uid);
	snprintf(note, sizeof(note), "%" PRIu64 " %s\n", an_hour_from_now(), kind_names[kind]);
	if (folder >= 0)
		(void)fd_replace_file(folder, name, note, NOTE_MODE);
}

void missed_forget(uid_t uid)
{
	char path[PATH_ROOM];

	/* The folder goes with the last note. */
	if (unlink(note_path(uid, path)) == 0)
		(void)rmdir(MISSED_DIR);
}

struct missed_keeper {
	bool (*keep)(const void *data, uid_t uid);
	const void *data;
};

static int forget_unkept(void *data, uid_t uid)
{
	const struct missed_keeper *keeper = data;

	if (!keeper->keep(keeper->data, uid))
		missed_forget(uid);
	return 0;
}

void missed_forget_others(bool (*keep)(const void *data, uid_t uid), const void *data)
{
	struct missed_keeper keeper = {keep, data};

	(void)guest_folders(MISSED_DIR, forget_unkept, &keeper);
}

bool missed_for_good(uid_t uid, enum missed_kind kind)
{
	deadline_t deadline = noted_deadline(uid, kind);

	return deadline != DEADLINE_NEVER && deadline_left_usec(deadline) == 0;
}
