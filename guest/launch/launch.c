// SPDX-License-Identifier: MIT
/*
 * launch.c - guest-launch UID: starts the guest of a user and stays as its supervisor.
 *
 * It is run as root by carrel-guest@UID.service, by carrel guest start, or by a login. It exits
 * when the guest has ended, with the exit codes of the command; NOTIFY_SOCKET is told how it goes.
 */
#include "launch.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "guest/supervisor/notify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* This is the one place that says what went wrong: to whoever started it, to those who wait, and to
 * the log. */
static void tell_failure(struct launch *launch, const char *why)
{
	struct guest *guest = &launch->guest;

	fprintf(stderr, "carrel: %s\n", why);
	syslog(LOG_ERR, "%s", why);
	/* Only whoever has the lock writes the record. */
	if (launch->lock >= 0) {
		snprintf(guest->record.state, sizeof(guest->record.state), "failed");
		snprintf(guest->record.why, sizeof(guest->record.why), "%.250s", why);
		guest->record.exit_code = (uint32_t)launch->exit_code;
		(void)guest_record_write(launch->run_fd, &guest->record);
	}
	notify_starter("STATUS=%s\nERRNO=%d", why, EIO);
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

/* Returns a start of the guest of @uid that has acquired nothing, or NULL. */
static struct launch *new_launch(uid_t uid)
{
	struct launch *launch = calloc(1, sizeof(*launch));

	if (!launch)
		return NULL;
	launch->uid = uid;
	launch->run_fd = launch->state_fd = launch->all_lock = launch->lock = -EBADF;
	launch->vsock_fd = -EBADF;
	launch->credentials = GUEST_CREDENTIALS_NONE;
	launch->disk = GUEST_DISK_NONE;
	launch->guest.qemu = QEMU_NONE;
	launch->guest.hooks = &supervisor_hooks;
	launch->guest.probe = (struct guest_probe){.way = WAY_IN_NONE, .prober = PROBER_NONE};
	launch->guest.signal_fd = -EBADF;
	launch->guest.settings = &launch->settings;
	launch->guest.record.since = (uint64_t)time(NULL);
	launch->exit_code = COMMAND_FAILED;
	return launch;
}

static int launch_guest(uid_t uid)
{
	struct launch *launch = new_launch(uid);
	char why[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	int code;

	if (!launch)
		return COMMAND_FAILED;
	if (launch_steps(launch, &err) == 0) {
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
	launch_undo(launch);
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
