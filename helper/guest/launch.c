// SPDX-License-Identifier: MIT
/*
 * launch.c - guest-launch UID: starts the guest of a user and stays as its supervisor.
 *
 * Run as root by carrel-guest@UID.service, by carrel guest start, or by a login. Exits when the
 * guest has ended, with the exit codes of the command; NOTIFY_SOCKET is told how it goes.
 */
#include "../command.h"
#include "accel.h"
#include "admission.h"
#include "base/cleanup.h"
#include "credentials.h"
#include "dial.h"
#include "disk.h"
#include "drop.h"
#include "folder.h"
#include "keys.h"
#include "notify.h"
#include "place.h"
#include "session/steps.h"
#include "supervise.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	/* Others hold the lock for milliseconds; a QEMU that is killed lets go of its memory first.
	 */
	PATIENCE_USEC = 30 * USEC,
	DYING_USEC = 10 * USEC,
	NAP_NSEC = 20000000,
	PASS_MS = 120000,
	MIB = 1 << 20,
};

struct launch {
	struct guest_settings settings;
	struct guest guest;
	struct guest_kvm kvm;
	struct guest_disk disk;
	struct guest_keys keys;
	struct guest_credentials credentials;
	struct guest_place place;
	int run_fd, state_fd;
	int all_lock, lock; /* guest_lock_all() until the guest is counted; guest_lock() */
	int exit_code;
	deadline_t deadline;
};

static int refuse(struct launch *launch, int r)
{
	launch->exit_code = COMMAND_REFUSED;
	return r;
}

/* ---- the steps ---- */

static int open_folders(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	uid_t uid = launch->settings.account.login.uid;

	launch->run_fd = guest_folder_open(GUEST_RUN_DIR, uid, true, err);
	if (launch->run_fd < 0)
		return launch->run_fd;
	launch->state_fd = guest_folder_open(GUEST_STATE_DIR, uid, true, err);
	return launch->state_fd < 0 ? launch->state_fd : 0;
}

/* A lock that is taken though nobody lives who took it: QEMU is just dying with its supervisor, or
 * somebody has looked whether the guest lives. */
static bool may_be_free_soon(int run_fd)
{
	struct guest_record record;

	return guest_record_read(run_fd, &record) < 0 || !proc_alive(&record.supervisor);
}

/* A QEMU lets go of its files before it has left its cgroup. */
static void await_last(int run_fd)
{
	struct guest_record record;
	cleanup_close int fd = guest_record_read(run_fd, &record) < 0 || record.qemu.pid == 0
				       ? -EBADF
				       : proc_open(&record.qemu);
	struct pollfd gone = {.fd = fd, .events = POLLIN};

	if (fd >= 0)
		(void)poll(&gone, 1, DYING_USEC / 1000);
}

static int take_lock(void *context, struct carrel_error *err)
{
	static const struct timespec nap = {.tv_nsec = NAP_NSEC};
	struct launch *launch = context;
	deadline_t dying = deadline_in(DYING_USEC);
	int r;

	launch->all_lock = guest_lock_all(launch->deadline, err);
	if (launch->all_lock < 0)
		return launch->all_lock;
	while ((r = guest_lock(launch->run_fd)) == -EWOULDBLOCK &&
		may_be_free_soon(launch->run_fd) && deadline_left_usec(dying) > 0)
		nanosleep(&nap, NULL);
	if (r == -EWOULDBLOCK) {
		error_set(err, r, "guest of user %s", launch->settings.account.name);
		error_why(err, "it runs already, or is just being started");
		return refuse(launch, r);
	}
	if (r < 0)
		return error_set(err, r, "lock of user %s's guest", launch->settings.account.name);
	launch->lock = r;
	await_last(launch->run_fd);
	r = guest_folder_clear(launch->run_fd, false, NULL, NULL);
	return r < 0 ? error_set(err, r, "folder of user %s's guest", launch->settings.account.name)
		     : 0;
}

static int listen_for_visitors(void *context, struct carrel_error *err)
{
	struct launch *launch = context;

	return visitors_listen(&launch->guest, err);
}

static int load_settings(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	int r = guest_settings_load(&launch->settings, &launch->exit_code, err);

	if (r == 0)
		launch->exit_code = COMMAND_FAILED;
	return r;
}

