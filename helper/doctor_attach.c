// SPDX-License-Identifier: MIT
/*
 * doctor_attach.c - would a login that the policies send to a guest get there?
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "doctor.h"
#include "plan/guest.h"
#include "plan/libraries.h"
#include "policy/file.h"
#include "policy/policy.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SSHD_CONFIG "/etc/ssh/sshd_config"

enum { CONFIG_MAX = 1 << 20 };

/* Whether some policy has mode = guest. */
static bool is_wanted(void)
{
	cleanup(policy_folder_free) struct policy_folder folder = {0};
	cleanup(policy_problems_free) struct policy_problems ignored = {0};

	if (policy_folder_read(POLICY_DIR, &folder, &ignored, NULL) < 0)
		return false;
	for (size_t i = 0; i < folder.count; i++) {
		const struct assignments *assignments = &folder.file[i].assignments;

		for (size_t j = 0; j < assignments->count; j++)
			if (assignments->item[j].index == POLICY_SESSION_MODE &&
				assignments->item[j].value.choice == POLICY_MODE_GUEST)
				return true;
	}
	return false;
}

/* A ForceCommand with guest-attach, in whatever Match block: for whom it is sshd alone knows. */
static bool file_forces(int dirfd, const char *path)
{
	cleanup_free char *text = NULL;
	char *line, *rest;

	if (fd_read_file(dirfd, path, CONFIG_MAX, &text) < 0)
		return false;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		line += strspn(line, " \t");
		if (strncasecmp(line, "ForceCommand", strlen("ForceCommand")) == 0 &&
			strstr(line, "guest-attach"))
			return true;
	}
	return false;
}

static bool sshd_forces(void)
{
	cleanup_close int etc = open("/etc/ssh", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int more = open(SSHD_CONFIG ".d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;
	bool found = etc >= 0 && file_forces(etc, "sshd_config");

	if (more >= 0 && fd_open_dir(more, &dir) == 0)
		while (!found && (entry = readdir(dir)))
			found = entry->d_name[0] != '.' && file_forces(more, entry->d_name);
	return found;
}

void doctor_attach_sftp(struct doctor *doctor, const char *subsystem)
{
	if (strncmp(subsystem, "sftp internal-sftp", strlen("sftp internal-sftp")) != 0 ||
		!is_wanted() || sshd_forces())
		return;
	doctor_add(doctor, DOCTOR_WARN, "sshd",
		"see /usr/share/doc/carrel/examples/sshd/carrel-guests.conf",
		"sftp is internal-sftp, which does not lead into guests: their users find an "
		"empty root");
}

void doctor_attach(struct doctor *doctor)
{
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	char **libraries = NULL;

	if (!is_wanted())
		return;
	if (access(GUEST_ATTACH, X_OK) < 0)
		doctor_add(doctor, DOCTOR_FAIL, "guest logins", "reinstall carrel", "%s: %s",
			GUEST_ATTACH, strerrordesc_np(errno));
	else if (plan_libraries(GUEST_SSH, &libraries, &err) < 0)
		doctor_add(doctor, DOCTOR_FAIL, "guest logins", "install openssh-client", "%s",
			error_format(&err, text, sizeof(text)));
	else
		doctor_add(
			doctor, DOCTOR_OK, "guest logins", NULL, "%s has what it needs", GUEST_SSH);
	plan_libraries_free(libraries);
}
