// SPDX-License-Identifier: MIT
/*
 * steps.c - the steps that start a guest.
 */
#include "admission.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/fd.h"
#include "base/units.h"
#include "guest/folder.h"
#include "guest/hold.h"
#include "guest/privileges.h"
#include "guest/supervisor/notify.h"
#include "launch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

enum { GUEST_OPEN_MODE = 0711 };

/* Opens the guest's folder below @top, and lets @readers into both. Disks may be on a file system
 * without ACLs: there anybody may reach what is in the folder, but nobody else may read it. */
static int open_shared_folder(
	const char *top, const struct guest_readers *readers, struct carrel_error *err)
{
	cleanup_close int top_fd = guest_top_open(top, err);
	cleanup_close int fd = -EBADF;
	int r = top_fd < 0 ? top_fd : guest_share_top(top_fd, readers);

	if (top_fd >= 0 && r < 0)
		error_set(err, r, "folder %s", top);
	if (r < 0)
		return r;
	fd = guest_folder_open(top, readers->user, true, err);
	if (fd < 0)
		return fd;
	r = guest_share_folder(fd, readers);
	if (r == -EOPNOTSUPP)
		r = fchmod(fd, GUEST_OPEN_MODE) < 0 ? -errno : 0;
	if (r < 0)
		return error_set(err, r, "folder %s/%u", top, (unsigned)readers->user);
	return fd_take(&fd);
}

/* Blocks signals, which wait from here on until somebody reads them. */
static int block_signals(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* The module starts it with every signal blocked. */
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return error_set(err, -errno, "signal mask");
	launch->guest.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return launch->guest.signal_fd < 0 ? error_set(err, -errno, "signalfd") : 0;
}

/* The signals stay blocked: nobody is to end this process while it undoes the other steps. */
static void ignore_signals(void *context)
{
	struct launch *launch = context;

	fd_closep(&launch->guest.signal_fd);
}

static int find_account(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest_record *record = &launch->guest.record;
	int r = account_find_uid(launch->uid, &launch->settings.account, err);

	if (r < 0)
		return r;
	snprintf(record->owner, sizeof(record->owner), "%s", launch->settings.account.name);
	r = proc_identify(getpid(), &record->supervisor);
	if (r == 0)
		return 0;
	guest_settings_free(&launch->settings);
	return error_set(err, r, "process of guest-launch");
}

/* Frees the account, and whatever the step "settings" has loaded for it, also where it failed. */
static void free_settings(void *context)
{
	struct launch *launch = context;

	guest_settings_free(&launch->settings);
}

static int open_guest_folders(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest_readers *readers = &launch->guest.record.readers;

	*readers = guest_readers_of(launch->settings.account.login.uid);
	launch->run_fd = open_shared_folder(GUEST_RUN_DIR, readers, err);
	if (launch->run_fd < 0)
		return launch->run_fd;
	launch->guest.run_fd = launch->run_fd;
	launch->state_fd = open_shared_folder(GUEST_STATE_DIR, readers, err);
	if (launch->state_fd >= 0)
		return 0;
	fd_closep(&launch->run_fd);
	return launch->state_fd;
}

static void close_guest_folders(void *context)
{
	struct launch *launch = context;

	fd_closep(&launch->state_fd);
	fd_closep(&launch->run_fd);
}

static int expect_visitors(void *context, struct carrel_error *err)
{
	struct launch *launch = context;

	(void)err;
	launch->guest.connect_fd = launch->guest.control_fd = -EBADF;
	for (int i = 0; i < VISITORS_MAX; i++)
		launch->guest.visitor[i] = VISITOR_NONE;
	return 0;
}

/* Undoes the step "sockets" as well, but after the lock: whoever is told that the guest has ended
 * may start the next one at once. */
static void dismiss_visitors(void *context)
{
	struct launch *launch = context;

	visitors_dismiss(&launch->guest);
}

static int listen_for_visitors(void *context, struct carrel_error *err)
{
	struct launch *launch = context;

	return visitors_listen(&launch->guest, err);
}

/* Runs under guest_lock_all(), as guest_hold() does: one of them comes first. */
static int check_hold(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	const char *user = launch->settings.account.name;
	int r = guest_is_held(launch->state_fd);

	if (r == 0)
		return 0;
	error_set(err, r < 0 ? r : -EPERM, "guest of user %s", user);
	if (r < 0)
		return r;
	error_why(err, "an administrator holds it; carrel guest start %s, as root, starts it again",
		user);
	return launch_refuse(launch, -EPERM);
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
		return launch_refuse(launch, -ENODEV);
	}
	strcpy(launch->guest.record.accel, launch->kvm.works ? "kvm" : "tcg");
	return 0;
}

