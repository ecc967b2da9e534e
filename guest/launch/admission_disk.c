// SPDX-License-Identifier: MIT
/*
 * admission_disk.c - decides whether there is room for one more guest's disk, were all of them
 * full.
 */
#include "admission.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "guest/folder.h"
#include "guest/record.h"

#include <string.h>
#include <sys/statvfs.h>

/* The bytes of all disks at their full sizes; @self is the one that is to start. */
struct disks {
	uint64_t total;
	uint64_t self_size;
	uid_t self;
};

/* Returns the size of a disk that no guest.json tells of: one that is discarded at its end, or is
 * only being made. */
static uint64_t unkept_size(int run_fd, bool kept)
{
	cleanup(template_free) struct guest_template template = {0};
	struct guest_record record;

	if (run_fd < 0 || guest_lives(run_fd) != 1 || guest_record_read(run_fd, &record) < 0 ||
		template_load(TEMPLATE_DIR, record.template, &template, NULL, NULL) < 0)
		return 0;
	return template.disk_persist && kept ? 0 : template.disk;
}

static int count_kept(void *data, uid_t uid)
{
	struct disks *disks = data;
	struct guest_origin origin;
	cleanup_close int state = guest_folder_open(GUEST_STATE_DIR, uid, false, NULL);

	if (state < 0)
		return state == -ENOENT ? 0 : state;
	if (guest_origin_read(state, &origin) < 0)
		return 0;
	disks->total += origin.disk;
	if (uid == disks->self)
		disks->self_size = origin.disk;
	return 0;
}

static int count_unkept(void *data, uid_t uid)
{
	struct disks *disks = data;
	struct guest_origin origin;
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);
	cleanup_close int state = guest_folder_open(GUEST_STATE_DIR, uid, false, NULL);

	if (uid != disks->self)
		disks->total +=
			unkept_size(run, state >= 0 && guest_origin_read(state, &origin) == 0);
	return 0;
}

static int refuse_disk(const struct guest_settings *settings, uint64_t used, uint64_t allowed,
	struct carrel_error *err)
{
	uint64_t wanted = settings->template.disk, over = used + wanted - allowed;
	char limit[UNITS_TEXT_MAX], has[UNITS_TEXT_MAX], wants[UNITS_TEXT_MAX],
		more[UNITS_TEXT_MAX];

	error_set(err, -EUSERS, "guest of user %s", settings->account.name);
	/* A part of a file system is not a round number. */
	return error_why(err,
		"it wants a disk of %s, guests have %s of the %s that [admission] guest_disk "
		"allows: %s too much",
		units_format_size(wanted, wants), units_format_size(used, has),
		units_format_size(allowed >> 20 << 20, limit),
		units_format_size((over + (1 << 20) - 1) >> 20 << 20, more));
}

int guest_admit_disk(const struct guest_settings *settings, struct carrel_error *err)
{
	struct disks disks = {.self = settings->account.login.uid};
	struct statvfs fs;
	uint64_t allowed;
	int r;

	/* The folder has been made in open_guest_folders(). */
	if (statvfs(GUEST_STATE_DIR, &fs) < 0)
		return error_set(err, -errno, "%s", GUEST_STATE_DIR);
	allowed = host_config_guest_disk(&settings->config, (uint64_t)fs.f_blocks * fs.f_frsize);
	if (allowed == POLICY_UNLIMITED)
		return 0;
	r = guest_folders(GUEST_STATE_DIR, count_kept, &disks);
	if (r == 0)
		r = guest_folders(GUEST_RUN_DIR, count_unkept, &disks);
	if (r < 0)
		return error_set(err, r, "folder %s", GUEST_STATE_DIR);
	if (settings->template.disk_persist && disks.self_size > 0)
		return 0;
	return disks.total + settings->template.disk > allowed
		       ? refuse_disk(settings, disks.total, allowed, err)
		       : 0;
}
