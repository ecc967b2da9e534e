// SPDX-License-Identifier: MIT
/*
 * disk_mend.c - repairs a guest's disk that QEMU has marked: as corrupt, when it found
 * contradictions in it, or as dirty, when it could not close it. Otherwise such a guest would
 * never start again.
 */
#include "base/cleanup.h"
#include "disk.h"
#include "guest/image/qcow2.h"
#include "guest/jail/qemu_img.h"
#include "guest/programs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	/* qemu-img reads all tables, at the pace that the user's quotas allow. */
	REPAIR_USEC = 300 * 1000 * 1000,
	SAID_MAX = 4096,
};

/* Returns the marks of the disk, or 0 for none. It is also 0 for what is no such disk, or has other
 * features, by which a program could be led to other files: guest_disk_open() refuses those. */
static uint64_t marks_of(int fd)
{
	struct qcow2_disk disk;
	const char *why;

	if (qcow2_header_check(fd, &disk, &why) < 0 || disk.version != 3 ||
		disk.features & ~(uint64_t)(QCOW2_DIRTY | QCOW2_CORRUPT))
		return 0;
	return disk.features;
}

/* Takes all signals that have come. Returns -EINTR where one of them says to stop, else 0. Nobody
 * needs the others now, such as that of a child's end. */
static int look_for_stop(void *data)
{
	const int *signal_fd = data;
	struct signalfd_siginfo info;
	int r = 0;

	while (read(*signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			r = -EINTR;
	return r;
}

/* Repairs the disk, and keeps what qemu-img says. Returns 0, also where that has failed, or -errno.
 * qemu-img can be killed at any time: it takes the mark away last of all, so that the next start
 * repairs again. */
static int run_repair(int disk, const struct account *account, int signal_fd,
	struct program_output *output, struct carrel_error *err)
{
	/* The header is the user's, and so is what is done about it. */
	const struct qemu_img_check check = {
		.disk = disk, .repair = true, .uid = account->login.uid};
	const struct program_watch watch = {.deadline = deadline_in(REPAIR_USEC),
		.wake_fd = signal_fd,
		.look = look_for_stop,
		.data = &signal_fd};
	int status, r = qemu_img_check(&check, &watch, output, &status, err);

	if (r == -ETIMEDOUT)
		return 0;
	if (r != -EINTR)
		return r;
	error_set(err, r, "guest of user %s", account->name);
	return error_why(err, "it was stopped while its disk was being repaired");
}

int guest_disk_mend(
	int disk, const struct guest_settings *settings, int signal_fd, struct carrel_error *err)
{
	const char *user = settings->account.name;
	char said[SAID_MAX + 1] = "";
	struct program_output output = {.text = said, .room = SAID_MAX};
	uint64_t marks = marks_of(disk);
	int r = marks == 0 ? 0 : run_repair(disk, &settings->account, signal_fd, &output, err);

	if (marks == 0 || r < 0)
		return r;
	if (marks_of(disk) == 0)
		return 1;
	error_set(err, -EBADMSG, "disk of user %s's guest", user);
	return error_why(err,
		"it is marked as %s, and qemu-img cannot repair it (%.120s); `carrel guest destroy "
		"%s` removes it, the next start makes a new one",
		marks & QCOW2_CORRUPT ? "corrupt" : "not closed", qemu_img_reason(said), user);
}