/* The guest is counted from now on, so the next one may be admitted. */
static int admit_guest(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	const struct guest_template *template = &launch->settings.template;
	struct guest_record *record = &launch->guest.record;
	int r = guest_admit(&launch->settings, err);

	if (r == -EDQUOT || r == -EUSERS)
		return launch_refuse(launch, r);
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

static void leave_guest_cgroup(void *context)
{
	struct launch *launch = context;

	guest_place_leave(&launch->place);
}

/* Notes the size of the disk where the template has another. */
static void note_size(const struct guest_template *template, const struct guest_origin *origin,
	struct guest_record *record)
{
	char is[UNITS_TEXT_MAX];

	if (template->disk_persist && template->disk != origin->disk)
		snprintf(record->note, sizeof(record->note),
			"its disk keeps the %s that it was made with; disk = %s of template "
			"%.64s is for new disks",
			units_format_size(origin->disk, is), template->key[TEMPLATE_DISK].text,
			template->name);
}

static int open_disk(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	struct guest_record *record = &launch->guest.record;
	const char *user = launch->settings.account.name;
	int r;

	guest_phase(&launch->guest, "preparing its disk");
	r = guest_disk_open(launch->state_fd, &launch->settings, launch->guest.signal_fd,
		launch->deadline, &launch->disk, err);
	if (r < 0) {
		guest_disk_close(&launch->disk);
		return r == -EPERM ? launch_refuse(launch, r) : r;
	}
	launch->guest.disk_fd = launch->disk.overlay_fd;
	snprintf(record->image, sizeof(record->image), "%s", launch->disk.image.digest);
	note_size(&launch->settings.template, &launch->disk.origin, record);
	if (record->note[0])
		syslog(LOG_NOTICE, "guest of user %s: %s", user, record->note);
	if (launch->disk.mended)
		syslog(LOG_WARNING,
			"guest of user %s: QEMU had marked its disk as damaged; it has been repaired",
			user);
	if (launch->disk.adopted)
		syslog(LOG_NOTICE,
			"guest of user %s: an earlier version did not write down to whom its disk "
			"belongs; it belongs to %s from now on",
			user, user);
	return 0;
}

static void close_disk(void *context)
{
	struct launch *launch = context;

	guest_disk_close(&launch->disk);
}

static int make_keys(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	const struct policy_login *login = &launch->settings.account.login;
	char *user = launch->guest.record.user;
	const unsigned char *secret = launch->vsock_fd >= 0 ? launch->guest.secret : NULL;
	int r = guest_keys_make(
		login->uid, login->gid, launch->run_fd, launch->state_fd, &launch->keys, err);

	guest_user_name(login->user, user);
	if (r == 0)
		r = guest_credentials_make(
			login, user, &launch->keys, secret, &launch->credentials, err);
	if (r < 0)
		guest_keys_free(&launch->keys);
	return r;
}

static void free_keys(void *context)
{
	struct launch *launch = context;

	guest_credentials_close(&launch->credentials);
	guest_keys_free(&launch->keys);
}

/* Starts the prober before QEMU runs: from then on there is somebody to be careful of. */
static int start_prober(void *context, struct carrel_error *err)
{
	struct launch *launch = context;

	return prober_start(
		&launch->settings, launch->guest.record.user, &launch->guest.probe.prober, err);
}

static void end_prober(void *context)
{
	struct launch *launch = context;

	prober_end(&launch->guest.probe.prober);
}

/* What is left to do is to signal QEMU, of another uid, also by its parent-death signal. */
static int drop_rest(void *context, struct carrel_error *err)
{
	static const cap_value_t kept[] = {CAP_KILL};
	int r = drop_to_capabilities(kept, 1);

	(void)context;
	return r < 0 ? error_set(err, r, "capabilities") : 0;
}

static const struct step steps[] = {
	{"signals", block_signals, ignore_signals},
	{"account", find_account, free_settings},
	{"folders", open_guest_folders, close_guest_folders},
	{"visitors", expect_visitors, dismiss_visitors},
	{"lock", launch_take_lock, launch_release_lock},
	{"last guest", launch_end_last, NULL},
	{"sockets", listen_for_visitors, NULL},
	{"hold", check_hold, NULL},
	{"settings", load_settings, NULL},
	{"accelerator", choose_accelerator, NULL},
	{"admission", admit_guest, NULL},
	{"cgroup", enter_cgroup, leave_guest_cgroup},
	{"disk", open_disk, close_disk},
	{"way in", launch_choose_way, launch_close_way},
	{"keys", make_keys, free_keys},
	{"prober", start_prober, end_prober},
	{"QEMU", launch_start_qemu, launch_end_qemu},
	{"capabilities", drop_rest, NULL},
};

int launch_steps(struct launch *launch, struct carrel_error *err)
{
	return steps_take(steps, sizeof(steps) / sizeof(steps[0]), launch, &launch->taken, err);
}

void launch_undo(struct launch *launch)
{
	steps_undo(&launch->taken, launch);
}
