// SPDX-License-Identifier: MIT
/*
 * folders.c - where can users still write together, below /run and /var, that sessions do
 * not have of their own?
 *
 * Nothing that is mounted there is looked into: it may be a user's, or never answer.
 */
#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "doctor.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "session/record.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FOLDERS_WHAT   "shared folders"
#define FOLDERS_REMEDY "users can meet there and fill the file system: remove or close these places"

enum { DEPTH_MAX = 6, ENTRIES_MAX = 50000, DEADLINE_USEC = 2000000, NAMES_MAX = 5 };

struct look {
	char path[PATH_MAX];
	uid_t uid_min;
	bool owners; /* a user's own folders and files count as well */
	size_t entries, found;
	char names[512]; /* of the first ones */
	deadline_t deadline;
	bool cut_short;
};

static bool is_open(const struct look *look, const struct stat *st)
{
	enum { NOBODY = 65534 };

	if (S_ISDIR(st->st_mode) && (st->st_mode & S_IWOTH))
		return true;
	return look->owners && st->st_uid >= look->uid_min && st->st_uid != NOBODY;
}

static void note_open(struct look *look)
{
	size_t used = strlen(look->names);

	if (look->found++ < NAMES_MAX)
		snprintf(look->names + used, sizeof(look->names) - used, "%s%s", used ? ", " : "",
			look->path);
}

static void look_into(struct look *look, int dirfd, int depth);

/* Looks at @name in the open folder @dirfd, whose path is look->path. */
static void look_at(struct look *look, int dirfd, const char *name, int depth)
{
	size_t length = strlen(look->path);
	cleanup_close int fd = fd_open_same_mount(dirfd, name, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || length + strlen(name) + 2 > sizeof(look->path))
		return;
	snprintf(look->path + length, sizeof(look->path) - length, "/%s", name);
	if (plan_covers(look->path) || strcmp(look->path, STATE_DIR) == 0) {
		/* This is the session's own or carrel's, where users have nothing but sockets, and
		 * folders of root's. */
	} else if ((S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) && is_open(look, &st)) {
		note_open(look);
	} else if (S_ISDIR(st.st_mode) && (st.st_mode & S_IXOTH) && depth < DEPTH_MAX) {
		look_into(look, fd, depth + 1); /* others get no further than they may search */
	}
	look->path[length] = '\0';
}

static void look_into(struct look *look, int dirfd, int depth)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;

	if (fd_open_dir(dirfd, &dir) < 0)
		return;
	while ((entry = readdir(dir))) {
		bool wanted = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN ||
			      (look->owners && entry->d_type == DT_REG);

		if (!wanted || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++look->entries > ENTRIES_MAX || deadline_left_usec(look->deadline) == 0) {
			look->cut_short = true;
			return;
		}
		look_at(look, dirfd, entry->d_name, depth);
	}
}

static void look_below(struct look *look, const char *path, bool owners)
{
	cleanup_close int fd = fd_open_nolinks(path, O_PATH | O_DIRECTORY);

	look->owners = owners;
	snprintf(look->path, sizeof(look->path), "%s", path);
	if (fd >= 0)
		look_into(look, fd, 0);
}

void doctor_folders(struct doctor *doctor)
{
	struct look look = {.deadline = deadline_in(DEADLINE_USEC)};
	struct policy_problems problems = {0};
	struct host_config config = {0};
	const char *so_far;

	if (host_config_load(POLICY_HOST_INI, &config, &problems, NULL) == 0)
		look.uid_min = config.uid_min;
	else
		look.uid_min = 1000;
	policy_problems_free(&problems);
	host_config_free(&config);
	look_below(&look, "/run", true);
	look_below(&look, "/var", false);
	so_far = look.cut_short ? " (there is too much to see it all)" : "";
	if (look.found > 0)
		doctor_add(doctor, DOCTOR_WARN, FOLDERS_WHAT, FOLDERS_REMEDY,
			"users can write to %zu place%s that sessions share with the host: %s%s%s",
			look.found, look.found == 1 ? "" : "s", look.names,
			look.found > NAMES_MAX ? ", ..." : "", so_far);
	else
		doctor_add(doctor, DOCTOR_OK, FOLDERS_WHAT, NULL,
			"sessions share no place below /run and /var that users can write to%s",
			so_far);
}
