// SPDX-License-Identifier: MIT
/*
 * launch.c - guest-launch UID: starts the guest of a user and stays as its supervisor.
 *
 * It is run as root by carrel-guest@UID.service, or as guest_ensure() does where there is no
 * systemd. It exits when the guest has ended, with the exit codes of the command; its state says
 * how it goes, and NOTIFY_SOCKET is told.
 */
#include "launch.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/fd.h"
#include "guest/folder.h"
#include "guest/supervisor/notify.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { ORDERED_MODE = 0600 };

/* This is the one place that says what went wrong: to whoever started it, to those who wait, and to
 * the log. */
static void tell_failure(struct launch *launch, const char *why)
{
	struct guest *guest = &launch->guest;

	fprintf(stderr, "carrel: %s\n", why);
	syslog(LOG_ERR, "%s", why);
	if (launch->lock >= 0) {
		snprintf(guest->record.state, sizeof(guest->record.state), "failed");
		snprintf(guest->record.why, sizeof(guest->record.why), "%.250s", why);
		guest->record.exit_code = (uint32_t)launch->exit_code;
		(void)guest_record_write(launch->run_fd, &guest->record, &guest->readers);
	}
	notify_starter("STATUS=%s\nERRNO=%d", why, EIO);
}

static void tidy_up(struct launch *launch)
{
	struct guest *guest = &launch->guest;
	bool failed = launch->exit_code != COMMAND_DONE;

	/* This is so where a later step has failed. */
	if (guest->qemu.process.pid > 0 && !guest->qemu_ended && guest->state == GUEST_ENDED &&
		pidfd_send_signal(guest->qemu.process.pidfd, SIGKILL, NULL, 0) == 0)
		(void)waitpid(guest->qemu.process.pid, NULL, 0);
	qemu_close(&guest->qemu);
	prober_end(&guest->probe.prober);
	guest_place_leave(&launch->place);
	/* The reason is kept for the next one who asks. */
	guest->next = launch->lock >= 0 && faccessat(launch->run_fd, GUEST_NEXT, F_OK, 0) == 0;
	if (launch->lock >= 0) {
		(void)guest_folder_clear(launch->run_fd, false, NULL, NULL);
		if (guest->next)
			(void)fd_replace_file(launch->run_fd, GUEST_ORDERED, "", ORDERED_MODE);
		if (failed)
			(void)guest_record_write(launch->run_fd, &guest->record, &guest->readers);
	}
	fd_closep(&launch->lock);
	fd_closep(&launch->all_lock);
	/* Now all is over that somebody may have waited for. */
	visitors_dismiss(guest);
	fd_closep(&launch->run_fd);
	fd_closep(&launch->state_fd);
	fd_closep(&launch->vsock_fd);
	guest_credentials_close(&launch->credentials);
	fd_closep(&guest->signal_fd);
	guest_keys_free(&launch->keys);
	guest_disk_close(&launch->disk);
	guest_settings_free(&launch->settings);
}

/* Blocks signals, which wait from here on until somebody reads them. Returns a signalfd or
 * -errno. */
static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* The module starts it with every signal blocked. */
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Undoes, as far as that is possible, the limits that pam_limits may have set for the login that
 * started this. */
static void reset_launcher_limits(void)
{
	static const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	static const __rlimit_resource_t unlimited[] = {
		RLIMIT_CPU, RLIMIT_AS, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NPROC};

	for (size_t i = 0; i < sizeof(unlimited) / sizeof(unlimited[0]); i++)
		(void)setrlimit(unlimited[i], &none);
}

static void close_most(void)
{
	/* Whatever a caller left open is neither ours nor QEMU's. */
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDWR);
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
}

static int launch_guest(uid_t uid)
{
	struct launch *launch = calloc(1, sizeof(*launch));
	char why[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	int code, r;

	if (!launch)
		return COMMAND_FAILED;
	launch->run_fd = launch->state_fd = launch->all_lock = launch->lock = -EBADF;
	launch->vsock_fd = -EBADF;
	launch->credentials = GUEST_CREDENTIALS_NONE;
	launch->disk = GUEST_DISK_NONE;
	launch->guest.qemu = QEMU_NONE;
	launch->guest.parts = supervisor_parts;
	launch->guest.probe = PROBE_NONE;
	visitors_clear(&launch->guest.visitors);
	launch->guest.settings = &launch->settings;
	launch->guest.record.since = (uint64_t)time(NULL);
	launch->exit_code = COMMAND_FAILED;
	launch->guest.signal_fd = block_signals();
	r = account_find_uid(uid, &launch->settings.account, &err);
	if (r == 0) {
		snprintf(launch->guest.record.owner, sizeof(launch->guest.record.owner), "%s",
			launch->settings.account.name);
		r = proc_identify(getpid(), &launch->guest.record.supervisor);
	}
	if (r == 0)
		r = launch_steps(launch, &err);
	if (r == 0) {
		launch->exit_code = guest_supervise(&launch->guest);
		snprintf(why, sizeof(why), "guest of user %s: %s", launch->settings.account.name,
			guest_ended_how(&launch->guest));
	} else {
		error_format(&err, why, sizeof(why));
		snprintf(launch->guest.why, sizeof(launch->guest.why), "%.250s", why);
		launch->guest.state = GUEST_ENDED;
	}
	if (launch->exit_code != COMMAND_DONE)
		tell_failure(launch, why);
	else
		syslog(LOG_INFO, "%s", why);
	tidy_up(launch);
	code = launch->exit_code;
	free(launch);
	return code;
}

int main(int argc, char *argv[])
{
	uid_t uid;

	if (argc == 3 && strcmp(argv[1], "--ask") == 0 && account_parse_uid(argv[2], &uid))
		return launch_ask(uid);
	if (argc != 2 || !account_parse_uid(argv[1], &uid) || uid == 0) {
		fprintf(stderr, "usage: guest-launch UID (started by carrel guest start)\n");
		return COMMAND_USAGE;
	}
	if (geteuid() != 0) {
		fprintf(stderr, "carrel: guest-launch: needs root\n");
		return COMMAND_REFUSED;
	}
	close_most();
	if (chdir("/") < 0)
		return COMMAND_FAILED;
	(void)setsid();
	(void)umask(022);
	reset_launcher_limits();
	openlog("carrel-guest", LOG_NDELAY | LOG_PID, LOG_AUTHPRIV);
	return launch_guest(uid);
}
