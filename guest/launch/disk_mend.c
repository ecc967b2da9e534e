// SPDX-License-Identifier: MIT
/*
 * disk_mend.c - repairs a guest's disk that QEMU has marked: as corrupt, when it found
 * contradictions in it, or as dirty, when it could not close it. Otherwise such a guest would
 * never start again.
 */
#include "disk_mend.h"
#include "base/cleanup.h"
#include "disk.h"
#include "guest/image/qcow2.h"
#include "guest/jail/qemu_img.h"
#include "guest/programs.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* Takes all signals that have come, and returns whether one of them says to stop. Nobody needs the
 * others now, such as that of a child's end. */
static bool is_told_to_stop(int signal_fd)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
		stop = stop || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
	return stop;
}

/* Reads what qemu-img says, until it ends or its time is over; what does not fit is dropped.
 * Returns 0, or -EINTR where a signal says to stop. */
static int read_output(int fd, int signal_fd, deadline_t deadline, char *text, size_t size)
{
	struct pollfd ready[] = {{.fd = fd, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
	size_t used = 0;
	ssize_t n = 1;

	while (n > 0 && poll(ready, 2, deadline_left_ms(deadline)) > 0) {
		char rest[256];
		bool room = used + 1 < size;

		if (ready[1].revents && is_told_to_stop(signal_fd))
			return -EINTR;
		if (!ready[0].revents)
			continue;
		n = room ? read(fd, text + used, size - 1 - used) : read(fd, rest, sizeof(rest));
		if (room && n > 0)
			used += (size_t)n;
	}
	text[used] = '\0';
	return 0;
}

/* Repairs the disk, and keeps what qemu-img says. Returns 0, also where that has failed, or -errno.
 * qemu-img can be killed at any time: it takes the mark away last of all, so that the next start
 * repairs again. */
static int run_repair(int disk, const struct account *account, int signal_fd, char *text,
	size_t size, struct carrel_error *err)
{
	/* The header is the user's, and so is what is done about it. */
	const struct qemu_img_check check = {
		.disk = disk, .repair = true, .uid = account->login.uid};
	struct jail_process process = JAIL_PROCESS_NONE;
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	int pipes[2], r;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, QEMU_IMG);
	reader = pipes[0];
	writer = pipes[1];
	r = qemu_img_start_check(&check, writer, &process, err);
	if (r < 0)
		return r;
	fd_closep(&writer);
	r = read_output(reader, signal_fd, deadline_in(REPAIR_USEC), text, size);
	(void)kill(process.pid,
		SIGKILL); /* not reaped yet; it has ended, has used up its time, or is to stop */
	while (waitpid(process.pid, NULL, 0) < 0 && errno == EINTR)
		;
	jail_process_close(&process);
	if (r == 0)
		return 0;
	error_set(err, r, "guest of user %s", account->name);
	return error_why(err, "it was stopped while its disk was being repaired");
}

int guest_disk_mend(
	int disk, const struct guest_settings *settings, int signal_fd, struct carrel_error *err)
{
	const char *user = settings->account.name;
	char said[SAID_MAX] = "";
	uint64_t marks = marks_of(disk);
	int r = marks == 0
			? 0
			: run_repair(disk, &settings->account, signal_fd, said, sizeof(said), err);

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