static int choose_accelerator(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	const struct guest_template *template = &launch->settings.template;

	guest_kvm_look(&launch->kvm);
	if (!launch->kvm.works && !template->emulation) {
		error_set(err, -ENODEV, "template %s", template->name);
		error_why(err,
			"KVM does not work here (%s); emulation = allow would start it all the "
			"same, many times slower",
			launch->kvm.why);
		return refuse(launch, -ENODEV);
	}
	strcpy(launch->guest.record.accel, launch->kvm.works ? "kvm" : "tcg");
	return 0;
}

/* Counted from now on: the next one may be admitted. */
static int admit(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	const struct guest_template *template = &launch->settings.template;
	struct guest_record *record = &launch->guest.record;
	int r = guest_admit(&launch->settings, err);

	if (r == -EDQUOT || r == -EUSERS)
		return refuse(launch, r);
	if (r < 0)
		return r;
	snprintf(record->state, sizeof(record->state), "starting");
	snprintf(record->template, sizeof(record->template), "%s", template->name);
	record->vcpus = template->vcpus;
	record->memory = template->memory;
	r = guest_record_write(launch->run_fd, record);
	if (r < 0)
		return error_set(
			err, r, "record of user %s's guest", launch->settings.account.name);
	fd_closep(&launch->all_lock);
	return 0;
}

static int enter_cgroup(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest_record *record = &launch->guest.record;
	int r = guest_place_enter(&launch->settings, launch->deadline, &launch->place, err);

	if (r == 0)
		snprintf(record->cgroup, sizeof(record->cgroup), "%s", launch->place.place.session);
	return r;
}

static int open_disk(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest_record *record = &launch->guest.record;
	int r;

	guest_phase(&launch->guest, "preparing its disk");
	r = guest_disk_open(launch->state_fd, &launch->settings, &launch->disk, err);
	if (r == 0)
		snprintf(record->image, sizeof(record->image), "%s", launch->disk.image.digest);
	return r;
}

static int make_keys(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	const struct policy_login *login = &launch->settings.account.login;
	int r = guest_keys_make(
		login->uid, login->gid, launch->run_fd, launch->state_fd, &launch->keys, err);

	return r < 0 ? r : guest_credentials_make(login, &launch->keys, &launch->credentials, err);
}

static int start_qemu(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest_record *record = &launch->guest.record;
	cleanup_close int kernel = image_open_file(&launch->disk.image, "vmlinuz", err);
	cleanup_close int initrd =
		kernel < 0 ? kernel : image_open_file(&launch->disk.image, "initrd", err);
	cleanup_close int vsock = -EBADF;
	struct guest_machine machine = {
		.settings = &launch->settings,
		.disk = &launch->disk,
		.credentials = &launch->credentials,
		.kvm = launch->kvm.works,
		.one_thread =
			!launch->kvm.works && launch->settings.template.vcpus > 1 && qemu_is_old(),
		.kernel_fd = kernel,
		.initrd_fd = initrd,
	};
	int r;

	if (initrd < 0)
		return initrd;
	guest_phase(&launch->guest, "starting QEMU");
	vsock = guest_vsock_open(launch->settings.account.login.uid, &record->cid);
	if (vsock < 0)
		record->port = guest_free_port();
	machine.vsock_fd = vsock;
	machine.cid = record->cid;
	machine.port = record->port;
	r = qemu_start(&machine, launch->kvm.works ? launch->kvm.group : 0, launch->lock,
		&launch->guest.qemu, err);
	if (r == 0)
		r = proc_identify(launch->guest.qemu.pid, &record->qemu);
	return r;
}

/* What is left to do is to signal QEMU, of another uid, also by its parent-death signal, and to try
 * logins as the user. */
static int drop_rest(void *context, struct carrel_error *err)
{
	static const cap_value_t kept[] = {CAP_KILL, CAP_SETUID, CAP_SETGID, CAP_SETPCAP};
	int r = drop_to_capabilities(kept, sizeof(kept) / sizeof(kept[0]));

	(void)context;
	return r < 0 ? error_set(err, r, "capabilities") : 0;
}

