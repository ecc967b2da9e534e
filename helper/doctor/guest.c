// SPDX-License-Identifier: MIT
/*
 * guest.c - can this host run guests, and how well? Nothing is said where there are no templates.
 */
#include "plan/guest.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "base/machine.h"
#include "doctor.h"
#include "guest/accel.h"
#include "guest/connected.h"
#include "guest/image/image.h"
#include "guest/programs.h"
#include "helper/guest/verbs.h"
#include "plan/libraries.h"
#include "policy/template.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLKIT_RULE "/usr/share/polkit-1/rules.d/50-carrel-guests.rules"

/* Returns whether QEMU's jail can be made, which has the libraries that the program itself
 * names. */
static bool jail_is_possible(struct doctor *doctor)
{
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	char **libraries = NULL;
	int r = plan_libraries(QEMU_SYSTEM, &libraries, &err);

	plan_libraries_free(libraries);
	if (r < 0)
		doctor_add(doctor, DOCTOR_FAIL, "guests", "install QEMU as the distribution has it",
			"%s: no guest can start", error_format(&err, text, sizeof(text)));
	return r == 0;
}

static void look_for_programs(struct doctor *doctor)
{
	static const struct {
		const char *path, *remedy;
	} programs[] = {
		{QEMU_SYSTEM, "apt install qemu-system-x86"},
		{QEMU_IMG, "apt install qemu-utils"},
		{GUEST_SSH, "apt install openssh-client"},
		{SSH_KEYGEN, "apt install openssh-client"},
		{GUEST_LAUNCH, "install carrel again"},
	};
	size_t missing = 0;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (access(programs[i].path, X_OK) == 0)
			continue;
		missing++;
		doctor_add(doctor, DOCTOR_FAIL, "guests", programs[i].remedy,
			"%s is missing: no guest can start", programs[i].path);
	}
	if (missing == 0 && jail_is_possible(doctor))
		doctor_add(doctor, DOCTOR_OK, "guests", NULL,
			"QEMU and the programs that it needs are installed");
}

/* Warns of emulation with QEMU's own words (docs/system/security.rst, "Non-virtualization Use
 * Case"). */
static void warn_of_emulation(struct doctor *doctor, char *const *names)
{
	for (; *names; names++) {
		cleanup(template_free) struct guest_template template = {0};

		if (template_load(TEMPLATE_DIR, *names, &template, NULL, NULL) == 0 &&
			template.emulation)
			doctor_add(doctor, DOCTOR_WARN, "emulation",
				"emulation = deny, where users are not trusted",
				"template %s: its guests are emulated here, and emulation is not a "
				"security boundary: root in a guest may break out and act as its user",
				template.name);
	}
}

static void look_for_kvm(struct doctor *doctor, char *const *names)
{
	struct guest_kvm kvm;

	guest_kvm_look(&kvm);
	if (kvm.works)
		doctor_add(doctor, DOCTOR_OK, "kvm", NULL, "works");
	else
		doctor_add(doctor, DOCTOR_WARN, "kvm",
			"enable virtualisation in the firmware or the hypervisor, and load kvm",
			"%s: only templates with emulation = allow can start, and run many times slower",
			kvm.why);
	if (!kvm.works)
		warn_of_emulation(doctor, names);
}

static void look_for_vsock(struct doctor *doctor)
{
	uint32_t cid;
	cleanup_close int fd = guest_vsock_open(getuid(), &cid);

	if (fd >= 0)
		doctor_add(
			doctor, DOCTOR_OK, "vhost-vsock", NULL, "logins reach guests through it");
	else
		doctor_add(doctor, DOCTOR_WARN, "vhost-vsock", "modprobe vhost_vsock",
			"/dev/vhost-vsock: %s: logins reach guests with network = user through a port of "
			"127.0.0.1, to which all users of this host can connect",
			strerror(-fd));
}

/* Looks for vsock_diag, which tells idle_stop who is connected. */
static void look_for_diag(struct doctor *doctor)
{
	uint32_t cid;
	cleanup_close int fd = guest_vsock_open(getuid(), &cid);
	int r = fd < 0 ? 0 : guest_connected(cid, 0);

	if (r < 0)
		doctor_add(doctor, DOCTOR_WARN, "vsock_diag", "modprobe vsock_diag",
			"the kernel does not tell who is connected to guests (%s): idle_stop stops "
			"none of them",
			strerror(-r));
}

/* Looks whether guests have a file system of their own. If they filled the root, the host would
 * have no space for its logs, and its own logins. */
static void look_at_disk(struct doctor *doctor)
{
	struct stat root, state;

	if (stat("/", &root) < 0 || stat(IMAGE_STATE_DIR, &state) < 0)
		return;
	if (root.st_dev == state.st_dev)
		doctor_add(doctor, DOCTOR_WARN, "guests' disks",
			"mount a file system of its own there, or keep [admission] guest_disk low",
			"%s is on the root file system: guests that fill it leave the host no "
			"space",
			IMAGE_STATE_DIR);
	else
		doctor_add(doctor, DOCTOR_OK, "guests' disks", NULL,
			"%s is not on the root file system", IMAGE_STATE_DIR);
}

static void look_for_rule(struct doctor *doctor)
{
	if (!machine_runs_systemd())
		return;
	if (access(POLKIT_RULE, F_OK) == 0)
		doctor_add(doctor, DOCTOR_OK, "polkit", NULL,
			"members of carrel-admin may start and stop guests");
	else
		doctor_add(doctor, DOCTOR_WARN, "polkit", "install carrel again",
			"%s is missing: only root starts and stops guests", POLKIT_RULE);
}

/* Reports what accounts that are gone have left. */
static void look_for_orphans(struct doctor *doctor)
{
	cleanup_free struct guest_view *views = NULL;
	char text[GUEST_ORPHAN_MAX];
	size_t count = 0;

	if (guest_views(&views, &count, NULL) < 0)
		return;
	/* The text has the remedy in it. */
	for (size_t i = 0; i < count; i++)
		if (guest_orphan(&views[i], text))
			doctor_add(doctor, DOCTOR_WARN, "guests", NULL, "%s", text);
}

void doctor_guests(struct doctor *doctor)
{
	cleanup(list_freep) char **names = NULL;

	if (geteuid() == 0)
		look_for_orphans(doctor);
	if (template_names(TEMPLATE_DIR, &names, NULL) < 0 || !names)
		return;
	look_for_programs(doctor);
	look_for_rule(doctor);
	look_at_disk(doctor);
	/* The devices of guests are root's. */
	if (geteuid() != 0)
		return;
	look_for_kvm(doctor, names);
	look_for_vsock(doctor);
	look_for_diag(doctor);
}