static const struct step steps[] = {
	{"folders", open_folders, NULL},
	{"lock", take_lock, NULL},
	{"sockets", listen_for_visitors, NULL},
	{"settings", load_settings, NULL},
	{"accelerator", choose_accelerator, NULL},
	{"admission", admit, NULL},
	{"cgroup", enter_cgroup, NULL},
	{"disk", open_disk, NULL},
	{"keys", make_keys, NULL},
	{"QEMU", start_qemu, NULL},
	{"capabilities", drop_rest, NULL},
};

/* ---- the end ---- */

/* One place says what went wrong: to who started it, to who waits, and to the log. */
static void tell_failure(struct launch *launch, const char *why)
{
	struct guest *guest = &launch->guest;

	fprintf(stderr, "carrel: %s\n", why);
	syslog(LOG_ERR, "%s", why);
	if (launch->lock >= 0) {
		snprintf(guest->record.state, sizeof(guest->record.state), "failed");
		snprintf(guest->record.why, sizeof(guest->record.why), "%.250s", why);
		(void)guest_record_write(launch->run_fd, &guest->record);
	}
	notify("STATUS=%s\nERRNO=%d", why, EIO);
}

static void tidy(struct launch *launch)
{
	struct guest *guest = &launch->guest;
	bool failed = launch->exit_code != COMMAND_DONE;

	qemu_close(&guest->qemu);
	guest_place_leave(&launch->place);
	/* Why it failed is kept for the next who asks. */
	if (launch->lock >= 0) {
		(void)guest_folder_clear(launch->run_fd, false, NULL, NULL);
		if (failed)
			(void)guest_record_write(launch->run_fd, &guest->record);
	}
	fd_closep(&launch->lock);
	fd_closep(&launch->all_lock);
	/* Now all is over that somebody may have waited for. */
	visitors_dismiss(guest);
	fd_closep(&launch->run_fd);
	fd_closep(&launch->state_fd);
	fd_closep(&launch->credentials.sysusers_fd);
	fd_closep(&launch->credentials.tmpfiles_fd);
	fd_closep(&guest->signal_fd);
	guest_keys_free(&launch->keys);
	guest_disk_close(&launch->disk);
	guest_settings_free(&launch->settings);
}

/* Signals wait from here on until somebody reads them. */
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

/* pam_limits may have set them for the login that started it; as far as that can be undone. */
static void reset_limits(void)
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
	launch->credentials = (struct guest_credentials){-EBADF, -EBADF};
	launch->disk = GUEST_DISK_NONE;
	launch->guest.qemu = QEMU_NONE;
	launch->guest.connect_fd = launch->guest.control_fd = -EBADF;
	launch->guest.settings = &launch->settings;
	launch->guest.record.since = (uint64_t)time(NULL);
	launch->deadline = deadline_in(PATIENCE_USEC);
	launch->exit_code = COMMAND_FAILED;
	launch->guest.signal_fd = block_signals();
	r = account_find_uid(uid, &launch->settings.account, &err);
	if (r == 0)
		r = proc_identify(getpid(), &launch->guest.record.supervisor);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && r == 0; i++) {
		r = steps[i].run(launch, &err);
		launch->guest.run_fd = launch->run_fd;
	}
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
	tidy(launch);
	code = launch->exit_code;
	free(launch);
	return code;
}

/* ---- guest-launch --pass CID PORT: for ssh, which takes the connection from its output ---- */

static int pass(const char *cid, const char *port)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *item = CMSG_FIRSTHDR(&message);
	cleanup_close int fd =
		guest_dial((uint32_t)strtoul(cid, NULL, 10), (uint16_t)strtoul(port, NULL, 10));
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	if (fd < 0 || poll(&ready, 1, PASS_MS) <= 0 || guest_dialled(fd) < 0 ||
		fcntl(fd, F_SETFL, 0) < 0)
		return COMMAND_FAILED;
	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(item), &fd, sizeof(int));
	return sendmsg(STDOUT_FILENO, &message, MSG_NOSIGNAL) == 1 ? COMMAND_DONE : COMMAND_FAILED;
}

int main(int argc, char *argv[])
{
	uid_t uid;

	if (argc == 4 && strcmp(argv[1], "--pass") == 0)
		return pass(argv[2], argv[3]);
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
	reset_limits();
	openlog("carrel-guest", LOG_NDELAY | LOG_PID, LOG_AUTHPRIV);
	return launch_guest(uid);
}
